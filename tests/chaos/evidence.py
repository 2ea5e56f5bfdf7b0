"""What a campaign leaves behind, as plain values: the referee judges by nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.roles import Role
from tests.showroom.clients import Answered
from tests.showroom.verdict import Recorded


@dataclass(frozen=True, kw_only=True)
class Run:
    """A dispatch, as it is on record."""

    id: int
    schedule: str
    kind: str
    state: str
    slot: datetime
    process: int | None = None
    launcher: str | None = None
    error: str = ""
    """What it failed by, in words."""
    parent: int | None = None
    """Of a task: the dispatch that was split."""
    tasks: int | None = None
    """Of a dispatch that was split: into how many."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A delivered row."""

    slot: datetime
    key: int
    output: Any
    """As the Showroom answers it: the label, and the probabilities by class."""


@dataclass(frozen=True, kw_only=True)
class PassedOver:
    """Slots that a policy left out, as an event tells."""

    first: datetime | None
    """None: all before the last that are older than it."""
    last: datetime


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All of it."""

    roles: Sequence[Role]
    due: Mapping[str, Mapping[datetime, frozenset[int]]]
    """By schedule the slots that were to come, each with the keys of its rows."""
    by_hand: Mapping[int, Any]
    """By number of a case what the model answers that is called by hand."""
    answers: Sequence[Answered] = ()
    records: Mapping[str, Recorded] = field(default_factory=dict)
    asked: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    """By replica what it answers for the rows that are dispatched."""
    runs: Sequence[Run] = ()
    delivered: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    passed_over: Mapping[str, Sequence[PassedOver]] = field(default_factory=dict)
    services: frozenset[int] = frozenset()
    """The processes that were services."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Logs, answers and pages, by where they are found."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    broken: Sequence[str] = ()
    """Schedules that can do nothing but fail."""
    set_aside: Sequence[str] = ()
    """Schedules that were found to be damaged."""
    checks: Mapping[str, str] = field(default_factory=dict)
    """By check the state that the Monitor shows in the end."""
    healed_at: float = 0.0
    """When the last fault was healed, by time.time."""
    unwell: Sequence[str] = ()
    """What was not well again within the bound."""
    crashes: Sequence[str] = ()
    left_over: Sequence[str] = ()
    """Processes that outlived the services."""
    damaged: Sequence[str] = ()
    """What the database server says of tables of its own that it finds damaged."""
