"""Models that are well as long as they are in their trainer's process."""

import os
import signal
import time
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Hanging(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model that never answers once it is asked by another process than its trainer's."""

    def __init__(self, trainer: int = 0) -> None:
        self.trainer = trainer

    def fit(self, x: Any, y: Any) -> "Hanging":
        """Remember the classes, and who trained it."""
        self.classes_ = np.unique(y)
        self.n_features_in_ = x.shape[1]
        self.feature_names_in_ = np.asarray(x.columns)
        self.trainer = os.getpid()
        return self

    def predict_proba(self, x: Any) -> Any:
        """Hang."""
        if os.getpid() != self.trainer:
            time.sleep(3600)
        return np.full((len(x), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, x: Any) -> Any:
        """Answer the first class."""
        self.predict_proba(x)
        return np.repeat(self.classes_[:1], len(x))


class Crashing(Hanging):
    """A model that takes its process with it."""

    def predict_proba(self, x: Any) -> Any:
        """End as a segmentation fault does."""
        if os.getpid() != self.trainer:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().predict_proba(x)
