"""The work of one dispatch: connect, collect, infer, deliver."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import pyarrow as pa
import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.engine import AWAY
from app.db.events import EventStore
from app.db.tasks import TaskStore
from app.errors import AppError
from app.inference.frame import to_frame
from app.inference.program import Meter, StageError, Stages
from app.inference.program import run as run_stages
from app.inference.runtimes.base import Loaded
from app.services import planning
from app.services.binding import bound_query
from app.services.dispatch_looks import DispatchLook, is_looked_at
from app.services.ends import subject
from app.services.handover import Handover, Published, is_resumable
from app.services.health_records import HealthRecords
from app.services.models import ModelService
from app.services.patience import Answer, Patience
from app.services.pulse import Pulse, Stop
from app.services.sources import SourceService
from app.settings_sections import Dispatch as Bounds
from app.sources import Connection
from app.sources.collect import collect
from app.sources.connection import Query
from app.sources.deliver import Delivery
from app.sources.publication import Part, Publication
from app.sources.publish import Identity
from app.sources.resume import Staged
from app.values.dispatch import Claim, Dispatch, Progress, Stage
from app.values.model import Version
from app.values.schedule import PartitionBy
from app.values.share import Share

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What all work needs."""

    engine: sa.Engine
    models: ModelService
    sources: SourceService
    bounds: Bounds
    health: HealthRecords | None
    """None: nobody looks at how far models have drifted."""


