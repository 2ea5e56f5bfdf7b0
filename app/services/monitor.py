"""The Monitor's document: read from the records, and from what this process knows of itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from app import __version__
from app.db.check_results import ResultStore
from app.db.checks import CheckStore, Row
from app.db.engine import AWAY, reading
from app.db.glance import Glance, GlanceStore
from app.db.health import HealthStore
from app.db.leases import LeaseStore
from app.db.maintenance import MaintenanceStore
from app.db.predictions import PredictionStore
from app.db.switches import PAUSE, SwitchStore
from app.services.cards import check_cards, down, models_card, schedule_cards
from app.services.service_health import SCHEDULER, Local
from app.values.base import Instant, Value
from app.values.check import State
from app.values.maintenance import Maintenance
from app.values.monitor import (
    DatabaseCard,
    Holding,
    LogCard,
    ModelsCard,
    MonitorDocument,
    Office,
    QueueCard,
    Running,
    ServiceCard,
)
from app.values.schedule import AnySchedule
from app.values.standing import Standing

MONITOR = "monitor"
_UPTIMES = timedelta(seconds=30)
"""How old an uptime may be."""
_DAY = timedelta(days=1)


class Uptimes(Value):
    """The uptimes of checks by their ids, as of a moment."""

    at: Instant
    day: Mapping[int, float]
    week: Mapping[int, float]


class Snapshot(Value):
    """What the records said at a moment."""

    at: Instant
    checks: tuple[Row, ...]
    uptimes: Uptimes
    windows: tuple[Maintenance, ...]
    glances: tuple[Glance, ...]
    specs: Mapping[int, AnySchedule]
    running: tuple[Running, ...]
    queue: QueueCard
    newest_request: str | None
    scheduler: Office
    monitor: Office


class MonitorService:
    """The use case of showing all at a glance."""

    def __init__(self, engine: sa.Engine, local: Local) -> None:
        self._reading = reading(engine)
        self._local = local

    def document(self, *, now: datetime) -> MonitorDocument:
        """Return the document as the records have it now; without them, it says so."""
        try:
            return self.composed(self.snapshot(now=now), now=now)
        except AWAY as error:
            away = DatabaseCard(state="down", since=now, detail=in_words(error))
            return self.composed(None, now=now, database=away)

    def snapshot(self, *, now: datetime, before: Snapshot | None = None) -> Snapshot:
        """Read the records, but what is still known from the snapshot before."""
        with self._reading.begin() as connection:
            glances = GlanceStore(connection).schedules()
            running = tuple(GlanceStore(connection).running())
            waiting, since = HealthStore(connection).waiting(now)
            return Snapshot(
                at=now,
                checks=tuple(CheckStore(connection).page()),
                uptimes=_uptimes(connection, now, before),
                windows=MaintenanceStore(connection).sound(),
                glances=tuple(glances),
                specs=_specs(connection, glances, before),
                running=running,
                queue=QueueCard(waiting=waiting, oldest_since=since, running=len(running)),
                newest_request=PredictionStore(connection).newest(),
                scheduler=_scheduler(connection),
                monitor=_office(connection, MONITOR),
            )

    def composed(
        self,
        snapshot: Snapshot | None,
        *,
        now: datetime,
        database: DatabaseCard | None = None,
        standings: Mapping[int, Standing] | None = None,
    ) -> MonitorDocument:
        """Return the document of a snapshot; None: the records were never read.

        `standings` are those of a loop in this process, which may be newer than the records, and
        `database` says what is wrong with the one that the records are in.
        """
        checks = () if snapshot is None else check_cards(snapshot, standings or {}, now=now)
        schedules = () if snapshot is None else schedule_cards(snapshot)
        service = self._service(snapshot, database)
        wrong = down(checks, service)
        return MonitorDocument(
            well=not wrong,
            down=wrong,
            states={state: sum(one.state is state for one in checks) for state in State},
            checks={
                kind: tuple(one for one in checks if one.kind == kind)
                for kind in sorted({one.kind for one in checks})
            },
            schedules=schedules,
            service=service,
            windows=()
            if snapshot is None
            else tuple(one.name for one in snapshot.windows if one.is_open(now)),
        )

    def _service(self, snapshot: Snapshot | None, database: DatabaseCard | None) -> ServiceCard:
        is_known = snapshot is not None and database is None
        lost = Office(state=Holding.UNKNOWN, detail="Disparo's database does not answer")
        return ServiceCard(
            version=__version__,
            database=database or DatabaseCard(state="up", detail="it answers"),
            scheduler=self._scheduler(snapshot.scheduler) if snapshot and is_known else lost,
            monitor=snapshot.monitor if snapshot and is_known else lost,
            queue=snapshot.queue if snapshot and is_known else None,
            newest_request=snapshot.newest_request if snapshot and is_known else None,
            prediction_log=self._prediction_log(),
            models=self._models(),
            looks=self._local.looks(),
        )

    def _scheduler(self, office: Office) -> Office:
        fault = self._local.scheduler_fault()
        return office if fault is None else office.model_copy(update={"detail": fault})

    def _prediction_log(self) -> LogCard | None:
        showroom = self._local.showroom()
        if showroom is None:
            return None
        waiting, size = showroom.waiting
        return LogCard(waiting=waiting, bytes=size)

    def _models(self) -> ModelsCard | None:
        showroom = self._local.showroom()
        if showroom is None:
            return None
        return models_card(showroom.live.loads())


def in_words(error: Exception) -> str:
    """Return what a database said, without the statement."""
    cause = getattr(error, "orig", None) or error
    return f"Disparo's database does not answer: {str(cause).splitlines()[0][:300]}"


def _uptimes(connection: sa.Connection, now: datetime, before: Snapshot | None) -> Uptimes:
    if before is not None and timedelta(0) <= now - before.uptimes.at < _UPTIMES:
        return before.uptimes
    store = ResultStore(connection)
    return Uptimes(at=now, day=store.uptimes(now - _DAY), week=store.uptimes(now - 7 * _DAY))


def _specs(
    connection: sa.Connection, glances: list[Glance], before: Snapshot | None
) -> dict[int, AnySchedule]:
    """Return what the schedules say: read is only what has changed since."""
    known = {} if before is None else before.specs
    same = {
        one.id: known[one.id]
        for one in glances
        if one.id in known and known[one.id].revision == one.revision
    }
    changed = [one.id for one in glances if one.id not in same]
    return same | {one.id: one for one in GlanceStore(connection).specs(changed)}


def _office(connection: sa.Connection, name: str) -> Office:
    store = LeaseStore(connection)
    lease = store.get(name)
    if lease is None:
        return Office(state=Holding.NOBODY, detail="no service has ever held the lease")
    if lease.expires_at <= store.database_time():
        return Office(state=Holding.NOBODY, holder=lease.holder, detail="its lease has ended")
    return Office(state=Holding.RUNNING, holder=lease.holder)


def _scheduler(connection: sa.Connection) -> Office:
    office, pause = _office(connection, SCHEDULER), SwitchStore(connection).get(PAUSE)
    if pause is None or not pause.is_on or office.state is Holding.NOBODY:
        return office
    since = pause.changed_at.isoformat(" ", "seconds")
    detail = f"paused by {pause.actor} since {since}"
    return Office(state=Holding.PAUSED, holder=office.holder, detail=detail)
