"""A model that another process can load and that never comes to an end, where it is told so."""

import os
import threading
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin

STALL = "TEST_STALLS"


class Stalls(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model that, where the variable says so, never answers when it is asked for the third time."""

    def fit(self, rows: Any, _: Any) -> "Stalls":
        """Learn the names of the inputs."""
        self.classes_ = np.array(["late", "on_time"])
        self.feature_names_in_ = np.array(rows.columns, dtype=object)
        self.n_features_in_ = len(rows.columns)
        return self

    def predict_proba(self, rows: Any) -> npt.NDArray[Any]:
        """Return chances that depend on each row alone, shape (n, 2)."""
        self.calls_ = getattr(self, "calls_", 0) + 1
        if self.calls_ > 2 and STALL in os.environ:
            threading.Event().wait()
        late = rows["distance"].to_numpy(dtype=float) / 10_000
        return np.column_stack([late, 1 - late])

    def predict(self, rows: Any) -> Any:
        """Return the likelier label of each row."""
        return self.classes_[self.predict_proba(rows).argmax(axis=1)]
