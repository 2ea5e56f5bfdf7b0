"""A model that another process can load and that fails, where it is told so, and tells secrets."""

import os
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

LEAKS = "TEST_LEAKS"


class Leaks(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A model that, where the variable holds a secret, fails and tells it in every way."""

    def fit(self, rows: Any, _: Any) -> "Leaks":
        """Learn the names of the inputs."""
        self.classes_ = np.array(["high", "low"])
        self.feature_names_in_ = np.array(rows.columns, dtype=object)
        self.n_features_in_ = len(rows.columns)
        return self

    def predict_proba(self, rows: Any) -> Any:
        """Return the same chance for each row, shape (n, 2)."""
        if secret := os.environ.get(LEAKS):
            message = (
                f"no access to postgresql://user:{secret}@host/db with password='{secret}', "
                f"Authorization: Bearer {secret}, {{'api_key': '{secret}'}}, "
                f"Driver=X;Uid=u;Pwd={{{secret}; and more}};"
            )
            raise RuntimeError(message)
        return np.full((len(rows), 2), 0.5)

    def predict(self, rows: Any) -> Any:
        """Return the likelier label of each row."""
        return self.classes_[self.predict_proba(rows).argmax(axis=1)]
