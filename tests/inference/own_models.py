"""Models of a user's own, as the runtime `python` finds them by `module:Class`."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.ensemble import RandomForestClassifier


def halved(rows: Any) -> Any:
    """Halve: a function that skops does not know."""
    return rows / 2


class Loads:
    """Reads its file and nothing else."""

    def load(self, path: Path) -> None:
        """Read a factor."""
        self.factor = float(path.read_text())


class Values(Loads):
    """Floats are values."""

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return shape (n,)."""
        return frame["a"].to_numpy(dtype=float) * self.factor


class Pairs(Loads):
    """Two floats a row are two values."""

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return shape (n, 2)."""
        return np.stack([frame["a"], -frame["a"]], axis=1) * self.factor


class Labels(Loads):
    """Texts are labels."""

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return a list of n texts."""
        return ["high" if value > 1 else "low" for value in frame["a"]]


class Chances(Loads):
    """With `classes_`, an array of that width is probabilities."""

    classes_ = ("low", "high")
    feature_names_in_ = ("a",)

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return shape (n, 2)."""
        high = np.clip(frame["a"].to_numpy(dtype=float) / 10, 0, 1)
        return np.stack([1 - high, high], axis=1)


class Frames(Loads):
    """A frame of the output columns."""

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return label and probabilities, the columns in an order of their own."""
        high = np.clip(frame["a"].to_numpy(dtype=float) / 10, 0, 1)
        return pd.DataFrame(
            {"probability_1": high, "probability_0": 1 - high, "label": (high > 0.5).astype(int)}
        )


class ValueFrames(Loads):
    """A frame of values."""

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return two values, the second first."""
        return pd.DataFrame({"value_1": frame["a"] * 2, "value_0": frame["a"]})


class StrangeFrames(Loads):
    """A frame of columns that nobody asked for."""

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return a column without meaning."""
        return pd.DataFrame({"score": frame["a"]})


class TooFew(Loads):
    """Forgets a row."""

    def predict(self, frame: pd.DataFrame) -> Any:
        """Return shape (n - 1,)."""
        return frame["a"].to_numpy(dtype=float)[1:]


class Raises(Loads):
    """Fails at each row."""

    def predict(self, _frame: pd.DataFrame) -> Any:
        """Raise."""
        message = "the tank is empty"
        raise RuntimeError(message)


class Exits(Loads):
    """Wants to end the process."""

    def predict(self, _frame: pd.DataFrame) -> Any:
        """Exit."""
        raise SystemExit(3)


class NoPredict(Loads):
    """Lacks a method."""


class Whimsical(RandomForestClassifier):  # type: ignore[misc]
    """A subclass whose labels are not those of its probabilities."""

    def predict(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
        """Return the first class for every row."""
        return np.repeat(self.classes_[:1], len(X))


class Picks(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer that notes nothing of its inputs."""

    def __init__(self, column: str) -> None:
        self.column = column

    def fit(self, _X: Any, _y: Any = None) -> "Picks":  # noqa: N803 - scikit-learn's name
        """Note nothing."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Tell that there is nothing to fit."""
        return True

    def transform(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
        """Return one column."""
        return X[[self.column]]


class Troubled(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regressor that answers as it is told."""

    def __init__(self, answer: float | None = None) -> None:
        self.answer = answer

    def fit(self, X: Any, _y: Any = None) -> "Troubled":  # noqa: N803 - scikit-learn's name
        """Note the inputs."""
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
        """Return the answer for each row, or raise where there is none."""
        if self.answer is None:
            message = "no answer today"
            raise ZeroDivisionError(message)
        return np.full(len(X), self.answer)
