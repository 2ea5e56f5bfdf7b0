"""What is to be done about a job, by what the records and Slurm say of it: rules without I/O.

The records go first: a dispatch that they say has ended, or is run by somebody else, is left so.
What Slurm says counts for a program that never began, or died without a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.errors import (
    AppError,
    CancelledError,
    LostError,
    OutOfMemoryError,
    TimedOutError,
)
from app.values.slurm import JobState, SeenJob
from app.values.slurm_job import OpenJob

_SIGNAL_BITS = 0x7F


class JobFailedError(AppError):
    """A job in Slurm ended before its program could begin."""

    slug = "job-failed"
    title = "Job failed"
    can_pass = True


class What(StrEnum):
    """What is to become of the dispatch."""

    GO_ON = "go on"
    END = "end"
    """It has ended, as the error says."""
    AGAIN = "again"
    """It is to run again, as the same attempt: Slurm is to blame, not the work."""
    TOUCH = "touch"
    """It is held up from outside, and not silent."""
    CLOSE = "close"
    """Nothing: there is nothing more to do about the job."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is to be done."""

    what: What
    error: AppError | None = None
    """What the dispatch's record is to say."""
    cancel: tuple[SeenJob, ...] = ()
    """Jobs to cancel in Slurm."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How patient the rules are."""

    grace: timedelta
    """For a program to end by itself."""
    unknown: timedelta
    """For which Slurm may not know a job before it is lost."""
    submissions: int
    """How often the same attempt is submitted."""


_GO_ON = Verdict(what=What.GO_ON)
_AGAIN = {JobState.NODE_FAIL, JobState.BOOT_FAIL, JobState.PREEMPTED, JobState.REVOKED}
_BLAMELESS = {JobState.PREEMPTED, JobState.REVOKED}
"""Again without a bound: it is how such a cluster is shared."""


def chosen(job: OpenJob, seen: Sequence[SeenJob]) -> SeenJob | None:
    """Return the one of all jobs of this name that counts: the known one, else one that goes on."""
    known = [one for one in seen if one.id == job.record.job]
    alive = sorted((one for one in seen if not one.state.is_final), key=lambda one: one.id)
    newest = sorted(seen, key=lambda one: -one.id)
    return next(iter((*known, *alive, *newest)), None)


def judge(
    job: OpenJob,
    seen: Sequence[SeenJob],
    bounds: Bounds,
    *,
    now: datetime,
    asked_for: timedelta | None,
) -> Verdict:
    """Judge a job that Slurm was asked for just now; `seen` are all jobs of its name.

    `asked_for` is how long ago the dispatch was asked to stop, as far as is known.
    """
    one = chosen(job, seen)
    if not (job.waits or job.has_begun):
        return _of_other(job, seen, bounds, now)
    if job.waits:
        return _of_waiting(job, one, seen, bounds, now)
    return _of_begun(job, one, bounds, asked_for)


def _of_other(job: OpenJob, seen: Sequence[SeenJob], bounds: Bounds, now: datetime) -> Verdict:
    """Judge a job whose dispatch has ended, or is run by another program."""
    left = [one for one in seen if not one.state.is_final]
    if not left:
        since = job.tried_at or job.taken_at
        in_doubt = job.record.job is None and job.tried_at is not None
        is_sure = not in_doubt or now - since > bounds.unknown
        return Verdict(what=What.CLOSE) if is_sure or seen else _GO_ON
    is_late = job.finished_at is not None and now - job.finished_at > bounds.grace
    cancel = tuple(one for one in left if one.state.waits or is_late)
    return Verdict(what=What.GO_ON, cancel=cancel)


