"""Real models on real data, trained once for each worker."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from app.inference import runtimes
from app.inference.frame import to_columns, to_frame
from app.inference.inspect import inspect
from app.inference.predictions import Predictions
from app.inference.runtimes.base import Loaded
from app.values.model import Estimator
from app.values.signature import Signature


def as_read(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as `pandas.read_csv` lays it out: linear algebra's last bits depend on it."""
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)))


CATEGORIES = ["carrier", "origin"]
NUMBERS = ["hour", "distance", "wind"]


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What registration found out, and the model loaded as a dispatch loads it."""

    estimator: Estimator
    signature: Signature
    loaded: Loaded

    def predict(self, rows: pd.DataFrame) -> Predictions:
        """Predict the way that a dispatch does, from typed columns."""
        frame = to_frame(to_columns(rows, self.signature), self.signature)
        return self.loaded.predict(frame)


Register = Callable[..., Registered]


@pytest.fixture
def dump(tmp_path: Path) -> Callable[[Any], Path]:
    """Return a function that writes an estimator to a joblib file."""

    def write(estimator: Any) -> Path:
        path = tmp_path / "model.joblib"
        joblib.dump(estimator, path)
        return path

    return write


@pytest.fixture
def register(dump: Callable[[Any], Path]) -> Register:
    """Return a function that inspects a file, or an estimator in a file, and loads it again."""

    def inspected(model: Any, sample: pd.DataFrame | None = None, **options: Any) -> Registered:
        path = model if isinstance(model, Path) else dump(model)
        estimator, signature, _ = inspect(path, sample=sample, **options)
        return Registered(
            estimator=estimator, signature=signature, loaded=runtimes.load(estimator, path)
        )

    return inspected


@pytest.fixture(scope="session")
def cancer() -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    """Return 569 rows of 30 named numbers, and one of two integer classes for each."""
    rows, label = load_breast_cancer(return_X_y=True, as_frame=True)
    return as_read(rows), label


@pytest.fixture(scope="session")
def iris() -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    """Return 150 rows of 4 named numbers, and one of three species for each."""
    bunch = load_iris(as_frame=True)
    return as_read(bunch.data), bunch.target.map(dict(enumerate(bunch.target_names.tolist())))


@pytest.fixture(scope="session")
def diabetes() -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    """Return 442 rows of 10 named numbers, and a value for each."""
    rows, value = load_diabetes(return_X_y=True, as_frame=True)
    return as_read(rows), value


@pytest.fixture(scope="session")
def flights_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 3,000 flights with categories and missing values, and whether they were late."""
    random = np.random.default_rng(2013)
    rows = 3000
    frame = pd.DataFrame(
        {
            "hour": random.integers(5, 23, rows),
            "carrier": random.choice(
                np.array(["AA", "B6", "UA", None], dtype=object), rows, p=[0.4, 0.3, 0.2, 0.1]
            ),
            "origin": random.choice(["EWR", "JFK", "LGA"], rows),
            "distance": random.integers(80, 5000, rows),
            "wind": np.where(random.random(rows) < 0.1, np.nan, random.normal(10, 4, rows)),
        }
    )
    risk = frame["hour"] / 23 + (frame["origin"] == "EWR") + frame["wind"].fillna(12) / 20
    late = risk + random.normal(0, 0.3, rows) > 1.7
    frame["outcome"] = np.where(late, "late", "on_time")
    path = tmp_path_factory.mktemp("flights") / "flights.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def flights(flights_csv: Path) -> pd.DataFrame:
    """Return the flights as a data scientist reads them."""
    return pd.read_csv(flights_csv)


@pytest.fixture(scope="session")
def flight_model(flights: pd.DataFrame) -> Pipeline:
    """Return ordinal categories and scaled numbers by name, then gradient boosting."""
    ordinal = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    columns = ColumnTransformer(
        [("categories", ordinal, CATEGORIES), ("numbers", StandardScaler(), NUMBERS)]
    )
    trees = HistGradientBoostingClassifier(max_iter=20, random_state=1)
    model = Pipeline([("columns", columns), ("trees", trees)])
    return model.fit(flights[[*NUMBERS, *CATEGORIES]], flights["outcome"])
