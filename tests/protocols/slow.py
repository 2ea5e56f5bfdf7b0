"""A model that takes its time."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

SECONDS = 4.0
"""Longer than a stop waits by default, and less than a container's does."""
STARTED = "SLOW_STARTED"
"""The environment variable with a file that is made when it begins."""


class Slow(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Answers 1 for each row, slowly where the first input is above 1."""

    def fit(self, rows: Any, outcome: Any) -> "Slow":
        """Learn nothing."""
        assert len(rows) == len(outcome)
        self.n_features_in_ = np.asarray(rows).shape[1]
        return self

    def predict(self, rows: Any) -> Any:
        """Answer."""
        if np.asarray(rows)[:, 0].max() > 1:
            if place := os.environ.get(STARTED):
                Path(place).touch()
            time.sleep(SECONDS)
        return np.ones(len(rows))
