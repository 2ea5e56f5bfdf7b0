"""The runtime skops: a file that runs no code but what was allowed."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from app.errors import ModelError
from app.values.model import RuntimeName
from tests.inference.conftest import Register
from tests.inference.own_models import halved

OWN = "tests.inference.own_models.halved"


@pytest.fixture
def own_file(cancer: tuple[pd.DataFrame, "pd.Series[Any]"], tmp_path: Path) -> Path:
    """Write a pipeline with a function of one's own."""
    rows, label = cancer
    steps = FunctionTransformer(halved), StandardScaler(), LogisticRegression()
    skops.io.dump(make_pipeline(*steps).fit(rows, label), tmp_path / "model.skops")
    return tmp_path / "model.skops"


def test_a_skops_file_answers_as_the_estimator(
    register: Register, flights: pd.DataFrame, flight_model: Pipeline, tmp_path: Path
) -> None:
    """Probabilities are bit-equal, categories and missing values included."""
    skops.io.dump(flight_model, tmp_path / "model.skops")
    trusted = tuple(skops.io.get_untrusted_types(file=tmp_path / "model.skops"))
    found = register(tmp_path / "model.skops", flights, trusted=trusted)
    answer = found.predict(flights)
    assert found.estimator.runtime is RuntimeName.SKOPS
    assert (answer.probabilities == flight_model.predict_proba(flights)).all()


def test_a_type_that_nobody_trusts_is_named(register: Register, own_file: Path) -> None:
    """The error names the type and says the option that trusts it."""
    with pytest.raises(ModelError, match=rf"{OWN}.*--trust {OWN}") as caught:
        register(own_file)
    assert caught.value.facts["types"] == [OWN]


def test_a_trusted_type_is_loaded_now_and_later(
    register: Register, own_file: Path, cancer: tuple[pd.DataFrame, "pd.Series[Any]"]
) -> None:
    """The estimator remembers what was trusted, so that a later load works too."""
    found = register(own_file, cancer[0], trusted=(OWN,))
    assert found.estimator.trusted == (OWN,)
    labels = found.predict(cancer[0]).labels
    assert labels is not None
    assert len(labels) == len(cancer[0])


def test_a_file_that_is_no_skops_is_refused(register: Register, tmp_path: Path) -> None:
    """Noise is a ModelError with the library's own words."""
    path = tmp_path / "model.skops"
    path.write_bytes(b"noise")
    with pytest.raises(ModelError, match="does not load with skops"):
        register(path)
