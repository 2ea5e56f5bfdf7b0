"""What the Monitor shows: checks, schedules and the service itself, at a glance."""

from enum import StrEnum
from typing import Literal

from app.values.base import Instant, Name, Value
from app.values.check import State
from app.values.dispatch import Progress
from app.values.language import WordsElsewhere
from app.values.overview import LastDispatch


class CheckCard(Value):
    """A check, as much of it as fits a tile."""

    name: Name
    kind: str
    description: str
    every: float | None
    state: State
    since: Instant | None
    """Since when it is in this state."""
    detail: str
    at: Instant | None
    """When it was looked at last."""
    ok: bool | None
    seconds: float | None
    """How long the last look took."""
    failures: int
    flapping: bool
    hidden_by: Name | None
    maintenance: Name | None
    """The maintenance window that is open for it."""
    uptime_day: float | None
    """The part of the known looks of the last 24 hours after which it was up or degraded."""
    uptime_week: float | None


class Running(Value):
    """A dispatch that runs, and how far it is."""

    id: int
    schedule: str
    slot: Instant
    started_at: Instant | None
    progress: Progress


class ScheduleCard(Value):
    """A schedule, as much of it as fits a tile."""

    name: str
    description: str
    words: str | None
    """When it is due, in English words."""
    words_in: WordsElsewhere = {}
    paused: bool
    fault: str | None
    """Why it is set aside, if it is."""
    due_at: Instant | None
    """The next slot."""
    last: LastDispatch | None
    running: tuple[Running, ...] = ()


class Holding(StrEnum):
    """Whether a service does what only one of them may."""

    RUNNING = "running"
    PAUSED = "paused"
    NOBODY = "nobody"
    UNKNOWN = "unknown"
    """The records cannot be read."""


class Office(Value):
    """What one of all services does: the scheduler, the Monitor."""

    state: Holding
    holder: str | None = None
    """The service that holds the lease, or did last."""
    detail: str | None = None


class DatabaseCard(Value):
    """Disparo's own database."""

    state: Literal["up", "down"]
    since: Instant | None = None
    """Since when it does not answer."""
    detail: str


class QueueCard(Value):
    """Dispatches that wait and run, in all services."""

    waiting: int
    """Those whose time has come."""
    oldest_since: Instant | None
    running: int


class LogCard(Value):
    """Predictions of this process that wait for their records."""

    waiting: int
    bytes: int


class ModelsCard(Value):
    """Live versions, as this process has loaded them."""

    loaded: int
    loading: tuple[str, ...]
    missing: tuple[str, ...]
    """Those that did not load, or take too long."""


class LooksCard(Value):
    """The Monitor's looks in this process, if it is the Monitor."""

    abandoned: int
    latest_seconds: float
    """By how much a look began late at the most, since the start."""
    dropped: int
    """Results that were not written: too many waited."""


class ServiceCard(Value):
    """Disparo itself, as this process sees it."""

    version: str
    database: DatabaseCard
    scheduler: Office
    monitor: Office
    queue: QueueCard | None
    newest_request: str | None
    """The newest request for predictions on record; another one says that there are new ones."""
    prediction_log: LogCard | None
    """None: this process answers no predictions."""
    models: ModelsCard | None
    looks: LooksCard | None


class MonitorDocument(Value):
    """All that the Monitor shows."""

    well: bool
    """Whether nothing is down: no check, not the database, the scheduler, the Monitor."""
    down: tuple[str, ...]
    """What is, in words."""
    states: dict[State, int]
    """How many checks are in each state."""
    checks: dict[str, tuple[CheckCard, ...]]
    """By kind, each by name."""
    schedules: tuple[ScheduleCard, ...]
    service: ServiceCard
    windows: tuple[Name, ...]
    """The maintenance windows that are open."""
