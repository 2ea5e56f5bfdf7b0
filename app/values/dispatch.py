"""A dispatch: one execution, its states, its record."""

from enum import StrEnum
from typing import Any

from app.values.base import Instant, Name, Scalar, Value
from app.values.schedule import Schedule


class DispatchState(StrEnum):
    """Where a dispatch stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the dispatch."""
        return self not in {DispatchState.QUEUED, DispatchState.RUNNING}


class DispatchKind(StrEnum):
    """Why a dispatch exists."""

    SCHEDULED = "scheduled"
    MANUAL = "manual"
    BACKFILL = "backfill"
    RETRY = "retry"


class Stage(StrEnum):
    """The three stages of a dispatch."""

    COLLECT = "collect"
    INFER = "infer"
    DELIVER = "deliver"


class Progress(Value):
    """How far a running dispatch is. Seconds are those in which the stage itself worked."""

    rows_expected: int | None = None
    rows_collected: int = 0
    rows_inferred: int = 0
    rows_delivered: int = 0
    collect_seconds: float = 0.0
    infer_seconds: float = 0.0
    deliver_seconds: float = 0.0
    peak_memory: int | None = None
    """The most resident memory of its process, in bytes."""


class DispatchError(Value):
    """Why a dispatch failed."""

    slug: str
    title: str
    detail: str
    stage: Stage | None = None
    facts: dict[str, Any] = {}
    traceback: str | None = None


class Order(Value):
    """What a dispatch is asked to do: fixed when it is created, whatever changes later."""

    schedule: Schedule
    slot: Instant
    parameters: dict[str, Scalar] = {}
    """What was given for this dispatch alone; it goes before the schedule's own."""
    limit: int | None = None
    dry_run: bool = False


class Dispatch(Value):
    """One execution and its whole record."""

    id: int
    run: str
    """32 hexadecimal digits, unique among the dispatches of all services."""
    schedule: Name
    kind: DispatchKind
    state: DispatchState
    slot: Instant
    order: Order
    attempt: int
    created_at: Instant
    started_at: Instant | None = None
    finished_at: Instant | None = None
    heartbeat_at: Instant | None = None
    model: Name
    version: int | None = None
    digest: str | None = None
    launcher: str | None = None
    host: str | None = None
    process: int | None = None
    progress: Progress = Progress()
    error: DispatchError | None = None
    cancel_requested: bool = False
