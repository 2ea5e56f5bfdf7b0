"""What becomes of a dispatch, by what the records and Slurm say of its job."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.services.slurm_verdicts import Bounds, Verdict, What, judge
from app.values.dispatch import DispatchState
from app.values.slurm import JobRecord, JobState, SeenJob
from app.values.slurm_job import OpenJob

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOUNDS = Bounds(grace=timedelta(seconds=10), unknown=timedelta(seconds=30), submissions=3)
NAME = "disparo-7-0123456789abcdef-1"


def job(state: DispatchState = DispatchState.RUNNING, **changes: Any) -> OpenJob:
    """Return a job: number 5, whose program runs the dispatch unless `state` says otherwise."""
    began = state is DispatchState.RUNNING
    record = {"name": NAME, "job": 5, "submitted_at": NOW, **changes.pop("record", {})}
    told: dict[str, Any] = {
        "claim": "c" * 32 if began else None,
        "dispatch_claim": "c" * 32 if began else None,
        "tried_at": NOW,
        **changes,
    }
    return OpenJob(
        id=1, dispatch=7, record=JobRecord(**record), taken_at=NOW, dispatch_state=state, **told
    )


def seen(state: JobState, number: int = 5, **changes: Any) -> SeenJob:
    """Return what Slurm says."""
    return SeenJob(id=number, name=NAME, state=state, node="n0", **changes)


def verdict(one: OpenJob, *told: SeenJob, later: float = 0, asked: float | None = None) -> Verdict:
    """Judge, `later` seconds after noon."""
    asked_for = None if asked is None else timedelta(seconds=asked)
    return judge(one, told, BOUNDS, now=NOW + timedelta(seconds=later), asked_for=asked_for)


@pytest.mark.parametrize(
    ("state", "slug"),
    [
        (JobState.TIMEOUT, "timed-out"),
        (JobState.DEADLINE, "timed-out"),
        (JobState.OUT_OF_MEMORY, "out-of-memory"),
        (JobState.CANCELLED, "cancelled"),
        (JobState.FAILED, "lost"),
        (JobState.COMPLETED, "lost"),
    ],
)
def test_slurm_tells_how_a_silent_program_ended(state: JobState, slug: str) -> None:
    """For one that had begun."""
    found = verdict(job(), seen(state, exit_code=9))
    assert found.what is What.END
    assert found.error is not None
    assert found.error.slug == slug


@pytest.mark.parametrize("state", [DispatchState.RUNNING, DispatchState.QUEUED])
@pytest.mark.parametrize("lost", [JobState.NODE_FAIL, JobState.BOOT_FAIL, JobState.PREEMPTED])
def test_what_slurm_is_to_blame_for_runs_again(state: DispatchState, lost: JobState) -> None:
    """Whether the program had begun or not; preempted as often as it takes, else bounded."""
    assert verdict(job(state), seen(lost)).what is What.AGAIN
    tired = job(state, record={"submission": 3})
    again = lost is JobState.PREEMPTED
    assert verdict(tired, seen(lost)).what is (What.AGAIN if again else What.END)


def test_a_job_that_was_restarted_runs_its_dispatch_no_more() -> None:
    """By its restarts, and by its waiting again; one that was restarted before it began does."""
    assert verdict(job(), seen(JobState.PENDING)).what is What.AGAIN
    assert verdict(job(), seen(JobState.RUNNING, restarts=1)).what is What.AGAIN
    restarted = job(claim_restarts=1)
    assert verdict(restarted, seen(JobState.RUNNING, restarts=1)).what is What.GO_ON
    cancelled = verdict(job(cancel_requested=True), seen(JobState.PENDING))
    assert cancelled.error is not None
    assert (cancelled.what, cancelled.error.slug) == (What.END, "cancelled")


def test_a_program_that_began_is_trusted_when_slurm_knows_nothing() -> None:
    """Its heartbeats tell."""
    assert verdict(job(), later=9999) == Verdict(what=What.GO_ON)


def test_a_job_that_slurm_does_not_know_is_lost_after_a_while() -> None:
    """If it had not begun: that it did arrive was said, and it is known no more."""
    waiting = job(DispatchState.QUEUED)
    assert verdict(waiting, later=20).what is What.GO_ON
    assert verdict(waiting, later=40).what is What.AGAIN
    never = job(DispatchState.QUEUED, record={"job": None, "submitted_at": None})
    assert verdict(never, later=9999).what is What.GO_ON  # it is submitted again by its name


def test_one_that_failed_before_it_began_says_so() -> None:
    """With its exit code, or its signal."""
    found = verdict(job(DispatchState.QUEUED), seen(JobState.FAILED, exit_code=127 << 8))
    assert found.error is not None
    assert (found.what, found.error.slug) == (What.END, "job-failed")
    assert "exit code 127" in found.error.detail
    killed = verdict(job(), seen(JobState.FAILED, exit_code=9))
    assert killed.error is not None
    assert "signal 9" in killed.error.detail


def test_what_is_not_needed_is_cancelled() -> None:
    """Jobs of a dispatch that has ended: those that wait at once, others after the grace."""
    done = job(DispatchState.CANCELLED, finished_at=NOW)
    pending, running = seen(JobState.PENDING), seen(JobState.RUNNING)
    assert verdict(done, pending).cancel == (pending,)
    assert verdict(done, running, later=5).cancel == ()
    assert verdict(done, running, later=15).cancel == (running,)
    assert verdict(done, seen(JobState.COMPLETED)).what is What.CLOSE
    assert verdict(done).what is What.CLOSE


def test_one_that_may_yet_arrive_is_not_forgotten() -> None:
    """A submission without an answer, of a dispatch that was cancelled meanwhile."""
    doubt = job(DispatchState.CANCELLED, finished_at=NOW, record={"job": None})
    assert verdict(doubt, later=5).what is What.GO_ON
    assert verdict(doubt, later=40).what is What.CLOSE


def test_of_two_jobs_one_is_cancelled() -> None:
    """The one that the record knows goes on."""
    known, other = seen(JobState.PENDING), seen(JobState.RUNNING, 6)
    assert verdict(job(DispatchState.QUEUED), known, other).cancel == (other,)
    unknown = job(DispatchState.QUEUED, record={"job": None})
    assert verdict(unknown, seen(JobState.CANCELLED, 4), other).cancel == ()


def test_who_does_not_stop_when_asked_is_stopped() -> None:
    """After the grace, by Slurm."""
    asked, running = job(cancel_requested=True), seen(JobState.RUNNING)
    assert verdict(asked, running, asked=5).cancel == ()
    assert verdict(asked, running, asked=15).cancel == (running,)


def test_who_is_suspended_is_not_silent() -> None:
    """Life is shown for it."""
    assert verdict(job(), seen(JobState.SUSPENDED)).what is What.TOUCH


def test_a_dispatch_that_another_program_runs_is_left_alone() -> None:
    """As one that a person has run by hand."""
    theirs = job(dispatch_claim="d" * 32)
    pending = seen(JobState.PENDING)
    assert verdict(theirs, pending) == Verdict(what=What.GO_ON, cancel=(pending,))
    assert verdict(theirs, seen(JobState.FAILED)) == Verdict(what=What.CLOSE)


@pytest.mark.parametrize("reason", ["launch failed requeued held", "launch_failed_requeued_held"])
def test_a_job_that_a_node_could_not_start_is_submitted_again(reason: str) -> None:
    """Slurm would hold it until somebody comes; what a person holds is left to him."""
    held = seen(JobState.PENDING, reason=reason)
    found = verdict(job(DispatchState.QUEUED), held)
    assert (found.what, found.cancel) == (What.AGAIN, (held,))
    tired = verdict(job(DispatchState.QUEUED, record={"submission": 3}), held)
    assert (tired.what, tired.cancel) == (What.END, (held,))
    by_hand = seen(JobState.PENDING, reason="JobHeldUser")
    assert verdict(job(DispatchState.QUEUED), by_hand) == Verdict(what=What.GO_ON)
