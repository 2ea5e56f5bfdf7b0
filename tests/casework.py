"""A small model for tests of the Showroom: `high` or `low`, by the size."""

from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

from app.clock import utc_now
from app.factory import Factory
from app.values.model import Registration, Version

SAMPLE = pd.DataFrame(
    {"size": np.arange(40), "kind": ["a", "b"] * 20, "weight": [0.5, None, 1.5, 2.0] * 10}
)
CASE: dict[str, Any] = {"model": "m", "inputs": {"size": 30, "kind": "a", "weight": 1.5}}
"""A case as it is posted: over 20, and so `high`."""


def inputs(size: int, **changes: Any) -> dict[str, Any]:
    """Return the inputs of a case."""
    return {"size": size, "kind": "a", "weight": 1.5} | changes


def register(factory: Factory, directory: Path, *, limit: int = 20, name: str = "m") -> Version:
    """Register a classifier that answers `high` from about this size on, 0 to 39."""
    return register_fitted(factory, directory, _classifier(limit), name)


@cache
def _classifier(limit: int) -> Pipeline:
    outcome = np.where(SAMPLE["size"] >= limit, "high", "low")
    return fitted(LogisticRegression(C=100), outcome)


def register_regressor(
    factory: Factory, directory: Path, *, factor: float = 2, name: str = "r"
) -> Version:
    """Register a model that answers `factor` times the size."""
    return register_fitted(factory, directory, _regressor(factor), name)


@cache
def _regressor(factor: float) -> Pipeline:
    return fitted(LinearRegression(), SAMPLE["size"] * factor)


def fitted(last: Any, outcome: Any) -> Pipeline:
    """Return a pipeline that ends in `last`, fitted on the sample."""
    columns = ColumnTransformer(
        [("number", "passthrough", ["size"]), ("kind", OrdinalEncoder(), ["kind"])],
    )
    return Pipeline([("columns", columns), ("last", last)]).fit(SAMPLE, outcome)


def register_fitted(factory: Factory, directory: Path, model: Pipeline, name: str) -> Version:
    """Register a fitted pipeline."""
    file, sample = directory / f"{name}.joblib", directory / "typical.parquet"
    joblib.dump(model, file)
    SAMPLE.to_parquet(sample)
    asked = Registration(name=name, filename=file.name, sample=sample)
    return factory.models.register(file, asked, actor="test", now=utc_now())
