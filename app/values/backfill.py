"""A backfill: the slots of a stretch of time, dispatched after the fact."""

from datetime import datetime

from app.values.base import Instant, Name, Value
from app.values.dispatch import DispatchState


class BackfillRequest(Value):
    """A stretch of time `[first, until)` whose slots are to be dispatched."""

    schedule: Name
    first: datetime
    """Without an offset it is meant by the schedule's clock, and so is `until`."""
    until: datetime
    rerun: bool = False
    """Whether slots are dispatched too that have a dispatch which succeeded, waits or runs."""


class BackfillPlan(Value):
    """What a backfill of `[first, until)` would do; nothing is done yet."""

    schedule: Name
    first: Instant
    until: Instant
    slots: int
    """How many slots there are."""
    left_out: int
    """How many of them have a dispatch that succeeded, waits or runs."""

    @property
    def to_dispatch(self) -> int:
        """How many dispatches it makes."""
        return self.slots - self.left_out


class Backfill(Value):
    """A backfill that was ordered."""

    id: int
    schedule: Name
    first: Instant
    until: Instant
    at_once: int
    """Most of its dispatches that run at once."""
    slots: int
    """How many dispatches were made for it."""
    actor: str
    created_at: Instant
    states: dict[DispatchState, int] = {}
    """How many of its dispatches, retries included, are in which state."""
