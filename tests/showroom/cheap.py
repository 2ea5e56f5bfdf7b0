"""A model that costs little, of the cases that the clients send."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from app.clock import utc_now
from app.factory import Factory
from app.values.model import Registration
from tests.showroom.clients import FEATURES, case

MODEL = "m"


def register(
    factory: Factory, directory: Path, *, name: str = MODEL, strength: float = 1.0
) -> LogisticRegression:
    """Register it; return it."""
    sample = pd.DataFrame([case(number) for number in range(0, 10_000, 97)])
    model = LogisticRegression(C=strength).fit(sample, np.where(sample["b"] < 0.5, "low", "high"))
    file, typical = directory / f"{name}.joblib", directory / "sample.parquet"
    joblib.dump(model, file)
    sample.to_parquet(typical)
    assert tuple(sample.columns) == FEATURES
    asked = Registration(name=name, filename=file.name, sample=typical)
    factory.models.register(file, asked, actor="test", now=utc_now())
    return model
