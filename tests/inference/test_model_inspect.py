"""Registration: nothing is left to fail at the first real prediction."""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from app.errors import ModelError
from app.inference.inspect import guess_runtime, inspect
from app.values.model import RuntimeName
from tests.inference.conftest import Register
from tests.inference.own_models import Troubled

Data = tuple[pd.DataFrame, "pd.Series[Any]"]


@pytest.fixture
def old_file(iris: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a model as scikit-learn 1.0.2 would have."""
    rows, species = iris
    path = tmp_path / "model.joblib"
    with monkeypatch.context() as patch:
        patch.setattr("sklearn.base.__version__", "1.0.2")
        joblib.dump(DecisionTreeClassifier().fit(rows, species), path)
    return path


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("m.joblib", RuntimeName.SKLEARN),
        ("m.PKL", RuntimeName.SKLEARN),
        ("a.b.pickle", RuntimeName.SKLEARN),
        ("m.skops", RuntimeName.SKOPS),
        ("m.onnx", RuntimeName.ONNX),
    ],
)
def test_the_suffix_tells_the_runtime(filename: str, expected: RuntimeName) -> None:
    """Large letters or small."""
    assert guess_runtime(filename) is expected


def test_a_suffix_that_tells_nothing_is_refused(register: Register, tmp_path: Path) -> None:
    """The error lists those that do."""
    with pytest.raises(ModelError, match=r"model\.h5.*\.joblib.*\.onnx"):
        register(tmp_path / "model.h5")


def test_the_estimator_is_described(
    register: Register, flights: pd.DataFrame, flight_model: Pipeline
) -> None:
    """Runtime, the class of the last step, and the release that it was trained with."""
    found = register(flight_model, flights.drop(columns="outcome")).estimator
    assert found.runtime is RuntimeName.SKLEARN
    assert found.class_name == "HistGradientBoostingClassifier"
    assert found.trained_with == {"scikit-learn": sklearn.__version__}
    assert found.warnings == ()


def test_another_release_of_scikit_learn_is_refused(old_file: Path, iris: Data) -> None:
    """Both releases are named, and what to do."""
    with pytest.raises(ModelError, match=r"1\.0\.2.*--accept-version-difference") as caught:
        inspect(old_file, sample=iris[0])
    assert caught.value.facts == {"trained_with": "1.0.2", "installed": sklearn.__version__}


def test_another_release_can_be_accepted(register: Register, old_file: Path, iris: Data) -> None:
    """Then it is a warning that stays with the version."""
    found = register(old_file, iris[0], accept_version_difference=True)
    assert found.estimator.trained_with == {"scikit-learn": "1.0.2"}
    assert "trained with scikit-learn 1.0.2" in found.estimator.warnings[0]
    assert found.predict(iris[0]).labels is not None


def test_a_file_that_another_release_broke_says_so(old_file: Path) -> None:
    """Where loading fails after the release was seen, the error names the release too."""
    whole = old_file.read_bytes()
    old_file.write_bytes(whole[:-1])
    with pytest.raises(ModelError, match=r"does not load.*trained with scikit-learn 1\.0\.2"):
        inspect(old_file)


def test_a_model_that_is_not_fitted_is_refused(register: Register, iris: Data) -> None:
    """With scikit-learn's own words."""
    with pytest.raises(ModelError, match="not fitted yet"):
        register(LogisticRegression(), iris[0])


def test_a_model_that_raises_is_refused_with_its_words(register: Register, iris: Data) -> None:
    """The message is the model's own, the cause is chained, the answer's status is 422."""
    rows, _ = iris
    with pytest.raises(ModelError, match="ZeroDivisionError: no answer today") as caught:
        register(Troubled().fit(rows.to_numpy()), rows)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.facts["cause"] == "ZeroDivisionError"


@pytest.mark.parametrize("answer", [np.nan, np.inf])
@pytest.mark.parametrize("with_sample", [True, False])
def test_a_model_that_yields_no_number_is_refused(
    register: Register, iris: Data, answer: float, *, with_sample: bool
) -> None:
    """A NaN or an infinite value is found on the sample, and on a made-up row."""
    rows, _ = iris
    with pytest.raises(ModelError, match="a value that cannot be used"):
        register(Troubled(answer).fit(rows.to_numpy()), rows if with_sample else None)


def test_a_model_that_yields_nan_probabilities_is_refused(register: Register, iris: Data) -> None:
    """A NaN among the coefficients is found before the first real prediction."""
    rows, species = iris
    model = LogisticRegression(max_iter=999).fit(rows, species)
    model.coef_[0, 0] = np.nan
    with pytest.raises(ModelError, match=r"a probability that cannot be used.*key 0"):
        register(model, rows)
