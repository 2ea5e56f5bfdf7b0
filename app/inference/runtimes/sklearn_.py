"""scikit-learn estimators, from joblib and from skops files."""

import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from app.errors import ModelError
from app.inference.predictions import Predictions
from app.inference.runtimes.base import model_errors

_PREDICT_IS_ARGMAX = (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    ExtraTreesClassifier,
    DecisionTreeClassifier,
)
"""Classes whose own `predict` is the argmax of `predict_proba`, so that one call is enough."""


def load_joblib(path: Path) -> "SklearnModel":
    """Load a joblib or pickle file. This runs whatever code the file holds."""
    with warnings.catch_warnings(record=True) as caught, model_errors(f"{path.name} does not load"):
        warnings.simplefilter("always")
        estimator = joblib.load(path)
    return SklearnModel(estimator, _releases(caught))


def load_skops(path: Path) -> "SklearnModel":
    """Load a skops file, which runs no code; types that skops does not know are refused."""
    import skops.io  # imports all of scikit-learn

    with model_errors(f"{path.name} does not load"):
        if unknown := skops.io.get_untrusted_types(file=path):
            raise ModelError(
                f"{path.name} holds types that skops does not trust: {', '.join(unknown)}; "
                "register it from the server's own disk with the runtime sklearn if you trust it",
                types=list(unknown),
            )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            return SklearnModel(skops.io.load(path, trusted=[]), _releases(caught))


def _releases(caught: list[warnings.WarningMessage]) -> dict[str, str]:
    for warning in caught:
        if isinstance(warning.message, InconsistentVersionWarning):
            return {"scikit-learn": warning.message.original_sklearn_version}
    return {}


class SklearnModel:
    """A fitted scikit-learn estimator."""

    def __init__(self, estimator: Any, trained_with: dict[str, str]) -> None:
        if not hasattr(estimator, "predict"):
            raise ModelError(
                f"the file holds a {type(estimator).__name__}, which has no predict; "
                "save the fitted estimator or Pipeline itself"
            )
        self.estimator = estimator
        self.trained_with = trained_with
        last = estimator.steps[-1][1] if type(estimator) is Pipeline else estimator
        self._one_call = type(last) in _PREDICT_IS_ARGMAX
        self._has_classes = hasattr(estimator, "classes_")
        self._has_probabilities = self._has_classes and hasattr(estimator, "predict_proba")
        self._has_names = hasattr(estimator, "feature_names_in_")

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """Answer each row; labels are always exactly what the estimator's `predict` gives."""
        rows = frame if self._has_names else frame.to_numpy()
        with model_errors("the model failed to predict"):
            if not self._has_probabilities:
                answer = np.asarray(self.estimator.predict(rows))
                is_label = self._has_classes or answer.dtype.kind != "f"
                return Predictions(labels=answer) if is_label else Predictions(values=answer)
            probabilities = self.estimator.predict_proba(rows)
            if not isinstance(probabilities, np.ndarray):
                raise ModelError(
                    "models with several labels a row are not supported; register one model a label"
                )
            if self._one_call:
                labels = self.estimator.classes_.take(np.argmax(probabilities, axis=1))
            else:
                labels = np.asarray(self.estimator.predict(rows))
            return Predictions(labels=labels, probabilities=probabilities)
