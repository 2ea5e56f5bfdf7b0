"""A Python class of the user's own: `module:Class` with `load(path)` and `predict(frame)`."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.errors import ModelError
from app.inference.predictions import Predictions
from app.inference.runtimes.base import model_errors


def load_python(path: Path, entry_point: str | None) -> "PythonModel":
    """Import the class, make one, and let it load the file."""
    module, _, name = (entry_point or "").partition(":")
    if not (module and name):
        raise ModelError("the runtime python needs an entry point of the form module:Class")
    with model_errors(f"{entry_point} does not load"):
        model = getattr(importlib.import_module(module), name)()
        for method in ("load", "predict"):
            if not callable(getattr(model, method, None)):
                raise ModelError(f"{entry_point} has no method {method}")
        model.load(path)
    return PythonModel(model)


class PythonModel:
    """A user's object. Its `predict` gives numbers, labels, or a DataFrame of output columns."""

    def __init__(self, model: Any) -> None:
        self.estimator = model
        self.trained_with: dict[str, str] = {}

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """Answer each row.

        A DataFrame's column `label` holds labels, its columns `probability_…` probabilities.
        """
        with model_errors("the model failed to predict"):
            answer = self.estimator.predict(frame)
            if not isinstance(answer, pd.DataFrame):
                flat = np.asarray(answer)
                return (
                    Predictions(values=flat) if flat.dtype.kind == "f" else Predictions(labels=flat)
                )
            if "label" not in answer:
                return Predictions(values=answer.to_numpy(dtype=float))
            chances = answer.filter(regex="^probability_").to_numpy(dtype=float)
            labels = answer["label"].to_numpy()
            return Predictions(labels=labels, probabilities=chances if chances.size else None)
