"""The models that are served, and the cases that are asked: each request another one.

M1 and M3 see 30 floats, and are trained on scikit-learn's breast cancer data; M2 sees the named
columns of real flights, and is the flights example's own pipeline. All three are trained once and
kept under `var/benchmarks/showroom`.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from examples.flights import dataset, pipeline

ROOT = Path(__file__).parents[2]
RECIPE = 1
"""Counted up when what is made here changes, so that it is made anew."""
CASES = 10_000
COMPARED = 128
"""Cases whose answers are compared with the pipeline called by hand."""

Case = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A fitted pipeline on disk, and cases to ask of it."""

    name: str
    title: str
    directory: Path

    @property
    def file(self) -> Path:
        """The pipeline, as joblib writes it."""
        return self.directory / "model.joblib"

    @property
    def sample(self) -> Path:
        """Inputs from which a signature can be derived."""
        return self.directory / "sample.parquet"

    @property
    def description(self) -> Path:
        """The inputs and the classes, as JSON: all that a server needs besides the pipeline."""
        return self.directory / "model.json"

    @property
    def questions(self) -> Path:
        """The cases, and the pipeline's own answers to the first ones, as JSON."""
        return self.directory / "cases.json"

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the two files hold."""
        read: dict[str, Any] = json.loads(self.description.read_text())
        read.update(json.loads(self.questions.read_text()))
        return read

    @property
    def cases(self) -> list[Case]:
        """Ten thousand distinct cases, as fields by name."""
        cases: list[Case] = self.facts["cases"]
        return cases

    @property
    def is_table(self) -> bool:
        """Whether the pipeline wants named columns; the others take rows of numbers."""
        return bool(self.facts["is_table"])

    @property
    def classes(self) -> list[str]:
        """The classes, in the order of `predict_proba`'s columns."""
        names: list[str] = self.facts["classes"]
        return names

    @property
    def by_hand(self) -> list[list[float]]:
        """What `predict_proba` gives for the first cases, one at a time."""
        chances: list[list[float]] = self.facts["by_hand"]
        return chances


def _cancer() -> tuple[Any, Any]:
    data = load_breast_cancer()
    return data.data, data.target


def _cancer_cases(rows: Any) -> pd.DataFrame:
    """Return real rows, each number moved by some per cent, so that no two are alike."""
    chance = np.random.default_rng(2013)
    drawn = rows[chance.integers(len(rows), size=CASES)]
    moved = np.round(drawn * chance.normal(1, 0.03, drawn.shape), 5)
    return pd.DataFrame(moved, columns=[f"x{n}" for n in range(rows.shape[1])])


def _logistic() -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    rows, target = _cancer()
    cases = _cancer_cases(rows)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, target), cases, cases


def _forest() -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    rows, target = _cancer()
    cases = _cancer_cases(rows)
    forest = RandomForestClassifier(n_estimators=100, random_state=2013)
    return forest.fit(rows, target), cases, cases


def _flights() -> tuple[Pipeline, pd.DataFrame, pd.DataFrame]:
    every = dataset.read_flights(dataset.packaged_file())
    late = every["arr_delay"] > pipeline.LATE_MINUTES
    known = every.assign(outcome=late.map({True: pipeline.LATE, False: pipeline.ON_TIME}))
    months = pd.to_datetime(known["scheduled_departure"]).dt.month
    past = known[months.isin(pipeline.TRAINING_MONTHS)]
    coming = known.loc[months.isin(pipeline.JUDGED_MONTHS), list(pipeline.INPUTS)]
    coming = coming[coming["dest"].isin(past["dest"].unique())].drop_duplicates()
    cases = coming.sample(CASES, random_state=2013).reset_index(drop=True)
    return pipeline.train(past), pipeline.sample_of(past), cases


MAKERS: dict[str, tuple[str, Callable[[], tuple[Any, pd.DataFrame, pd.DataFrame]]]] = {
    "m1": ("StandardScaler + LogisticRegression, 30 floats", _logistic),
    "m2": ("ColumnTransformer + HistGradientBoosting, 7 columns of flights", _flights),
    "m3": ("RandomForest of 100 trees, 30 floats", _forest),
}


def get(name: str) -> Model:
    """Return a model, trained now if it is not there."""
    state = Path(os.environ.get("DISPARO_VAR") or ROOT / "var")
    title, make = MAKERS[name]
    made_by = f"{RECIPE} {sklearn.__version__} {Path(pipeline.__file__).read_text()}"
    mark = hashlib.sha256(made_by.encode()).hexdigest()[:12]
    directory = state / "benchmarks" / "showroom" / f"{name}-{mark}"
    model = Model(name=name, title=title, directory=directory)
    if not model.description.exists():
        directory.mkdir(parents=True, exist_ok=True)
        _write(model, *make())
    return model


def _write(model: Model, fitted: Any, sample: pd.DataFrame, cases: pd.DataFrame) -> None:
    joblib.dump(fitted, model.file)
    sample.to_parquet(model.sample, index=False)
    is_table = hasattr(fitted, "feature_names_in_")
    some = cases.head(COMPARED)
    rows = [some.iloc[[n]] if is_table else some.iloc[[n]].to_numpy() for n in range(len(some))]
    questions = {
        "cases": json.loads(cases.to_json(orient="records", double_precision=15)),
        "by_hand": [fitted.predict_proba(row)[0].tolist() for row in rows],
    }
    facts = {
        "is_table": is_table,
        "fields": {name: _kind(cases[name]) for name in cases.columns},
        "classes": [str(name) for name in fitted.classes_],
    }
    model.questions.write_text(json.dumps(questions))
    model.description.write_text(json.dumps(facts))  # last: it says that all is there


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_integer_dtype(column):
        return "int"
    return "float" if pd.api.types.is_float_dtype(column) else "str"
