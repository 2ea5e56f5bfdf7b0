"""The work of one dispatch: connect, collect, infer, deliver."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pyarrow as pa

from app.errors import AppError
from app.inference.frame import to_frame
from app.inference.program import Stages
from app.inference.program import run as run_stages
from app.inference.runtimes.base import Loaded
from app.services.dispatch_looks import DispatchLook, is_looked_at
from app.services.handover import Published
from app.services.parted import Parted
from app.services.working import stage_named
from app.settings_sections import Dispatch as Bounds
from app.sources import Connection
from app.sources.collect import collect
from app.sources.connection import Query
from app.sources.deliver import Delivery
from app.sources.resume import Staged
from app.values.dispatch import Stage
from app.values.model import Version
from app.values.pace import Pace

logger = logging.getLogger(__name__)


class Work(Parted):
    """One dispatch's three stages, and all that surrounds them but the record of their end."""

    def do(self) -> None:
        """Do the work. Raises what stops it; then nothing is delivered."""
        schedule, order = self._dispatch.order.schedule, self._dispatch.order
        number = schedule.version if order.share is None else order.share.version
        version = self._patiently(lambda: self._parts.models.version(schedule.model, number))
        if order.splits:
            self._patiently(lambda: self._note_version(version, "version chosen"))
            self.plan = self._planned(version)
            self._stop.check()
        elif order.share is not None and order.share.is_publication:
            self._publish(version)
        else:
            self._score(version)

    def _score(self, version: Version) -> None:
        """Collect, infer, deliver."""
        schedule, order = self._dispatch.order.schedule, self._dispatch.order
        loaded = self._parts.models.load(version)
        self._patiently(lambda: self._note_version(version, "model loaded"))
        logger.info("model %s version %d loaded", version.model, version.number)
        self._stop.check()
        with self._connected(schedule.collect.source, write=False) as source:
            query = self._patiently(self._query)
            if schedule.collect.count:
                counted = self._counted(source, query)
                self._meter.rows_expected = min(counted, order.limit or counted)
                logger.info("%d rows to collect from %s", counted, schedule.collect.source)
            look = self._look(version)
            infer = partial(_predict, loaded, version, query.key, look)

            def go(deliver: Callable[[int, pa.Table], None], staged: Staged | None = None) -> None:
                wanted = replace(query, after=None if staged is None else staged.last)
                left = order.limit and order.limit - (0 if staged is None else staged.rows)
                rows = collect(source, wanted, version.signature, limit=left)
                self._pipeline(source, Stages(collect=rows, infer=infer, deliver=deliver))

            if order.dry_run:
                go(lambda _number, _rows: None)
                self._meter.rows[Stage.DELIVER] = 0
                return
            with self._connected(schedule.deliver.source, write=True) as target:
                self._deliver(self._delivery(version, query.key, target), version, go)
        if look is not None:
            look.record(self._clock())

    def _counted(self, source: Connection, query: Query) -> int:
        share = self._dispatch.order.share
        if share is not None and share.rows is not None:
            return share.rows
        with stage_named(Stage.COLLECT):
            counted = source.count(query)
        source.rollback()
        return counted

    def _look(self, version: Version) -> DispatchLook | None:
        parts = self._parts
        if parts.health is None or not is_looked_at(self._dispatch):
            return None
        return DispatchLook(parts.health, parts.models, self._dispatch, version)

    def _pipeline(self, source: Connection, work: Stages) -> None:
        run_stages(
            work,
            self._meter,
            queued=self._parts.bounds.queued_batches,
            pace=_pace(self._parts.bounds),
            cancelled=self._stop.event,
            on_tick=lambda: self._on_progress(self._meter.progress()),
            interrupt=source.interrupt,
            # The rest of the grace is for what has to be cleaned up after the stages.
            grace_seconds=self._parts.bounds.grace_seconds / 2,
        )

    def _delivery(self, version: Version, key: str, target: Connection) -> Delivery:
        spec, outputs = self._dispatch.order.schedule.deliver, version.signature.outputs
        return Delivery(target, spec, key, outputs, self._identity(version))

    def _deliver(
        self,
        delivery: Delivery,
        version: Version,
        go: Callable[[Callable[[int, pa.Table], None], Staged | None], None],
    ) -> None:
        with stage_named(Stage.DELIVER):
            found = self._handover.take(delivery, version)
        if isinstance(found, Published):
            self._meter.rows[Stage.DELIVER] = found.rows
            return None
        first = 0 if found is None else self._resumed(found)

        def write(number: int, rows: pa.Table) -> None:
            if not delivery.has_begun:
                delivery.begin(rows.schema.field(0).type)
            delivery.write(first + number, rows, self._clock())

        try:
            go(write, found)
            self._pulse.require()
            if self._dispatch.order.share is not None:
                return delivery.suspend()  # until all tasks have staged theirs
            with stage_named(Stage.DELIVER), self._meter.working(Stage.DELIVER):
                if not delivery.has_begun:
                    delivery.begin(None)
                delivery.publish(self._clock())
        except BaseException as error:
            self._meter.rows[Stage.DELIVER] = 0
            with suppress(AppError):  # the first error is the one to tell
                delivery.suspend() if self._handover.goes_on(error) else delivery.abandon()
            raise
        return None

    def _resumed(self, staged: Staged) -> int:
        """Count the rows that need not be collected again; return the number of the next batch."""
        for stage in Stage:
            self._meter.rows[stage] += staged.rows
        logger.info("goes on behind %d rows that are staged already", staged.rows)
        self._patiently(lambda: self._note_resumed(staged))
        return staged.batches

    def _note_resumed(self, staged: Staged) -> None:
        with self._parts.engine.begin() as connection:
            self._note(connection, "resumed", rows=staged.rows)


def _pace(bounds: Bounds) -> Pace:
    most = bounds.batch_rows
    return Pace(least=min(bounds.batch_least, most), most=most, seconds=bounds.batch_seconds)


def _predict(
    loaded: Loaded, version: Version, key: str, look: DispatchLook | None, rows: pa.Table
) -> pa.Table:
    """Return the key and the predictions of a batch. Raises ModelError naming a row."""
    keys = rows.column(key)
    answer = loaded.predict(to_frame(rows, version.signature))
    answer.check(keys)
    predictions = answer.table(version.signature.outputs).add_column(0, key, keys)
    if look is not None:
        look.see(rows, predictions)
    return predictions
