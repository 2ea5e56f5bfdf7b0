"""What a model answered, and the check that every answer can be delivered."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from app.errors import ModelError
from app.inference.frame import ARROW_TYPES
from app.values.signature import FieldType, Outputs, Task

Array = npt.NDArray[np.generic]

_SLACK = 1e-5
"""How far outside [0, 1] a float32 probability may lie by rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """The answers to n rows: what the task does not give is None."""

    labels: Array | None = None
    """Shape (n,)."""
    probabilities: Array | None = None
    """Shape (n, k), in [0, 1]."""
    values: Array | None = None
    """Shape (n,) or (n, m)."""
    classes: Array | None = None
    """Shape (k,): the classes that labels are of and probabilities belong to, where known."""

    def table(self, outputs: Outputs) -> pa.Table:
        """Return the answers as columns that are named, typed and ordered by `outputs`.

        Raises ModelError for answers that the signature does not foresee.
        """
        self.require(outputs)
        arrays, columns = self._arrays(outputs), list(outputs.columns())
        return pa.table(
            [_typed(array, column.type) for array, column in zip(arrays, columns, strict=True)],
            names=[column.name for column in columns],
        )

    def require(self, outputs: Outputs) -> None:
        """Raise ModelError unless the answers have the parts that `outputs` names."""
        found = sum(1 for _ in self._arrays(outputs))
        if found != outputs.width or not self._is_of(outputs.classes):
            names = ", ".join(column.name for column in outputs.columns())
            raise ModelError(
                f"the model answered otherwise than its signature says ({names}); "
                "it must answer alike for all rows: mend it and register it again"
            )

    def _arrays(self, outputs: Outputs) -> Iterator[Array]:
        if self.labels is not None and outputs.task is not Task.REGRESSION:
            yield self.labels
        for block in (self.probabilities, self.values):
            if block is not None:
                yield from block.reshape(len(block), -1).T

    def _is_of(self, classes: tuple[object, ...]) -> bool:
        return self.classes is None or not classes or tuple(self.classes.tolist()) == classes

    def check(self, keys: pa.Array | range) -> None:
        """Raise ModelError unless there is one answer for each of `keys`, naming the first row.

        An answer is a label that is not missing, probabilities within [0, 1], finite values.
        """
        for part, name, accepts in (
            (self.labels, "label", _is_there),
            (self.probabilities, "probability", _is_probability),
            (self.values, "value", _is_finite),
        ):
            if part is None:
                continue
            if len(part) != len(keys):
                raise ModelError(
                    f"the model answered {len(part)} rows where {len(keys)} were asked"
                )
            accepted = accepts(part)
            if not accepted.all():
                at = int(np.argmin(accepted.reshape(len(part), -1).all(axis=1)))
                raise _unusable(name, part, keys, at)


def _is_there(labels: Array) -> npt.NDArray[np.bool_]:
    if labels.dtype.kind in "biu":  # these have no way to say that one is missing
        return np.ones(len(labels), dtype=bool)
    return _is_finite(labels) if labels.dtype.kind == "f" else np.asarray(~pd.isna(labels))


def _is_probability(part: Array) -> npt.NDArray[np.bool_]:
    return np.asarray((part >= -_SLACK) & (part <= 1 + _SLACK))  # type: ignore[operator]


def _is_finite(part: Array) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isfinite(part))


def _unusable(name: str, part: Array, keys: pa.Array | range, at: int) -> ModelError:
    key = at if isinstance(keys, range) else keys[at].as_py()
    return ModelError(
        f"the model gave a {name} that cannot be used, {part[at]}, for the row with key {key!r}; "
        "look at that row's inputs",
        key=str(key),
    )


def _typed(array: Array, kind: FieldType) -> pa.Array:
    """Return an Arrow array of the field's type; text is whatever the label says of itself."""
    if kind is FieldType.TEXT and array.dtype.kind != "U":
        array = np.asarray([str(label) for label in array], dtype=object)
    try:
        return pa.array(np.ascontiguousarray(array), ARROW_TYPES[kind])
    except (pa.ArrowException, OverflowError) as error:
        raise ModelError(
            f"the model gave answers of type {array.dtype}, which is no {kind}: {error}"
        ) from error