def _of_waiting(
    job: OpenJob,
    one: SeenJob | None,
    seen: Sequence[SeenJob],
    bounds: Bounds,
    now: datetime,
) -> Verdict:
    """Judge a job whose program has not begun."""
    number = job.record.job
    if one is None:
        if number is None:
            return _GO_ON  # it is submitted, or looked for, elsewhere
        # It was seen later than that, by up to some seconds: an error to the short side.
        known = max(filter(None, (job.record.seen_at, job.record.submitted_at)), default=now)
        if now - known <= bounds.unknown:
            return _GO_ON
        return _again(job, bounds, f"Slurm does not know job {number} any more", blameless=False)
    if not one.state.is_final:
        return _of_queued(job, one, seen, bounds)
    if one.state in _AGAIN:
        words = f"job {one.id} ended before its program began: {one.state}"
        return _again(job, bounds, words, blameless=one.state in _BLAMELESS)
    return Verdict(what=What.END, error=_error(one, began=False))


def _of_queued(job: OpenJob, one: SeenJob, seen: Sequence[SeenJob], bounds: Bounds) -> Verdict:
    """Judge a job that has not ended, and whose program has not begun."""
    if one.failed_to_launch:
        words = f"a node could not start job {one.id}, and Slurm held it"
        return replace(_again(job, bounds, words, blameless=False), cancel=(one,))
    doubles = tuple(other for other in seen if other != one and not other.state.is_final)
    return Verdict(what=What.GO_ON, cancel=doubles)


def _of_begun(
    job: OpenJob, one: SeenJob | None, bounds: Bounds, asked_for: timedelta | None
) -> Verdict:
    """Judge a job whose program runs the dispatch, by the records."""
    if one is None:
        return _GO_ON  # its heartbeats tell
    if one.restarts > job.claim_restarts or one.state in {JobState.PENDING, JobState.REQUEUED}:
        words = f"Slurm ended job {one.id} on {job.record.node}, and queued it again"
        return _again(job, bounds, words, blameless=False)
    if one.state in _AGAIN:
        words = f"Slurm ended job {one.id}: {one.state} on {one.node}"
        return _again(job, bounds, words, blameless=one.state in _BLAMELESS)
    if one.state.is_final:
        return Verdict(what=What.END, error=_error(one, began=True))
    if asked_for is not None and asked_for > bounds.grace:
        return Verdict(what=What.GO_ON, cancel=(one,))
    return Verdict(what=What.TOUCH) if one.state is JobState.SUSPENDED else _GO_ON


def _again(job: OpenJob, bounds: Bounds, words: str, *, blameless: bool) -> Verdict:
    if job.cancel_requested:
        return Verdict(what=What.END, error=CancelledError(f"it was cancelled; {words}"))
    if blameless or job.record.submission < bounds.submissions:
        return Verdict(what=What.AGAIN, error=LostError(words, job=job.record.job))
    told = f"{words}; it was submitted {job.record.submission} times (slurm.submissions)"
    return Verdict(what=What.END, error=LostError(told, job=job.record.job))


def _error(one: SeenJob, *, began: bool) -> AppError:
    """Return what the record says of a job that has ended and whose program did not tell why."""
    facts = {"job": one.id, "node": one.node}
    match one.state:
        case JobState.CANCELLED:
            return CancelledError(f"job {one.id} was cancelled in Slurm", **facts)
        case JobState.TIMEOUT | JobState.DEADLINE:
            return TimedOutError(
                f"Slurm ended job {one.id} at its time limit; nothing of it was delivered. The "
                "schedule's slurm.time_limit, or the partition, says how long it may take",
                **facts,
            )
        case JobState.OUT_OF_MEMORY:
            return OutOfMemoryError(
                f"job {one.id} needed more memory than it may have; raise the schedule's "
                "slurm.memory, or collect smaller batches (dispatch.batch_rows)",
                **facts,
            )
        case _:
            ended = f"job {one.id} ended with {_how(one.exit_code)} on {one.node or 'no node'}"
            if began:
                return LostError(f"{ended} before the dispatch was over", **facts)
            return JobFailedError(
                f"{ended} before its program began; its output tells more", **facts
            )


def _how(code: int | None) -> str:
    if code is None:
        return "an exit code that Slurm does not tell"
    signal = code & _SIGNAL_BITS
    return f"signal {signal}" if signal else f"exit code {code >> 8}"
