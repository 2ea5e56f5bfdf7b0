"""A job that a dispatch was submitted as, as the launcher sees it: with how its dispatch stands."""

from app.values.base import Instant, Value
from app.values.dispatch import DispatchState
from app.values.slurm import JobRecord


class OpenJob(Value):
    """A job about which something may still have to be done."""

    id: int
    dispatch: int
    record: JobRecord
    claim: str | None = None
    """The claim under which its own program runs the dispatch; None: it has not begun."""
    claim_restarts: int = 0
    """How often Slurm had restarted the job when its program began."""
    taken_at: Instant
    tried_at: Instant | None = None
    closed_at: Instant | None = None
    log_start: int | None = None

    # Of the dispatch:
    dispatch_state: DispatchState
    dispatch_claim: str | None = None
    cancel_requested: bool = False
    finished_at: Instant | None = None
    parent: int | None = None
    partition: int | None = None

    @property
    def has_begun(self) -> bool:
        """Whether this job's program runs the dispatch, as far as the records tell."""
        runs = self.dispatch_state is DispatchState.RUNNING
        return runs and self.claim is not None and self.claim == self.dispatch_claim

    @property
    def is_closed(self) -> bool:
        """Whether there is nothing more to do about it."""
        return self.closed_at is not None

    @property
    def waits(self) -> bool:
        """Whether no program runs the dispatch yet."""
        return self.dispatch_state is DispatchState.QUEUED
