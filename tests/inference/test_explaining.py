"""Explanations: exact where they say so, honest about it where they are not."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from app.errors import InvalidRequestError, TimedOutError
from app.inference import additive
from app.inference.answering import Answerer, Output
from app.inference.decoding import Row
from app.inference.explaining import Explainer, Explanation
from app.inference.occlusion import Answers
from app.inference.runtimes.sklearn_ import SklearnModel
from app.inference.signature import derive_signature

DRAW = np.random.default_rng(11)
TABLE = pd.DataFrame(
    {
        "kind": DRAW.choice(["a", "b", "c"], 300),
        "size": DRAW.normal(size=300),
        "count": DRAW.integers(0, 9, 300),
        "weight": np.where(DRAW.random(300) < 0.2, np.nan, DRAW.normal(size=300)),
    }
)
VALUE = TABLE["size"] * 2 + TABLE["count"] - 3 * (TABLE["kind"] == "a")
TWO = np.where(VALUE > 3, "yes", "no")
THREE = np.where(VALUE > 5, "high", np.where(VALUE > 1, "middle", "low"))
NUMBERS = ["size", "count", "weight"]
FOREVER = float("inf")
ROWS: list[Row] = [
    tuple(None if isinstance(value, float) and np.isnan(value) else value for value in row)
    for row in TABLE.head(20).to_numpy(dtype=object).tolist()
]


class Explained:
    """A fitted model with its explainer."""

    def __init__(self, model: Any, *, sample: int = 60) -> None:
        loaded = SklearnModel(model, {})
        signature = derive_signature(loaded, TABLE)
        self.model = model
        self.sample = TABLE.head(sample)
        rows = [tuple(row) for row in _none(self.sample)]
        self.answerer = Answerer(loaded, signature, rows)
        answers = batches_of(self.answerer)
        self.explainer = Explainer(loaded, self.answerer, signature, rows, answers)

    def __call__(self, rows: list[Row] = ROWS, deadline: float = FOREVER) -> list[Explanation]:
        """Explain the answers to rows."""
        return self.explainer.explain(rows, self.answerer.outputs(rows), deadline)


def batches_of(answerer: Answerer) -> Answers:
    """Return what answers until a deadline, as a batcher does."""

    def answers(rows: Sequence[Row], deadline: float) -> list[Output]:
        if time.perf_counter() > deadline:
            raise TimedOutError("it is past its deadline")
        return answerer.outputs(rows)

    return answers


def _none(frame: pd.DataFrame) -> list[list[Any]]:
    cells: list[list[Any]] = frame.to_numpy(dtype=object).tolist()
    return [[None if value != value else value for value in row] for row in cells]  # noqa: PLR0124


def encoded(last: Any, outcome: Any, *, impute: bool = True) -> Pipeline:
    """Return a pipeline that sees one-hot text and scaled numbers, then `last`."""
    numbers = [SimpleImputer(), StandardScaler()] if impute else [StandardScaler()]
    columns = ColumnTransformer(
        [("numbers", make_pipeline(*numbers), NUMBERS), ("kind", OneHotEncoder(), ["kind"])]
    )
    return Pipeline([("columns", columns), ("last", last)]).fit(TABLE, outcome)


def total(explanation: Explanation) -> float:
    """Return base and contributions together."""
    return float(explanation["base"] + sum(explanation["contributions"].values()))


def raw(model: Any, explanations: list[Explanation]) -> list[float]:
    """Return the model's own score of each row's answered class, or its value."""
    rows = TABLE.head(len(explanations))
    if not hasattr(model, "predict_proba"):
        return [float(value) for value in model.predict(rows)]
    own = model.decision_function if hasattr(model, "decision_function") else model.predict_proba
    places = [list(model.classes_).index(one["class"]) for one in explanations]
    scores = own(rows)
    if scores.ndim == 1:
        return [score if at else -score for score, at in zip(scores.tolist(), places, strict=True)]
    return [float(score[at]) for score, at in zip(scores, places, strict=True)]


def test_a_linear_value_is_coefficient_times_distance_from_the_mean() -> None:
    """By hand: on plain numbers, and an input that the model does not see contributes nothing."""
    columns = ColumnTransformer([("two", "passthrough", ["size", "count"])])
    model = Pipeline([("columns", columns), ("last", LinearRegression())]).fit(TABLE, VALUE)
    explained = Explained(model)
    by_size, by_count = model[-1].coef_
    means = explained.sample[["size", "count"]].mean()
    for row, found in zip(ROWS, explained(), strict=True):
        assert (found["method"], found["scale"]) == ("linear", "value")
        assert "class" not in found
        assert found["contributions"] == {
            "kind": 0,
            "size": pytest.approx(by_size * (row[1] - means["size"])),
            "count": pytest.approx(by_count * (row[2] - means["count"])),
            "weight": 0,
        }
        by_mean = by_size * means["size"] + by_count * means["count"]
        assert found["base"] == pytest.approx(model[-1].intercept_ + by_mean)


def test_a_linear_classifier_is_explained_through_scaling_and_one_hot_columns() -> None:
    """By hand: scaled, columns of one input together, and turned round for the first class."""
    model = encoded(LogisticRegression(), TWO)
    explained = Explained(model)
    scaler = model[0].named_transformers_["numbers"][-1]
    whole = model[0].transform(explained.sample)
    (coefficients,) = model[-1].coef_
    kinds = ["a", "b", "c"]
    seen = set()
    for row, found in zip(ROWS, explained(), strict=True):
        sign = 1 if found["class"] == "yes" else -1
        seen.add(sign)
        size = (row[1] - scaler.mean_[0]) / scaler.scale_[0]
        expected = sign * coefficients[0] * (size - whole[:, 0].mean())
        assert found["contributions"]["size"] == pytest.approx(expected)
        one_hot = np.array([row[0] == kind for kind in kinds]) - whole[:, 3:].mean(axis=0)
        expected = sign * coefficients[3:] @ one_hot
        assert found["contributions"]["kind"] == pytest.approx(expected)
        assert (found["method"], found["scale"]) == ("linear", "log-odds")
    assert seen == {1, -1}


@pytest.mark.parametrize(
    ("model", "scale"),
    [
        (encoded(Ridge(), VALUE), "value"),
        (encoded(LogisticRegression(), TWO), "log-odds"),
        (encoded(LogisticRegression(), THREE), "score"),
    ],
    ids=["value", "two classes", "three classes"],
)
def test_linear_contributions_add_up_to_the_models_own_score(model: Any, scale: str) -> None:
    """Base and contributions are what decision_function or predict says."""
    found = Explained(model)()
    assert {(one["method"], one["scale"]) for one in found} == {("linear", scale)}
    assert list(map(total, found)) == pytest.approx(raw(model, found))


TREES = [
    (HistGradientBoostingClassifier(max_iter=20), TWO, "log-odds"),
    (HistGradientBoostingClassifier(max_iter=20), THREE, "score"),
    (HistGradientBoostingRegressor(max_iter=20), VALUE, "value"),
    (GradientBoostingClassifier(n_estimators=20), TWO, "log-odds"),
    (GradientBoostingRegressor(n_estimators=20), VALUE, "value"),
    (RandomForestClassifier(10), THREE, "probability"),
    (RandomForestRegressor(10), VALUE, "value"),
    (ExtraTreesClassifier(10), TWO, "probability"),
    (ExtraTreesRegressor(10), VALUE, "value"),
    (DecisionTreeClassifier(), THREE, "probability"),
    (DecisionTreeRegressor(), VALUE, "value"),
]


@pytest.mark.parametrize(
    ("last", "outcome", "scale"),
    TREES,
    ids=[f"{type(last).__name__}-{scale}" for last, _, scale in TREES],
)
def test_contributions_in_trees_add_up_to_the_models_own_score(
    last: Any, outcome: Any, scale: str
) -> None:
    """For values, two and three classes; where the model takes them, values are missing."""
    pytest.importorskip("shap", reason="shap is not installed: pip install 'disparo[explain]'")
    takes_missing = not type(last).__name__.startswith("Gradient")
    model = encoded(last, outcome, impute=not takes_missing)
    found = Explained(model)()
    assert {(one["method"], one["scale"]) for one in found} == {("trees", scale)}
    assert list(map(total, found)) == pytest.approx(raw(model, found), abs=1e-9)
    assert any(one["contributions"]["size"] for one in found)


def test_many_columns_and_classes_are_taken_apart_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row it is the same as all together, in less memory."""
    explained = Explained(encoded(LogisticRegression(), THREE))
    together = explained()
    monkeypatch.setattr(additive, "_NUMBERS", 50)
    for whole, part in zip(together, explained(), strict=True):
        assert part["contributions"] == pytest.approx(whole["contributions"])
        assert part["base"] == pytest.approx(whole["base"])


