"""Dispatches that wait in Slurm: who takes them, and what they count for."""

from datetime import timedelta

from app.factory import Factory
from app.services.queue import QueueService
from app.values.dispatch import DispatchState
from app.values.slurm import JobState, Launcher, SeenJob
from tests.scheduling import NOON, claim, declared

LATER = NOON + timedelta(minutes=1)


def names(factory: Factory) -> list[str]:
    """Return the names of the jobs about which something is to be done."""
    return [one.record.name for one in factory.slurm_jobs.open(10)]


def test_each_launcher_takes_its_own(anywhere: Factory) -> None:
    """What names none goes where the settings say."""
    there = declared(anywhere, name="there", launcher="slurm")
    here = declared(anywhere, name="here", launcher="local")
    either = declared(anywhere, name="either")
    slurm, local, default = (claim(anywhere, one, LATER)[0].id for one in (there, here, either))
    assert anywhere.queue.place(10, now=LATER) == [slurm]
    assert anywhere.queue.place(10, now=LATER) == []
    other = QueueService(anywhere.engine, anywhere.alerts, running_limit=9, default=Launcher.SLURM)
    assert other.place(10, now=LATER) == [default]
    taken = anywhere.queue.take(10, host="h", launcher="local", now=LATER)
    assert [one.dispatch for one in taken] == [local]


def test_what_waits_in_slurm_counts_as_if_it_ran(anywhere: Factory) -> None:
    """In its lane, and in the whole; who has no room is not asked for."""
    schedule = declared(anywhere, launcher="slurm", policies={"catch_up": "all"})
    claim(anywhere, schedule, NOON + timedelta(minutes=3))
    now = NOON + timedelta(minutes=3)
    assert anywhere.queue.place(0, now=now) == []
    [first] = anywhere.queue.place(10, now=now)
    assert anywhere.queue.place(10, now=now) == []  # its lane is one wide
    found = anywhere.dispatches.get(first)
    assert (found.state, found.launcher, found.submitted_at) == (DispatchState.QUEUED, "slurm", now)
    assert found.job is not None
    assert found.job.name == f"disparo-{first}-{found.run[:16]}-1"
    full = QueueService(anywhere.engine, anywhere.alerts, running_limit=1)
    other = declared(anywhere, name="other", launcher="local")
    claim(anywhere, other, now)
    assert full.take(10, host="h", launcher="local", now=now) == []


def test_a_start_deadline_holds_in_slurms_queue_too(anywhere: Factory) -> None:
    """The dispatch ends; its job is cancelled when it is looked at next."""
    schedule = declared(anywhere, launcher="slurm", policies={"start_deadline": "PT5M"})
    claim(anywhere, schedule, LATER)
    [dispatch] = anywhere.queue.place(10, now=LATER)
    anywhere.queue.place(10, now=LATER + timedelta(minutes=10))
    ended = anywhere.dispatches.get(dispatch)
    assert ended.state is DispatchState.CANCELLED
    assert ended.error is not None
    assert ended.error.slug == "too-late"
    [job] = anywhere.slurm_jobs.open(10)
    assert not job.waits


def test_its_program_claims_it_once(anywhere: Factory) -> None:
    """A job that comes again, or twice, gets nothing; one that the records do not know is told."""
    schedule = declared(anywhere, launcher="slurm")
    claim(anywhere, schedule, LATER)
    [dispatch] = anywhere.queue.place(10, now=LATER)
    [name] = names(anywhere)
    seen = SeenJob(id=7, name=name, state=JobState.RUNNING, node="n0")
    taken = anywhere.slurm_jobs.begin(dispatch, name, seen, now=LATER)
    assert taken is not None
    assert anywhere.slurm_jobs.begin(dispatch, name, seen, now=LATER) is None
    [job] = anywhere.slurm_jobs.open(10)
    assert job.has_begun
    assert (job.record.job, job.record.node) == (7, "n0")
    found = anywhere.dispatches.get(dispatch)
    assert (found.state, found.host, found.launcher) == (DispatchState.RUNNING, "n0", "slurm")


def test_a_job_lost_before_it_began_is_submitted_under_another_name(anywhere: Factory) -> None:
    """The number at its end grows, also where a retry takes the place of a lost attempt."""
    from app.errors import LostError

    schedule = declared(anywhere, launcher="slurm")
    claim(anywhere, schedule, LATER)
    [dispatch] = anywhere.queue.place(10, now=LATER)
    [first] = anywhere.slurm_jobs.open(10)
    assert anywhere.slurm_jobs.again(first, LostError("gone"), now=LATER)
    [second] = anywhere.slurm_jobs.open(10)
    assert second.record.submission == 2
    seen = SeenJob(id=8, name=second.record.name, state=JobState.RUNNING)
    assert anywhere.slurm_jobs.begin(dispatch, second.record.name, seen, now=LATER)
    [begun] = anywhere.slurm_jobs.open(10)
    assert anywhere.slurm_jobs.again(begun, LostError("preempted"), now=LATER)
    assert anywhere.dispatches.get(dispatch).state is DispatchState.LOST
    [retry] = anywhere.queue.place(10, now=LATER)
    [_, third] = anywhere.slurm_jobs.open(10)
    assert (third.dispatch, third.record.submission) == (retry, 3)


def test_a_schedule_on_slurm_warns_where_nothing_submits(anywhere: Factory) -> None:
    """Its dispatches would wait."""
    declared(anywhere, launcher="slurm", slurm={"partition": "work"})
    [warning] = [
        one for one in anywhere.schedules.overview("each-minute").warnings if "slurm" in one
    ]
    assert "slurm.enabled" in warning
