"""What a model answered, and the check that every answer is a number."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.errors import ModelError
from app.values.signature import Outputs, Task

Array = npt.NDArray[np.generic]


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """The answers to n rows: what the task does not give is None."""

    labels: Array | None = None
    """Shape (n,)."""
    probabilities: Array | None = None
    """Shape (n, classes), in the order of the signature's classes."""
    values: Array | None = None
    """Shape (n,) or (n, values)."""

    def table(self, outputs: Outputs) -> pa.Table:
        """Return the answers as columns named and ordered by `outputs`."""
        arrays: list[pa.Array] = []
        if self.labels is not None and outputs.task is not Task.REGRESSION:
            arrays.append(_label_array(self.labels))
        for block in (self.probabilities, self.values):
            if block is not None:
                columns = block.reshape(len(block), -1).T
                arrays += [
                    pa.array(np.ascontiguousarray(column, dtype=float)) for column in columns
                ]
        names = [column.name for column in outputs.columns()]
        if len(arrays) != len(names):
            raise ModelError(
                f"the model answered with {len(arrays)} columns, its signature has {len(names)} "
                f"({', '.join(names)}); register the model again"
            )
        return pa.table(arrays, names=names)

    def check(self, keys: pa.Array) -> None:
        """Raise ModelError unless there is one finite answer for each of `keys`, naming the row."""
        for part, name in (
            (self.labels, "labels"),
            (self.probabilities, "probability"),
            (self.values, "value"),
        ):
            if part is not None:
                _check_part(part, name, keys)


def _check_part(part: Array, name: str, keys: pa.Array) -> None:
    if len(part) != len(keys):
        raise ModelError(f"the model gave {len(part)} {name} for {len(keys)} rows")
    if not np.issubdtype(part.dtype, np.floating):
        return
    finite = np.isfinite(part.reshape(len(part), -1)).all(axis=1)
    if not finite.all():
        key = keys[int(np.argmin(finite))].as_py()
        raise ModelError(
            f"the model gave a {name} that is not a finite number for the row with key {key!r}; "
            "look at that row's inputs",
            key=str(key),
        )


def _label_array(labels: Array) -> pa.Array:
    if labels.dtype.kind in "biuf":
        return pa.array(labels)
    return pa.array([str(label) for label in labels], pa.string())
