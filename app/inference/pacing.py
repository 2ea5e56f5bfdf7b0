"""Collected rows, cut into batches by how long the stages took for those before."""

from collections.abc import Iterator

import pyarrow as pa

from app.values.dispatch import Stage
from app.values.pace import Measured, Pace


class Pacing:
    """Learns from each stage, which has a thread of its own, and tells the one that collects."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._measured: dict[Stage, Measured] = {}

    def note(self, stage: Stage, rows: int, seconds: float) -> None:
        """Note how long a stage took for a batch."""
        last = self._measured.get(stage)
        self._measured[stage] = (
            Measured(rows=rows, seconds=seconds)
            if last is None
            else last.followed_by(rows, seconds)
        )

    def cut(self, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """Yield the rows of `tables` in their order; no row is copied.

        What is left of a table waits for the next one: small batches cost as much as large ones.
        But tables of different schemas are told apart.
        """
        left: pa.Table | None = None
        for table in filter(len, tables):
            if left is not None and left.schema != table.schema:
                yield left
                left = None
            left = table if left is None else pa.concat_tables([left, table])
            while left is not None and left.num_rows >= (wanted := self._wanted()):
                yield left.slice(0, wanted)
                left = left.slice(wanted) if left.num_rows > wanted else None
        if left is not None:
            yield left

    def _wanted(self) -> int:
        return self._pace.rows(list(self._measured.values()))
