"""A dispatch: one execution, its states, its record."""

from enum import StrEnum
from typing import Any

from app.values.base import Instant, Name, Scalar, Value
from app.values.schedule import Schedule
from app.values.share import Share
from app.values.slurm import JobRecord


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
    can_pass: bool = False
    """Whether trying again may help, with nothing changed by a person."""


class Order(Value):
    """What a dispatch is asked to do: fixed when it is created, whatever changes later."""

    schedule: Schedule
    slot: Instant
    request_id: str | None = None
    """The request that queued it (its `X-Request-ID`), where one did."""
    parameters: dict[str, Scalar] = {}
    """What was given for this dispatch alone; it goes before the schedule's own."""
    share: Share | None = None
    """Of a task: what it is to do of its dispatch."""
    # The last two: their store looks at the end of the text.
    limit: int | None = None
    dry_run: bool = False

    @property
    def splits(self) -> bool:
        """Whether the dispatch is to be done by tasks; a few rows are done by one program."""
        return self.schedule.partitions > 1 and self.limit is None and self.share is None


class NewDispatch(Value):
    """A dispatch to queue."""

    order: Order
    kind: DispatchKind
    attempt: int = 1
    not_before: Instant
    start_by: Instant | None = None
    lane: str
    lane_width: int = 1
    retry_of: int | None = None
    backfill: int | None = None
    priority: int = 0
    parent: int | None = None


class Claim(Value):
    """The right to run a dispatch. What its program writes counts only under this claim."""

    dispatch: int
    token: str
    """32 hexadecimal digits, new at each claim."""


class Standing(StrEnum):
    """How a running dispatch stands, as its program learns with each heartbeat."""

    ONGOING = "ongoing"
    TO_CANCEL = "to cancel"
    GONE = "gone"
    """The claim counts no more: the dispatch was given up for lost, or handed on."""


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
    submitted_at: Instant | None = None
    """When it was handed to Slurm, in whose queue it waits from then on."""
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
    not_before: Instant
    """When it may start: later than its creation for a retry and for a jittered slot."""
    start_by: Instant | None = None
    """When it is too late to start."""
    priority: int = 0
    lane: str
    """Dispatches of one lane share its width: what may not run at once."""
    lane_width: int = 1
    retry_of: int | None = None
    """The dispatch that this one tries again."""
    backfill: int | None = None
    parent: int | None = None
    """The dispatch whose task this is."""
    partition: int | None = None
    """The task's number, from 0; None: it is the publication, or no task."""
    tasks: int | None = None
    """Into how many tasks it was split; its state and progress follow from theirs."""
    job: JobRecord | None = None
    """Its job in Slurm; told where one dispatch is asked for."""

    @property
    def origin(self) -> int:
        """The dispatch that a person knows: this one, or the one whose task it is."""
        return self.id if self.parent is None else self.parent

    def in_words(self) -> str:
        """Return how it stands, for a person."""
        if self.error is not None:
            stage = f" in {self.error.stage}" if self.error.stage else ""
            return f"{self.state}{stage}: {self.error.detail}"
        if self.state is DispatchState.RUNNING and self.tasks is not None:
            return f"split into {self.tasks} tasks"
        if self.state is not DispatchState.SUCCEEDED:
            return str(self.state)
        progress, deliver = self.progress, self.order.schedule.deliver
        done = f"{progress.rows_delivered} rows delivered to {deliver.table} of {deliver.source}"
        if self.partition is not None:
            done = f"{progress.rows_delivered} rows staged for {deliver.table} of {deliver.source}"
        if self.order.dry_run:
            done = f"{progress.rows_inferred} rows predicted, none delivered (dry run)"
        return (
            f"succeeded: {done} (collect {progress.collect_seconds:.1f} s, "
            f"infer {progress.infer_seconds:.1f} s, deliver {progress.deliver_seconds:.1f} s)"
        )


def again(dispatch: Dispatch) -> NewDispatch:
    """Return a dispatch that tries the same work again, at once."""
    return NewDispatch(
        order=dispatch.order,
        kind=DispatchKind.RETRY,
        attempt=dispatch.attempt + 1,
        not_before=dispatch.created_at,
        lane=dispatch.lane,
        lane_width=dispatch.lane_width,
        retry_of=dispatch.id,
        backfill=dispatch.backfill,
        priority=dispatch.priority,
        parent=dispatch.parent,
    )
