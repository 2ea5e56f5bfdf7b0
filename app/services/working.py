"""What the work of any dispatch needs: its version, its query, connections, its record."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.engine import AWAY
from app.db.events import EventStore
from app.errors import AppError
from app.inference.program import Meter, StageError
from app.services.binding import bound_query
from app.services.ends import subject
from app.services.handover import Handover, is_resumable
from app.services.health_records import HealthRecords
from app.services.models import ModelService
from app.services.patience import Answer, Patience
from app.services.pulse import Pulse, Stop
from app.services.sources import SourceService
from app.settings_sections import Dispatch as Bounds
from app.sources import Connection
from app.sources.connection import Query
from app.sources.publish import Identity
from app.values.dispatch import Claim, Dispatch, Progress, Stage
from app.values.model import Version
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


class Working:
    """A dispatch at work in this process."""

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

    def _identity(self, version: Version) -> Identity:
        return Identity(
            run=self._dispatch.run,
            dispatch_id=self._dispatch.origin,
            schedule=self._dispatch.schedule,
            slot=self._dispatch.slot,
            model=version.model,
            version=version.number,
        )

    @contextmanager
    def _connected(self, name: str, *, write: bool) -> Iterator[Connection]:
        with stage_named(Stage.DELIVER if write else Stage.COLLECT):
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
def stage_named(stage: Stage) -> Iterator[None]:
    """Name the stage of what fails inside."""
    try:
        yield
    except Exception as error:
        raise StageError(stage, error) from error