class Odd(BaseEstimator):  # type: ignore[misc]
    """A step that passes its input on, and does not say what it makes of it."""

    def fit(self, *_: Any) -> "Odd":
        """Learn nothing."""
        return self

    def transform(self, rows: Any) -> Any:
        """Return what came."""
        return rows

    def get_feature_names_out(self, *_: Any) -> Any:
        """Fail in a way of its own."""
        message = "no names here"
        raise LookupError(message)


def test_a_step_that_fails_in_its_own_way_is_no_error() -> None:
    """The model answers, and so it is explained: by occlusion."""
    columns = ColumnTransformer([("size", Odd(), ["size"])])
    model = Pipeline([("columns", columns), ("last", Ridge())]).fit(TABLE, VALUE)
    assert {one["method"] for one in Explained(model)()} == {"occlusion"}


def test_what_shap_does_not_take_is_explained_by_occlusion() -> None:
    """Boosting of three classes, trees that split by sets, and what would not add up.

    shap takes the exponential loss for the logistic one: its base is twice what it should be.
    """
    pytest.importorskip("shap", reason="shap is not installed: pip install 'disparo[explain]'")
    ordinal = ColumnTransformer(
        [("kind", OrdinalEncoder(), ["kind"]), ("numbers", "passthrough", NUMBERS)]
    )
    by_sets = HistGradientBoostingClassifier(max_iter=5, categorical_features=[0])
    for model in (
        encoded(GradientBoostingClassifier(n_estimators=5), THREE),
        encoded(GradientBoostingClassifier(n_estimators=5, loss="exponential"), TWO),
        Pipeline([("columns", ordinal), ("trees", by_sets)]).fit(TABLE, TWO),
    ):
        assert {one["method"] for one in Explained(model)()} == {"occlusion"}


