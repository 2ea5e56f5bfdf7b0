"""Trees that are asked all at once answer as the model that they are of, to the last bit."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from app.inference.runtimes.sklearn_boosting import Boosted
from app.inference.runtimes.sklearn_forests import plain_forest
from app.inference.runtimes.sklearn_trees import MOST_WALKS, Array

DRAW = np.random.default_rng(0)
ROWS = DRAW.normal(size=(600, 4))
ROWS[:, 3] = DRAW.integers(0, 9, 600)
HOLED = ROWS.copy()
HOLED[::7, 1] = np.nan
YES_OR_NO = ROWS[:, 0] + (ROWS[:, 3] == 2) > 0
THREE = np.digitize(ROWS[:, 0], [-0.5, 0.5])
GROUPS = [slice(0, 1), slice(7, 8), slice(10, 13), slice(0, 100)]
SOME = {"max_iter": 30, "random_state": 0}
KNOWN = np.array([[0.0, 0.0, 0.0, 8.0], [0.0, np.nan, 0.0, -1.0], [0.0, 0.0, 0.0, 77.0]])
"""Among them a category that nobody knows, and a negative one."""


def same(model: Any, plain: Any, rows: Array) -> bool:
    """Tell whether both give the same bits."""
    methods = [name for name in ("predict", "predict_proba") if hasattr(model, name)]
    assert hasattr(plain, "predict_proba") == hasattr(model, "predict_proba")
    return all(
        getattr(model, name)(rows).tobytes() == getattr(plain, name)(rows).tobytes()
        for name in methods
    )


@pytest.mark.parametrize(
    ("model", "target"),
    [
        (HistGradientBoostingClassifier(**SOME), YES_OR_NO),
        (HistGradientBoostingClassifier(**SOME), THREE),
        (HistGradientBoostingClassifier(max_iter=2), THREE),
        (HistGradientBoostingRegressor(**SOME), ROWS[:, 0]),
        (HistGradientBoostingRegressor(loss="poisson", **SOME), np.abs(ROWS[:, 0])),
    ],
    ids=["binary", "three classes", "few trees", "value", "poisson"],
)
def test_boosted_trees_give_the_same_bits(model: Any, target: Array) -> None:
    """One row or many, with gaps."""
    model.fit(HOLED, target)
    plain = Boosted(model)
    assert all(same(model, plain, HOLED[rows]) for rows in GROUPS)
    assert same(model, plain, KNOWN)


def test_categories_of_boosted_trees_are_told_apart() -> None:
    """A model whose categories need no encoding; unknown ones count as missing, as in the model."""
    model = HistGradientBoostingClassifier(categorical_features=None, **SOME)
    model.fit(HOLED, YES_OR_NO)
    coded = HistGradientBoostingClassifier(categorical_features=[3], **SOME).fit(HOLED, YES_OR_NO)
    with pytest.raises(ValueError, match="encodes categories by itself"):
        Boosted(coded)
    # The same trees, asked behind the encoding that the model does before them.
    within = coded._preprocessor.transform(HOLED[:50])
    coded._preprocessor, expected = None, coded.predict_proba(HOLED[:50])
    plain = Boosted(coded)
    assert any(len(tree.raw_left_cat_bitsets) for [tree] in coded._predictors)
    assert plain.predict_proba(within).tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "kind",
    [RandomForestClassifier, ExtraTreesClassifier, RandomForestRegressor, ExtraTreesRegressor],
)
@pytest.mark.parametrize("count", [2, 37])
def test_forests_give_the_same_bits(kind: Any, count: int) -> None:
    """Classes or values, of trees in any number, for one row or many."""
    model = kind(n_estimators=count, random_state=0, n_jobs=1).fit(ROWS, THREE)
    plain = plain_forest(model)
    assert plain._together is not None
    assert all(same(model, plain, ROWS[rows]) for rows in GROUPS)


@pytest.mark.parametrize("kind", [RandomForestClassifier, HistGradientBoostingRegressor])
def test_a_single_tree_is_asked_as_it_is(kind: Any) -> None:
    """There is nothing to choose between."""
    if kind is RandomForestClassifier:
        plain = plain_forest(kind(n_estimators=1).fit(ROWS, THREE))
        assert plain._together is None
    else:
        with pytest.raises(ValueError, match="nothing to choose"):
            Boosted(kind(max_iter=1).fit(ROWS, THREE))


def test_many_rows_are_left_to_the_model_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their walks would take memory, and its own way is as fast."""
    model = HistGradientBoostingRegressor(**SOME).fit(ROWS, THREE)
    plain, rows = Boosted(model), np.tile(ROWS, (1 + MOST_WALKS // 30 // len(ROWS), 1))
    assert len(rows) * 30 > MOST_WALKS

    def never(_: Array) -> Array:
        raise AssertionError("too many walks")

    monkeypatch.setattr(plain, "_raw", never)
    assert same(model, plain, rows)
