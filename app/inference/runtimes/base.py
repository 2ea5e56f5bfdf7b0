"""What every runtime gives: an estimator in memory that tells its inputs and predicts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from app.errors import AppError, ModelError
from app.values.model import Estimator
from app.values.signature import FieldType

if TYPE_CHECKING:  # it loads pandas, and this is loaded wherever a runtime is spoken of
    import pandas as pd

    from app.inference.predictions import Predictions


@dataclass(frozen=True, kw_only=True)
class KnownInputs:
    """What a model's file tells of its inputs. What it does not tell is left out."""

    names: tuple[str, ...] | None = None
    width: int | None = None
    """The number of inputs, where they have no names."""
    types: Mapping[str, FieldType] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of text: what the model's encoders were fitted on."""
    missing: frozenset[str] = frozenset()
    """Inputs that held missing values when the model was fitted."""
    never_missing: frozenset[str] = frozenset()
    """Inputs whose type in the file cannot hold a missing value."""


def default_names(width: int) -> tuple[str, ...]:
    """Return what inputs without names are called: x0, x1…, also as keys of KnownInputs."""
    return tuple(f"x{n}" for n in range(width))


class Loaded(Protocol):
    """An estimator in memory. Several threads may use it at once."""

    @property
    def estimator(self) -> Any:
        """The runtime's own object."""
        ...

    @property
    def trained_with(self) -> dict[str, str]:
        """Library and release with which the file says that it was made."""
        ...

    @property
    def inputs(self) -> KnownInputs:
        """What the file tells of the model's inputs."""
        ...

    def predict(self, frame: "pd.DataFrame") -> "Predictions":
        """Answer each row of `frame`. Raises ModelError with the model's own words."""
        ...


class Runtime(Protocol):
    """Loads a file. Nothing more."""

    def __call__(self, estimator: Estimator, path: Path, /) -> Loaded:
        """Load the file at `path` as the estimator. Raises ModelError if it does not load."""
        ...


@contextmanager
def model_errors(doing: str) -> Iterator[None]:
    """Turn whatever a model raises into a ModelError with the model's own words."""
    try:
        yield
    except (AppError, MemoryError):
        raise
    except (Exception, SystemExit) as error:  # a model's code may raise anything, or want to exit
        raise ModelError(
            f"{doing}: {type(error).__name__}: {error}", cause=type(error).__name__
        ) from error


PREDICTING = "the model failed to predict"
"""What `model_errors` says of every runtime's predict."""
