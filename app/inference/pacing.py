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
        self._measured[stage] = Measured(rows=rows, seconds=seconds)

    def cut(self, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """Yield the rows of `tables` in their order; no row is copied."""
        for table in tables:
            start = 0
            while start < table.num_rows:
                batch = table.slice(start, self._pace.rows(list(self._measured.values())))
                start += batch.num_rows
                yield batch
