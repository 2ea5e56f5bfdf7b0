"""The quick way: the very same bits, or not at all."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)
from sklearn.svm import SVC

from app.errors import ModelError
from app.inference.answering import Answerer
from app.inference.decoding import Row
from app.inference.runtimes.sklearn_ import SklearnModel
from app.inference.signature import derive_signature

DRAW = np.random.default_rng(5)
TABLE = pd.DataFrame(
    {
        "kind": DRAW.choice(["a", "b", "c"], 300),
        "size": DRAW.normal(size=300),
        "count": DRAW.integers(0, 9, 300),
        "is_new": DRAW.choice([True, False], 300),
        "weight": np.where(DRAW.random(300) < 0.2, np.nan, DRAW.normal(size=300)),
    }
)
OUTCOME = np.where(TABLE["size"] + TABLE["count"] / 9 + (TABLE["kind"] == "a") > 0.7, "yes", "no")
ORDINAL = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)


def of_columns(last: Any, encoder: Any = ORDINAL, **options: Any) -> Pipeline:
    """Return a pipeline like most that are trained on tables."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    parts = [("text", encoder, ["kind"]), ("numbers", numbers, ["weight", "size"])]
    columns = ColumnTransformer(parts, **({"remainder": "passthrough"} | options))
    return Pipeline([("columns", columns), ("last", last)])


def answerer(model: Any, sample: pd.DataFrame) -> Answerer:
    """Return what answers rows with a fitted model."""
    loaded = SklearnModel(model, {})
    return Answerer(loaded, derive_signature(loaded, sample), rows_of(sample))


def rows_of(table: pd.DataFrame) -> list[Row]:
    """Return a table's rows as a decoder gives them."""
    plain = table.astype(object).where(table.notna(), None)
    return list(plain.itertuples(index=False, name=None))


CANCER = load_breast_cancer(as_frame=True)
DIABETES = load_diabetes(as_frame=True)
MODELS: dict[str, tuple[Any, pd.DataFrame, Any]] = {
    "linear": (make_pipeline(StandardScaler(), LogisticRegression()), CANCER.data, CANCER.target),
    "linear, of arrays": (
        make_pipeline(StandardScaler(), LogisticRegression()),
        CANCER.data,
        CANCER.target,
    ),
    "forest": (RandomForestClassifier(10, random_state=1), CANCER.data, CANCER.target),
    "trees": (ExtraTreesClassifier(10, random_state=1), CANCER.data, CANCER.target),
    "forest of values": (RandomForestRegressor(10, random_state=1), DIABETES.data, DIABETES.target),
    "support vectors": (make_pipeline(StandardScaler(), SVC()), CANCER.data, CANCER.target),
    "clusters": (KMeans(3, n_init=1, random_state=1), CANCER.data, None),
    "boosting": (HistGradientBoostingRegressor(max_iter=5), DIABETES.data, DIABETES.target),
    "columns, boosting": (
        of_columns(HistGradientBoostingClassifier(max_iter=5)),
        TABLE,
        OUTCOME,
    ),
    "columns, one-hot": (
        of_columns(LogisticRegression(), OneHotEncoder(handle_unknown="ignore")),
        TABLE,
        OUTCOME,
    ),
    "columns, none left": (of_columns(Ridge(), remainder="drop"), TABLE, TABLE["size"]),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_of_scikit_learn_are_answered_quickly_and_the_same(name: str) -> None:
    """The quick way is taken, and gives the bits of the estimator itself for many rows."""
    model, table, outcome = MODELS[name]
    model.fit(table.to_numpy() if name.endswith("arrays") else table, outcome)
    quick = answerer(model, table.head(150))
    assert quick.is_quick
    rows = rows_of(table)
    for some in (rows, *([row] for row in rows[:20])):
        same(quick, some)


def same(quick: Answerer, rows: Sequence[Row]) -> None:
    """Check that both ways give the same bits."""
    found, expected = quick.predict(rows), quick._slow(rows)
    for part in ("labels", "probabilities", "values"):
        one, other = getattr(found, part), getattr(expected, part)
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_array_equal(one, other, strict=True)


class Shift(BaseEstimator, TransformerMixin):  # type: ignore[misc]
    """A step of one's own."""

    def fit(self, rows: Any, _: Any = None) -> "Shift":
        """Take the names."""
        self.feature_names_in_ = rows.columns
        return self

    def transform(self, rows: Any) -> Any:
        """Shift by one."""
        return np.asarray(rows) + 1


@pytest.mark.parametrize(
    "step",
    [Shift(), FunctionTransformer(np.log1p), StandardScaler().set_output(transform="pandas")],
)
def test_steps_that_may_want_a_data_frame_get_one(step: Any) -> None:
    """One's own code, a function, or a step that makes frames is never given arrays instead."""
    table = CANCER.data.abs()
    model = make_pipeline(step, LogisticRegression(max_iter=5000)).fit(table, CANCER.target)
    slow = answerer(model, table)
    assert not slow.is_quick
    assert slow.outputs(rows_of(table.head(2)))[0].keys() == {"label", "probabilities"}


def test_integers_that_a_float_cannot_hold_take_the_one_way() -> None:
    """2^60 + 1 is another number than 2^60 to a tree on integers, but not as a float."""
    model = of_columns(HistGradientBoostingClassifier(max_iter=5)).fit(TABLE, OUTCOME)
    quick = answerer(model, TABLE)
    row = ("a", 0.5, 2**60 + 1, True, None)
    assert quick._quick is not None
    assert quick._quick([row]) is None
    assert quick.outputs([row])[0]["label"] in {"yes", "no"}


def test_a_row_that_the_model_refuses_is_refused() -> None:
    """An encoder that knows no other category raises, whichever way it is asked."""
    model = of_columns(LogisticRegression(), OrdinalEncoder()).fit(TABLE, OUTCOME)
    quick = answerer(model, TABLE)
    assert quick.is_quick
    with pytest.raises(ModelError, match="unknown categories"):
        quick.outputs([("z", 0.5, 1, True, None)])
