"""A schedule: what to run (model, collect, deliver) and when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from app.values.base import Instant, Name, Scalar, Value
from app.values.policy import Policies
from app.values.timing import Timing
from app.values.trigger import Cron, Interval, Once, TimeZoneName, Trigger

RESERVED_PARAMETERS = frozenset({"slot", "window_start", "window_end", "last_success"})


class Window(Value):
    """The stretch of time that a slot covers, as offsets from the slot: `[start, end)`."""

    start: timedelta
    end: timedelta

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            message = "the window's end must be after its start"
            raise ValueError(message)
        return self


class Collect(Value):
    """Which rows to predict: a query on a source, and the column that identifies a row."""

    source: Name
    query: Annotated[str, Field(min_length=1)]
    key: Annotated[str, Field(min_length=1)]
    window: Window | None = None
    """Without it, the window reaches from the previous slot to this one."""
    count: bool = True
    """Count the rows first, so that progress has an end; costs one more run of the query."""


class Mode(StrEnum):
    """What delivering does with the rows that are there already."""

    APPEND = "append"
    REPLACE_SLOT = "replace slot"
    UPSERT = "upsert"


class Deliver(Value):
    """Where the predictions go."""

    source: Name
    table: Annotated[str, Field(min_length=1)]
    mode: Mode = Mode.REPLACE_SLOT


class Every(Value):
    """A fixed stretch of time between slots, counted from an anchor, whatever clocks do."""

    every: timedelta
    anchor: Instant = datetime(1970, 1, 1, tzinfo=UTC)


class Schedule(Value):
    """What to run and when. The spec that a person writes; records keep a copy of it.

    At most one of `cron`, `interval` and `once` says when; without any it runs only by hand.
    """

    name: Name
    description: str = ""
    model: Name
    version: int | None = None
    """Without it, the version that is live when the dispatch starts."""
    collect: Collect
    deliver: Deliver
    cron: str | None = None
    interval: Every | None = None
    once: datetime | None = None
    """Without an offset it is meant by the schedule's clock."""
    timezone: TimeZoneName = "UTC"
    active_from: Instant | None = None
    active_until: Instant | None = None
    """Slots from this instant on are no slots any more."""
    policies: Policies = Policies()
    parameters: dict[str, Scalar] = {}

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if taken := RESERVED_PARAMETERS & self.parameters.keys():
            message = f"the parameters {sorted(taken)} are set by Disparo; choose other names"
            raise ValueError(message)
        if sum(one is not None for one in (self.cron, self.interval, self.once)) > 1:
            message = "give one of cron, interval and once, not several"
            raise ValueError(message)
        if self.active_from and self.active_until and self.active_until <= self.active_from:
            message = "active_until must be after active_from"
            raise ValueError(message)
        _ = self.trigger  # refuses what never fires
        return self

    @cached_property
    def trigger(self) -> Trigger | None:
        """What decides when the schedule is due; None: nothing but a person."""
        if self.cron is not None:
            return Cron(expression=self.cron, timezone=self.timezone)
        if self.interval is not None:
            return Interval(every=self.interval.every, anchor=self.interval.anchor)
        return None if self.once is None else Once(at=self.instant(self.once))

    @cached_property
    def timing(self) -> Timing:
        """All that decides which slots there are."""
        return Timing(
            trigger=self.trigger, active_from=self.active_from, active_until=self.active_until
        )

    def fires(self, after: datetime) -> Iterator[datetime]:
        """Yield the slots after `after`, the first one first."""
        return self.timing.after(after)

    def fires_before(self, before: datetime) -> Iterator[datetime]:
        """Yield the slots before `before`, the last one first."""
        return self.timing.before(before)

    def words(self) -> str:
        """Say in words when the schedule is due."""
        return "Only by hand" if self.trigger is None else self.trigger.words()

    def local(self, moment: datetime) -> datetime:
        """Return the wall clock's time at `moment` in the schedule's time zone, naive."""
        return moment.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)

    def instant(self, moment: datetime) -> datetime:
        """Return `moment` in UTC; without a zone it is meant by the schedule's wall clock."""
        zone = moment.tzinfo or ZoneInfo(self.timezone)
        return moment.replace(tzinfo=zone).astimezone(UTC)

    def window(self, slot: datetime) -> tuple[datetime, datetime]:
        """Return the window `[start, end)` of `slot`, by the wall clock of the time zone."""
        end = self.local(slot)
        if self.collect.window is not None:
            return end + self.collect.window.start, end + self.collect.window.end
        previous = next(self.trigger.before(slot), None) if self.trigger else None
        return (self.local(previous) if previous else end), end


class StoredSchedule(Value):
    """A schedule as it is kept, with where it came from and how far it is."""

    id: int
    spec: Schedule
    declared_in: str | None = None
    created_at: Instant
    updated_at: Instant
    paused: bool = False
    revision: int = 1
    """Grows with each change; its ETag."""
    claimed_until: Instant
    """Slots up to this instant are decided: dispatched, or passed over by policy."""
    due_at: Instant | None = None
    """The next slot; None when paused, by hand alone, or past its last."""


class DamagedSchedule(Value):
    """A schedule whose stored spec cannot be read. It is set aside and stops no other."""

    id: int
    name: str
    fault: str
    declared_in: str | None = None
    created_at: Instant
    updated_at: Instant
    paused: bool = False
    revision: int = 1


AnySchedule = StoredSchedule | DamagedSchedule
