"""A check as it is kept and as it is shown, and what is on record of its looks."""

from enum import StrEnum

from app.values.base import Instant, Name, Value
from app.values.check import Check, Reading, Result, State


class StoredCheck(Value):
    """A check as it is kept. One whose spec cannot be read has a fault, and is not looked at."""

    id: int
    name: Name
    kind: str
    spec: Check | None
    fault: str | None = None
    declared_in: str | None = None
    created_at: Instant
    updated_at: Instant
    paused: bool = False
    revision: int = 1
    """Grows with each change; its ETag."""


class CheckView(StoredCheck):
    """A check with how it stands."""

    state: State
    since: Instant | None
    """Since when; None: it was not looked at yet."""
    detail: str
    """Why, in words."""
    failures: int = 0
    """Looks in a row that failed."""
    flapping: bool = False
    """Whether it changes so often that the worse state is held."""
    hidden_by: Name | None = None
    """The check on which it depends, and which is down."""
    last: Result | None = None
    warnings: tuple[str, ...] = ()
    """What it names and does not exist (yet). Lists leave it out."""


class Width(StrEnum):
    """How results are gathered."""

    RAW = "raw"
    HOUR = "hour"
    DAY = "day"


class Look(Reading):
    """One result on record."""

    at: Instant
    state: State
    """The state that the check was in after it."""


class Rollup(Value):
    """What the looks of an hour, or a day, of UTC found."""

    start: Instant
    looks: int
    failures: int
    """Looks that failed, also those that did not make it down yet."""
    up: int
    """Looks after which it was up; likewise `degraded` and `down`. The others: unknown."""
    degraded: int
    down: int
    mean_seconds: float
    max_seconds: float
    uptime: float | None
    """The part of the looks with a known state after which it was up or degraded."""


def uptime(up: int, degraded: int, down: int) -> float | None:
    """Return the part of the known looks at which all was well, or nearly."""
    known = up + degraded + down
    return (up + degraded) / known if known else None
