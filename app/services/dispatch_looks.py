"""Looks at how far a model has drifted by the rows of one dispatch, in that dispatch's process."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.inference.comparing import Comparison
from app.inference.reservoir import Reservoir
from app.inference.sample import plain
from app.services.health_records import HealthRecords
from app.services.models import ModelService
from app.values.dispatch import Dispatch, DispatchKind
from app.values.model import Version

logger = logging.getLogger(__name__)


class DispatchLook:
    """Sees the batches of a dispatch go by, and puts on record what they were like."""

    def __init__(
        self, records: HealthRecords, models: ModelService, dispatch: Dispatch, version: Version
    ) -> None:
        self._records = records
        self._models = models
        self._dispatch = dispatch
        self._version = version
        self._inputs = list(version.signature.input_names)
        self._seen = Reservoir(records.bounds.cases, seed=dispatch.id)

    def see(self, rows: pa.Table, predictions: pa.Table) -> None:
        """Take a batch: the inputs, and what was answered."""
        answers = predictions.column(1)  # after the key: the label, or the first value
        inputs = rows.select(self._inputs)
        names = [*self._inputs, "answer"]  # maybe twice: places tell them apart
        self._seen.add(pa.table([*inputs.columns, answers], names=names))

    def record(self, now: datetime) -> None:
        """Put on record what was seen; a look that fails is logged, and fails no dispatch."""
        try:
            self._record(now)
        except Exception:
            logger.exception("the health of %s could not be recorded", self._version.model)

    def _record(self, now: datetime) -> None:
        seen = self._seen.rows()
        if seen is None:
            return
        comparison = self._compared(seen)
        order = self._dispatch.order
        start, end = map(order.schedule.instant, order.schedule.window(order.slot))
        found = self._records.judged(
            self._version,
            comparison,
            (start, end),
            self._models.one(self._version.model).serving,
            schedule=order.schedule.name,
            dispatch=self._dispatch.id,
        )
        self._records.add(found, now)

    def _compared(self, seen: pa.Table) -> Comparison:
        sample = self._models.sample(self._version)
        comparison = Comparison(self._version.signature, sample, bins=self._records.bounds.bins)
        *inputs, answers = map(_counted, seen.columns)
        by_name = dict(zip(self._inputs, inputs, strict=True))
        comparison.add_counted(seen.num_rows, by_name, answers)
        return comparison


def _counted(column: pa.ChunkedArray) -> Iterator[tuple[Any, int]]:
    """Yield a column's values, instants as text, each once, and how many rows have it."""
    found = pc.value_counts(column)
    values = map(plain, found.field("values").to_pylist())
    return zip(values, found.field("counts").to_pylist(), strict=True)


def is_looked_at(dispatch: Dispatch) -> bool:
    """Tell whether a dispatch says how a model is used now.

    Dry runs and those of a few rows do not, nor do backfills, whose rows are of the past. A task
    does not either: the rows of a range differ from those of the whole.
    """
    order = dispatch.order
    is_whole = not order.dry_run and order.limit is None and order.share is None
    return is_whole and dispatch.kind is not DispatchKind.BACKFILL
