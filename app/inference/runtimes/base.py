"""What every runtime gives."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pandas as pd

from app.errors import AppError, ModelError
from app.inference.predictions import Predictions


class Loaded(Protocol):
    """An estimator in memory."""

    estimator: Any
    """The estimator itself, from which the signature is read."""
    trained_with: dict[str, str]
    """Library and release that the file says it was made with, where that differs from ours."""

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """Answer each row of `frame`. Raises ModelError."""
        ...


@contextmanager
def model_errors(doing: str) -> Iterator[None]:
    """Turn whatever a model raises into a ModelError with the model's own words."""
    try:
        yield
    except AppError:
        raise
    except Exception as error:  # a model's code may raise anything
        raise ModelError(
            f"{doing}: {type(error).__name__}: {error}", cause=type(error).__name__
        ) from error