def test_trees_without_the_extra_are_explained_by_occlusion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library's absence is no error, and the answer names what was done instead."""
    monkeypatch.setitem(__import__("sys").modules, "shap", None)
    found = Explained(encoded(DecisionTreeClassifier(), TWO))()
    assert {(one["method"], one["scale"]) for one in found} == {("occlusion", "probability")}


class BySize(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Answers by one input alone; with a probability or without."""

    def fit(self, rows: pd.DataFrame, outcome: Any) -> "BySize":
        """Learn nothing."""
        self.feature_names_in_ = np.asarray(rows.columns, dtype=object)
        self.classes_ = np.unique(outcome)
        return self

    def predict(self, rows: pd.DataFrame) -> Any:
        """Answer `yes` above zero."""
        return np.where(rows["size"] > 0, "yes", "no")


class ChanceBySize(BySize):
    """The same with a probability."""

    def predict_proba(self, rows: pd.DataFrame) -> Any:
        """Answer `yes` the likelier, the larger."""
        chance = 1 / (1 + np.exp(-rows["size"].to_numpy()))
        return np.stack([1 - chance, chance], axis=1)


def test_occlusion_gives_nothing_to_an_input_that_does_not_matter() -> None:
    """And to the one that does, the answer less its mean over the sample: exactly, in this case."""
    explained = Explained(ChanceBySize().fit(TABLE, TWO), sample=40)
    chances = 1 / (1 + np.exp(-explained.sample["size"].to_numpy()))
    for row, found in zip(ROWS, explained(), strict=True):
        own, mean = 1 / (1 + np.exp(-row[1])), chances.mean()
        if found["class"] == "no":
            own, mean = 1 - own, 1 - mean
        assert (found["method"], found["scale"]) == ("occlusion", "probability")
        assert found["base"] == pytest.approx(mean)
        others = {name: pytest.approx(0, abs=1e-12) for name in ("kind", "count", "weight")}
        assert found["contributions"] == {"size": pytest.approx(own - mean)} | others


def test_occlusion_of_a_label_alone_counts_how_often_it_changes() -> None:
    """A model without probabilities: the share of replacements that give another label."""
    explained = Explained(BySize().fit(TABLE, TWO), sample=40)
    for row, found in zip(ROWS, explained(), strict=True):
        same = ((explained.sample["size"] > 0) == (row[1] > 0)).mean()
        assert found["scale"] == "agreement"
        assert found["base"] == pytest.approx(same)
        assert found["contributions"]["size"] == pytest.approx(1 - same)
        assert found["contributions"]["kind"] == 0


def test_a_step_that_mixes_inputs_is_not_taken_apart() -> None:
    """What principal components add cannot be told of the inputs exactly."""
    numbers = make_pipeline(SimpleImputer(), PCA(2))
    columns = ColumnTransformer([("numbers", numbers, NUMBERS)])
    model = Pipeline([("columns", columns), ("last", Ridge())]).fit(TABLE, VALUE)
    assert {one["method"] for one in Explained(model)()} == {"occlusion"}


def test_all_that_is_made_of_one_text_belongs_to_it() -> None:
    """Counts of words are summed back to the text."""
    columns = ColumnTransformer(
        [
            ("words", CountVectorizer(token_pattern=r"\w"), "kind"),
            ("rest", "passthrough", ["size"]),
        ]
    )
    model = Pipeline([("columns", columns), ("last", Ridge())]).fit(TABLE, VALUE)
    found = Explained(model)()
    assert {one["method"] for one in found} == {"linear"}
    assert list(map(total, found)) == pytest.approx(raw(model, found))
    assert any(one["contributions"]["kind"] for one in found)


@pytest.mark.parametrize("options", [{"drop": "first"}, {"max_categories": 2}, {}])
def test_one_hot_columns_that_are_shared_or_left_out_are_counted(options: dict[str, Any]) -> None:
    """Each column goes to its input, however many there are of it."""
    columns = ColumnTransformer(
        [("kinds", OneHotEncoder(**options), ["kind", "count"]), ("size", "passthrough", ["size"])]
    )
    model = Pipeline([("columns", columns), ("last", Ridge())]).fit(TABLE, VALUE)
    explained = Explained(model)
    found = explained()
    assert {one["method"] for one in found} == {"linear"}
    by_size = model[-1].coef_[-1]
    mean = explained.sample["size"].mean()
    for row, one in zip(ROWS, found, strict=True):
        assert one["contributions"]["size"] == pytest.approx(by_size * (row[1] - mean))


def test_without_a_sample_the_error_says_what_to_do() -> None:
    """There is nothing that could stand in for a case's own values."""
    loaded = SklearnModel(encoded(Ridge(), VALUE), {})
    signature = derive_signature(loaded, TABLE)
    answerer = Answerer(loaded, signature)
    explainer = Explainer(loaded, answerer, signature, [], batches_of(answerer))
    with pytest.raises(InvalidRequestError, match="register it again with --sample"):
        explainer.explain(ROWS, answerer.outputs(ROWS), FOREVER)


def test_occlusion_ends_at_the_deadline() -> None:
    """What nobody waits for any more is not computed."""
    explained = Explained(BySize().fit(TABLE, TWO))
    with pytest.raises(TimedOutError, match="past its deadline"):
        explained(deadline=time.perf_counter())
