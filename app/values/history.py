"""What the Monitor's tiles draw: checks by the hour, and how dispatches ended."""

from app.values.base import Instant, Name, Value
from app.values.check import State
from app.values.check_view import Rollup
from app.values.dispatch import DispatchState


class Point(Value):
    """One look, as much of it as a line of latencies needs."""

    at: Instant
    seconds: float
    state: State


class CheckHistory(Value):
    """What is on record of a check, the oldest first."""

    hours: tuple[Rollup, ...] = ()
    looks: tuple[Point, ...] = ()


class Ran(Value):
    """A dispatch, as much of it as one bar needs."""

    id: int
    state: DispatchState
    slot: Instant
    started_at: Instant | None
    finished_at: Instant | None
    rows: int
    """Those that were delivered; of a dry run, those that were predicted."""


class History(Value):
    """What the tiles draw, by the names of checks and schedules."""

    checks: dict[Name, CheckHistory]
    schedules: dict[Name, tuple[Ran, ...]]
    """The newest dispatches of each, the oldest first."""