class Work:
    """One dispatch's three stages, and all that surrounds them but the record of their end."""

    def __init__(
        self,
        parts: Parts,
        dispatch: Dispatch,
        claim: Claim,
        pulse: Pulse,
        *,
        meter: Meter,
        stop: Stop,
        clock: Callable[[], datetime],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._parts = parts
        self._dispatch = dispatch
        self._claim = claim
        self._pulse = pulse
        self._meter = meter
        self._stop = stop
        self._clock = clock
        self._on_progress = on_progress
        self.plan: list[Share] | None = None
        """What tasks are to do, where the dispatch is left to them."""
        self._patience = Patience(parts.bounds.record_seconds, stop.event)
        self._handover = Handover(parts.engine, dispatch, stop, self._patiently, clock)

    def _patiently(self, call: Callable[[], Answer]) -> Answer:
        """Wait for Disparo's own database where a call needs it, unless told to stop."""
        try:
            return self._patience(call)
        except AWAY:
            self._stop.check()
            raise

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
        with _stage(Stage.COLLECT):
            counted = source.count(query)
        source.rollback()
        return counted

    def _planned(self, version: Version) -> list[Share]:
        """Return what each task is to do."""
        order = self._dispatch.order
        last = self._patiently(self._last_success)
        if order.schedule.partition_by is PartitionBy.QUERY:
            return planning.by_query(order, version, last)
        query = self._bound_query(last)
        with (
            self._connected(order.schedule.collect.source, write=False) as source,
            _stage(Stage.COLLECT),
            self._meter.working(Stage.COLLECT),
        ):
            return planning.by_key(order, version, last, source, query)

    def _publish(self, version: Version) -> None:
        """Move what the tasks have staged to the target, all at once."""
        self._patiently(lambda: self._note_version(version, "version chosen"))
        schedule = self._dispatch.order.schedule
        parts = self._patiently(self._parts_staged)
        with (
            self._connected(schedule.deliver.source, write=True) as target,
            _stage(Stage.DELIVER),
            self._meter.working(Stage.DELIVER),
        ):
            outputs, identity = version.signature.outputs, self._identity(version)
            key, spec = schedule.collect.key, schedule.deliver
            publication = Publication(target, spec, key, outputs, identity, parts)
            if self._handover.publishes(publication):
                self._pulse.require()
                by_query = schedule.partition_by is PartitionBy.QUERY
                rows = publication.publish(self._clock(), may_overlap=by_query)
            else:
                rows = publication.clear()
            self._meter.rows[Stage.DELIVER] = rows

    def _parts_staged(self) -> list[Part]:
        with self._parts.engine.begin() as connection:
            tasks = TaskStore(connection).of(self._dispatch.origin)
        return [
            Part(partition=task.partition, run=task.run, rows=task.progress.rows_delivered)
            for task in tasks
            if task.partition is not None
        ]

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
            cancelled=self._stop.event,
            on_tick=lambda: self._on_progress(self._meter.progress()),
            interrupt=source.interrupt,
            # The rest of the grace is for what has to be cleaned up after the stages.
            grace_seconds=self._parts.bounds.grace_seconds / 2,
        )

    def _delivery(self, version: Version, key: str, target: Connection) -> Delivery:
        spec, outputs = self._dispatch.order.schedule.deliver, version.signature.outputs
        return Delivery(target, spec, key, outputs, self._identity(version))

    def _identity(self, version: Version) -> Identity:
        return Identity(
            run=self._dispatch.run,
            dispatch_id=self._dispatch.origin,
            schedule=self._dispatch.schedule,
            slot=self._dispatch.slot,
            model=version.model,
            version=version.number,
        )

    def _deliver(
        self,
        delivery: Delivery,
        version: Version,
        go: Callable[[Callable[[int, pa.Table], None], Staged | None], None],
    ) -> None:
        with _stage(Stage.DELIVER):
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
            with _stage(Stage.DELIVER), self._meter.working(Stage.DELIVER):
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
        with self._parts.engine.begin() as connection:
            self._note(connection, "resumed", rows=staged.rows)
        return staged.batches

    @contextmanager
    def _connected(self, name: str, *, write: bool) -> Iterator[Connection]:
        with _stage(Stage.DELIVER if write else Stage.COLLECT):
            self._stop.check()
            connection = self._patiently(lambda: self._parts.sources.connect(name, write=write))
        try:
            yield connection
        finally:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        """Close within the grace: a driver that a stage still waits in may never let go."""

        def close() -> None:
            with suppress(AppError):  # a connection that broke was told of already
                connection.close()

        closing = threading.Thread(target=close, daemon=True)
        closing.start()
        closing.join(self._parts.bounds.grace_seconds / 4)

    def _query(self) -> Query:
        order, share = self._dispatch.order, self._dispatch.order.share
        if share is None:
            return replace(self._bound_query(self._last_success()), is_ordered=is_resumable(order))
        above, upto = (None if one is None else one.key for one in (share.above, share.upto))
        query = replace(self._bound_query(share.last_success), above=above, upto=upto)
        return replace(query, is_ordered=is_resumable(order))

    def _bound_query(self, last_success: datetime | None) -> Query:
        order, share = self._dispatch.order, self._dispatch.order.share
        return bound_query(
            order.schedule,
            order.slot,
            last_success=last_success,
            given=order.parameters,
            task=(0, 1) if share is None else (share.partition or 0, share.partitions),
        )

    def _last_success(self) -> datetime | None:
        with self._parts.engine.begin() as connection:
            store, order = DispatchStore(connection), self._dispatch.order
            return store.last_success(order.schedule.name, order.slot)

    def _note_version(self, version: Version, event: str) -> None:
        with self._parts.engine.begin() as connection:
            DispatchStore(connection).record(
                self._claim,
                self._meter.progress(),
                self._clock(),
                version=version.number,
                digest=version.artifact.digest,
            )
            self._note(connection, event, model=version.model, version=version.number)

    def _note(self, connection: sa.Connection, name: str, **detail: object) -> None:
        EventStore(connection).add(
            subject(self._dispatch.id), name, self._clock(), actor="program", detail=detail
        )


@contextmanager
def _stage(stage: Stage) -> Iterator[None]:
    """Name the stage of what fails inside."""
    try:
        yield
    except Exception as error:
        raise StageError(stage, error) from error


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
