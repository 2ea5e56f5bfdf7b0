"""A schedule: what to run (model, collect, deliver) and when."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import Field, model_validator

from app.values.base import Instant, Name, Scalar, Value
from app.values.trigger import TimeZoneName

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


class Schedule(Value):
    """What to run and when. The spec that a person writes; records keep a copy of it."""

    name: Name
    description: str = ""
    model: Name
    version: int | None = None
    """Without it, the version that is live when the dispatch starts."""
    collect: Collect
    deliver: Deliver
    cron: str | None = None
    timezone: TimeZoneName = "UTC"
    parameters: dict[str, Scalar] = {}

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if taken := RESERVED_PARAMETERS & self.parameters.keys():
            message = f"the parameters {sorted(taken)} are set by Disparo; choose other names"
            raise ValueError(message)
        if self.cron is not None:
            self.previous_slot(datetime(2000, 1, 1, tzinfo=UTC))
        return self

    def local(self, moment: datetime) -> datetime:
        """Return the wall clock's time at `moment` in the schedule's time zone, naive."""
        return moment.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)

    def instant(self, moment: datetime) -> datetime:
        """Return `moment` in UTC; without a zone it is meant by the schedule's wall clock."""
        zone = moment.tzinfo or ZoneInfo(self.timezone)
        return moment.replace(tzinfo=zone).astimezone(UTC)

    def previous_slot(self, slot: datetime) -> datetime | None:
        """Return the last instant before `slot` for which the schedule is due, if it has a cron."""
        if self.cron is None:
            return None
        try:
            earlier = CronSim(self.cron, slot.astimezone(ZoneInfo(self.timezone)), reverse=True)
            return next(earlier).astimezone(UTC)
        except (CronSimError, StopIteration):
            message = f"{self.cron!r} is not a crontab expression that ever fires"
            raise ValueError(message) from None

    def window(self, slot: datetime) -> tuple[datetime, datetime]:
        """Return the window `[start, end)` of `slot`, by the wall clock of the time zone."""
        end = self.local(slot)
        if self.collect.window is not None:
            return end + self.collect.window.start, end + self.collect.window.end
        previous = self.previous_slot(slot)
        return (self.local(previous) if previous else end), end


class StoredSchedule(Value):
    """A schedule as it is kept, with where it came from."""

    id: int
    spec: Schedule
    declared_in: str | None = None
    created_at: Instant
    updated_at: Instant
