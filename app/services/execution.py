"""Run one dispatch: claim it, collect, infer, deliver, and keep the record."""

import logging
import os
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial

import pyarrow as pa
import sqlalchemy as sa
from threadpoolctl import threadpool_limits

from app.db.dispatches import DispatchStore
from app.db.events import EventStore
from app.errors import AppError, CancelledError, ConflictError
from app.inference.frame import to_frame
from app.inference.program import Meter, StageError, Work, run
from app.inference.runtimes.base import Loaded
from app.services.dispatches import DispatchService, subject
from app.services.models import ModelService
from app.services.sources import SourceService
from app.settings import Dispatch as Bounds
from app.sources import Connection
from app.sources.collect import collect
from app.sources.connection import Query
from app.sources.deliver import Delivery, Identity
from app.values.base import Scalar
from app.values.dispatch import Dispatch, DispatchError, DispatchState, Progress, Stage
from app.values.model import Version

logger = logging.getLogger(__name__)

_RECORD_SECONDS = 60.0
"""How long the end of a dispatch waits for a database that is away."""


class ExecutionService:
    """Runs a dispatch in this process, which belongs to that dispatch alone."""

    def __init__(
        self,
        engine: sa.Engine,
        dispatches: DispatchService,
        models: ModelService,
        sources: SourceService,
        bounds: Bounds,
    ) -> None:
        self._engine = engine
        self._dispatches = dispatches
        self._models = models
        self._sources = sources
        self._bounds = bounds

    def run(
        self,
        dispatch_id: int,
        *,
        clock: Callable[[], datetime],
        cancelled: threading.Event,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> Dispatch:
        """Run the dispatch to its end and return its record.

        Raises ConflictError if another process has it. What fails in the dispatch itself is not
        raised: it is in the record.
        """
        dispatch = self._claim(dispatch_id, clock())
        meter, failure, state = Meter(), None, DispatchState.SUCCEEDED
        try:
            with threadpool_limits(self._bounds.threads):
                self._work(dispatch, meter, clock, cancelled, on_progress)
        except Exception as error:  # noqa: BLE001 - whatever it is belongs into the record
            failure = describe(error)
            is_cancel = failure.slug == CancelledError.slug
            state = DispatchState.CANCELLED if is_cancel else DispatchState.FAILED
        on_progress(meter.progress())
        self._finish(dispatch, state, failure, meter, clock)
        return self._dispatches.get(dispatch_id)

    def _claim(self, dispatch_id: int, now: datetime) -> Dispatch:
        with self._engine.begin() as connection:
            claimed = DispatchStore(connection).move(
                dispatch_id,
                DispatchState.QUEUED,
                DispatchState.RUNNING,
                started_at=now,
                heartbeat_at=now,
                host=socket.gethostname(),
                process=os.getpid(),
                launcher="local",
            )
            if claimed:
                EventStore(connection).add(subject(dispatch_id), "started", now, actor="program")
        found = self._dispatches.get(dispatch_id)
        if not claimed:
            raise ConflictError(
                f"dispatch {dispatch_id} is {found.state}, not queued; order another"
            )
        return found

    def _work(
        self,
        dispatch: Dispatch,
        meter: Meter,
        clock: Callable[[], datetime],
        cancelled: threading.Event,
        on_progress: Callable[[Progress], None],
    ) -> None:
        schedule = dispatch.order.schedule
        version = self._models.version(schedule.model, schedule.version)
        loaded = self._models.load(version)
        self._note_version(dispatch, version, clock())
        with self._connected(schedule.collect.source, write=False) as source:
            query = self._query(dispatch)
            if schedule.collect.count:
                counted = source.count(query)
                meter.rows_expected = min(counted, dispatch.order.limit or counted)
                source.rollback()
            rows = collect(source, query, version.signature, limit=dispatch.order.limit)
            infer = partial(_predict, loaded, version, query.key)
            ticker = self._ticker(dispatch, meter, clock, cancelled, on_progress)
            go = partial(
                run,
                meter=meter,
                queued=self._bounds.queued_batches,
                cancelled=cancelled,
                on_tick=ticker,
                interrupt=source.interrupt,
                grace_seconds=self._bounds.grace_seconds,
            )
            if dispatch.order.dry_run:
                go(Work(collect=rows, infer=infer, deliver=lambda _n, _rows: None))
                meter.rows[Stage.DELIVER] = 0
                return
            with self._connected(schedule.deliver.source, write=True) as target:
                self._deliver(dispatch, version, query.key, target, meter, clock, lambda d: go(
                    Work(collect=rows, infer=infer, deliver=d)))  # fmt: skip

    def _deliver(
        self,
        dispatch: Dispatch,
        version: Version,
        key: str,
        target: Connection,
        meter: Meter,
        clock: Callable[[], datetime],
        go: Callable[[Callable[[int, pa.Table], None]], None],
    ) -> None:
        identity = Identity(
            run=dispatch.run,
            dispatch_id=dispatch.id,
            schedule=dispatch.schedule,
            slot=dispatch.slot,
            model=version.model,
            version=version.number,
        )
        outputs = version.signature.outputs
        delivery = Delivery(target, dispatch.order.schedule.deliver, key, outputs, identity)

        def write(number: int, rows: pa.Table) -> None:
            if number == 0:
                delivery.begin(rows.schema.field(0).type)
            delivery.write(number, rows, clock())

        try:
            go(write)
            with _stage(Stage.DELIVER), meter.working(Stage.DELIVER):
                if not meter.rows[Stage.DELIVER]:
                    delivery.begin(None)
                delivery.publish(clock())
        except BaseException:
            meter.rows[Stage.DELIVER] = 0
            with suppress(AppError):  # the first error is the one to tell
                delivery.abandon()
            raise

    @contextmanager
    def _connected(self, name: str, *, write: bool) -> Iterator[Connection]:
        with _stage(Stage.DELIVER if write else Stage.COLLECT):
            connection = self._sources.connect(name, write=write)
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
        closing.join(self._bounds.grace_seconds)

    def _query(self, dispatch: Dispatch) -> Query:
        schedule, order = dispatch.order.schedule, dispatch.order
        start, end = schedule.window(order.slot)
        with self._engine.begin() as connection:
            last = DispatchStore(connection).last_success(schedule.name, order.slot)
        parameters: dict[str, Scalar] = {
            **schedule.parameters,
            **order.parameters,
            "slot": schedule.local(order.slot),
            "window_start": start,
            "window_end": end,
            "last_success": schedule.local(last) if last else None,
        }
        spec = schedule.collect
        return Query(text=spec.query.rstrip().rstrip(";"), parameters=parameters, key=spec.key)

    def _note_version(self, dispatch: Dispatch, version: Version, now: datetime) -> None:
        with self._engine.begin() as connection:
            DispatchStore(connection).record(
                dispatch.id,
                Progress(),
                now,
                version=version.number,
                digest=version.artifact.digest,
            )
            detail = {"model": version.model, "version": version.number}
            EventStore(connection).add(
                subject(dispatch.id), "model loaded", now, actor="program", detail=detail
            )

    def _ticker(
        self,
        dispatch: Dispatch,
        meter: Meter,
        clock: Callable[[], datetime],
        cancelled: threading.Event,
        on_progress: Callable[[Progress], None],
    ) -> Callable[[], None]:
        """Return what shows progress at each tick, and writes it at most once a second."""
        written = time.monotonic()

        def tick() -> None:
            nonlocal written
            progress = meter.progress()
            on_progress(progress)
            if time.monotonic() - written < self._bounds.progress_seconds:
                return
            written = time.monotonic()
            try:
                with self._engine.begin() as connection:
                    stop = DispatchStore(connection).record(dispatch.id, progress, clock())
            except sa.exc.SQLAlchemyError:
                logger.warning("dispatch %d: progress not recorded, will try again", dispatch.id)
            else:
                if stop:
                    cancelled.set()

        return tick

    def _finish(
        self,
        dispatch: Dispatch,
        state: DispatchState,
        failure: DispatchError | None,
        meter: Meter,
        clock: Callable[[], datetime],
    ) -> None:
        """Write the end of the dispatch; wait for a database that is away, within a bound."""
        deadline = time.monotonic() + _RECORD_SECONDS
        pause = threading.Event()
        while True:
            try:
                return self._write_end(dispatch, state, failure, meter.progress(), clock())
            except sa.exc.OperationalError:
                if time.monotonic() > deadline:
                    raise
                logger.warning("dispatch %d: its end is not recorded yet", dispatch.id)
                pause.wait(1.0)

    def _write_end(
        self,
        dispatch: Dispatch,
        state: DispatchState,
        failure: DispatchError | None,
        progress: Progress,
        now: datetime,
    ) -> None:
        with self._engine.begin() as connection:
            fields = {"finished_at": now, "error": failure, **progress.model_dump()}
            store, events = DispatchStore(connection), EventStore(connection)
            if store.move(dispatch.id, DispatchState.RUNNING, state, **fields):
                detail = progress.model_dump(exclude_none=True)
                if failure is not None:
                    detail["error"] = failure.detail
                events.add(subject(dispatch.id), state, now, actor="program", detail=detail)


@contextmanager
def _stage(stage: Stage) -> Iterator[None]:
    """Name the stage of what fails inside."""
    try:
        yield
    except Exception as error:
        raise StageError(stage, error) from error


def _predict(loaded: Loaded, version: Version, key: str, rows: pa.Table) -> pa.Table:
    """Return the key and the predictions of a batch. Raises ModelError naming a row."""
    keys = rows.column(key)
    answer = loaded.predict(to_frame(rows, version.signature))
    answer.check(keys)
    return answer.table(version.signature.outputs).add_column(0, key, keys)


def describe(error: BaseException) -> DispatchError:
    """Return what the record says of a failure."""
    stage = error.stage if isinstance(error, StageError) else None
    cause = error.cause if isinstance(error, StageError) else error
    if not isinstance(cause, AppError):
        cause = AppError(f"{type(cause).__name__}: {cause}; this is a fault of Disparo")
    return DispatchError(
        slug=cause.slug,
        title=cause.title,
        detail=cause.detail,
        stage=stage,
        facts={name: str(fact) for name, fact in cause.facts.items()},
        traceback="".join(traceback.format_exception(error))[-20_000:],
    )
