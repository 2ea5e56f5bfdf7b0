"""A schedule: what to run (model, collect, deliver) and when."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from app.values.base import Instant, Name, Scalar, Value
from app.values.policy import Policies
from app.values.slurm import JobSpec, Launcher
from app.values.when import When

RESERVED_PARAMETERS = frozenset(
    {"slot", "window_start", "window_end", "last_success", "partition", "partitions"}
)
MOST_PARTITIONS = 256
_PARTITION = re.compile(r"(?<![:\w\\]):partitions?(?![:\w])")
"""Of the two parameters, as SQLAlchemy finds parameters in a text."""


def refuse_reserved(parameters: Mapping[str, Scalar]) -> None:
    """Raise ValueError for a parameter that Disparo sets itself."""
    if taken := RESERVED_PARAMETERS & parameters.keys():
        message = f"the parameters {sorted(taken)} are set by Disparo; choose other names"
        raise ValueError(message)


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
    resume: bool = True
    """Collect in the order of the key, so that an attempt goes on behind what the one before it has
    staged; costs the database a sort where no index gives that order."""


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


class Work(Value):
    """What to run: a schedule without its times."""

    name: Name
    description: str = ""
    model: Name
    version: int | None = None
    """Without it, the version that is live when the dispatch starts."""
    collect: Collect
    deliver: Deliver


class PartitionBy(StrEnum):
    """How the rows of a dispatch are divided among its tasks."""

    KEY = "key"
    """By ranges of the key, with as many rows in each, which the source is asked for."""
    QUERY = "query"
    """By the query itself, which uses `:partition` (from 0) and, if it likes, `:partitions`."""


class Schedule(When, Work):
    """What to run and when. The spec that a person writes; records keep a copy of it."""

    policies: Policies = Policies()
    parameters: dict[str, Scalar] = {}
    launcher: Launcher | None = None
    """Where its dispatches run; left out, it is the setting scheduler.launcher."""
    slurm: JobSpec | None = None
    """What they ask for as jobs of Slurm, where they are such."""
    partitions: Annotated[int, Field(ge=1, le=MOST_PARTITIONS)] = 1
    """Into how many tasks each dispatch is split, which run beside each other; 1: into none."""
    partition_by: PartitionBy = PartitionBy.KEY

    @model_validator(mode="after")
    def _not_reserved(self) -> Self:
        refuse_reserved(self.parameters)
        _require_partitions(self)
        return self

    def window(self, slot: datetime) -> tuple[datetime, datetime]:
        """Return the window `[start, end)` of `slot`, by the wall clock of the time zone."""
        end = self.local(slot)
        if self.collect.window is not None:
            return end + self.collect.window.start, end + self.collect.window.end
        previous = next(self.trigger.before(slot), None) if self.trigger else None
        return (self.local(previous) if previous else end), end


def _require_partitions(schedule: Schedule) -> None:
    """Raise ValueError if query and partitions contradict each other."""
    used = {found.group()[1:] for found in _PARTITION.finditer(schedule.collect.query)}
    by_query = schedule.partition_by is PartitionBy.QUERY
    if used and not by_query:
        message = (
            f"the query uses :{min(used)}, and the rows are divided by key; say partition_by: query"
        )
        raise ValueError(message)
    if by_query and "partition" not in used:
        message = (
            "each task would collect all rows, for the query does not use :partition; write "
            "e.g. WHERE id % :partitions = :partition, or say partition_by: key"
        )
        raise ValueError(message)


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
