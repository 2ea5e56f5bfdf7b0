"""What goes wrong in a cluster: each ends in the right state, and nothing is delivered twice."""

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from app.slurm.client import Slurm, SlurmAwayError
from app.values.dispatch import Dispatch, DispatchState
from app.values.slurm import Cluster, JobState, NewJob, SeenJob
from tests.patience import await_that
from tests.scheduler.house import DELIVERED
from tests.slurm.conftest import SlurmHouse
from tests.slurm.test_slurm_launcher import job_of, require_gone, tries

Make = Callable[..., SlurmHouse]


def again(house: SlurmHouse, first: int) -> Dispatch:
    """Wait for the dispatch that runs in the place of one that was lost; see that both are right."""
    lost, second = house.ended(first), house.retry_of(first)
    assert lost.state is DispatchState.LOST
    assert second.state is DispatchState.SUCCEEDED, second.error
    assert second.attempt == lost.attempt
    assert house.delivered(lost.schedule) == DELIVERED
    return second


def running(house: SlurmHouse, name: str) -> tuple[int, Path, int]:
    """Start a dispatch that waits to be let go; return it, its place and its process."""
    place = house.place(name)
    dispatch = house.order(house.schedule(name, "wait", place=place))
    return dispatch, place, house.running_process(place)


def let_go(place: Path, process: int) -> None:
    """Kill a program that its node's end has left behind, and let the next one go."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    (place / "go").touch()


def test_a_preempted_job_runs_again(make: Make) -> None:
    """Slurm needs its node for more urgent work: that is no fault of the dispatch."""
    house = make(processors=3)
    dispatch, place, process = running(house, "preempted")
    urgent = [
        house.cluster.run("sbatch", "--parsable", "-p", "urgent", "-c4", "--wrap", "sleep 600")
        for _ in range(2)
    ]
    await_that(lambda: house.get(dispatch).state.is_final)
    let_go(place, process)
    house.cluster.run("scancel", *(one.strip() for one in urgent))
    again(house, dispatch)


def test_a_job_that_is_queued_again_runs_again_once(make: Make) -> None:
    """`scontrol requeue`: Slurm starts the same job anew, which finds nothing to do."""
    house = make()
    dispatch, place, process = running(house, "requeued")
    number = str(job_of(house, dispatch, lambda one: one.job).job)
    house.cluster.run("scontrol", "requeue", number)
    await_that(lambda: house.get(dispatch).state.is_final)
    let_go(place, process)
    assert again(house, dispatch).job is not None
    require_gone(house, dispatch)


def test_a_node_dies(make: Make) -> None:
    """The dispatch runs again on another one, after SlurmdTimeout."""
    house = make()
    dispatch, place, process = running(house, "node")
    node = job_of(house, dispatch, lambda one: one.node).node
    house.cluster.kill(node)
    await_that(lambda: house.get(dispatch).state.is_final)
    let_go(place, process)
    second = again(house, dispatch)
    assert second.job is not None
    assert second.job.node != node


def test_a_dispatch_whose_jobs_are_always_lost_ends(make: Make) -> None:
    """It is submitted `slurm.submissions` times; then its retries decide, which are none."""
    house = make(submissions=1)
    dispatch, place, process = running(house, "bounded")
    number = str(job_of(house, dispatch, lambda one: one.job).job)
    house.cluster.run("scontrol", "requeue", number)
    ended = house.ended(dispatch)
    let_go(place, process)
    assert ended.state is DispatchState.LOST
    assert ended.error is not None
    assert "slurm.submissions" in ended.error.detail
    require_gone(house, dispatch)
    assert len(tries(house, "bounded")) == 1
    assert house.delivered("bounded") == []


@pytest.mark.parametrize("way", ["rest", "commands"])
def test_the_controller_is_down_when_a_dispatch_is_due(make: Make, way: str) -> None:
    """It waits, its record says for what, and it is submitted once when Slurm answers."""
    house = make(timeout_seconds=2, **({"api": ""} if way == "commands" else {}))
    house.cluster.kill("ctld")
    name = f"down-{way}"
    dispatch = house.order(house.schedule(name, "nothing"))
    job = job_of(house, dispatch, lambda one: one.fault)
    assert job.job is None
    assert house.get(dispatch).state is DispatchState.QUEUED
    house.cluster.start("ctld")
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert ended.job is not None
    assert ended.job.submission == 1
    assert house.delivered(name) == DELIVERED


def test_the_controller_dies_while_a_job_runs(make: Make) -> None:
    """The dispatch goes on and ends, for it reports to the records."""
    house = make(timeout_seconds=2)
    dispatch, place, _ = running(house, "headless")
    house.cluster.kill("ctld")
    (place / "go").touch()
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED
    assert house.delivered("headless") == DELIVERED
    house.cluster.start("ctld")
    require_gone(house, dispatch)


def test_a_job_is_lost_and_its_id_comes_again(make: Make) -> None:
    """It is submitted anew; the other's job, which has its number, is left alone."""
    house = make()
    house.cluster.run("scontrol", "update", "nodename=n[0-1]", "state=drain", "reason=test")
    dispatch = house.order(house.schedule("reused", "nothing"))
    lost = job_of(house, dispatch, lambda one: one.state is JobState.PENDING)
    house.cluster.kill("ctld")
    for file in (house.cluster.place / "state").iterdir():  # it was not written before the crash
        file.unlink() if file.is_file() else shutil.rmtree(file)
    house.stop()
    house.cluster.start("ctld")
    house.cluster.await_nodes()
    theirs = 0
    while theirs < lost.job:  # held, so that they take no room
        words = ("sbatch", "--parsable", "-H", "-J", "theirs", "--wrap", "true")
        theirs = int(house.cluster.run(*words))
    house.start()
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert ended.job is not None
    assert (ended.job.submission, ended.job.name != lost.name) == (2, True)
    assert house.delivered("reused") == DELIVERED
    assert "theirs" in house.cluster.run("squeue", "-h", "-o", "%j", "-j", str(lost.job))


class Forgetful:
    """A way to Slurm that does what is asked, and loses the answer to each first submission."""

    def __init__(self, slurm: Slurm) -> None:
        self._slurm = slurm
        self.submitted: list[str] = []
        self.way = slurm.way

    def submit(self, job: NewJob) -> int:
        """Submit, and tell that nothing came back."""
        self.submitted.append(job.name)
        number = self._slurm.submit(job)
        if self.submitted.count(job.name) == 1:
            raise SlurmAwayError("the answer was lost")
        return number

    def find(self, wanted: Mapping[str, int | None]) -> list[SeenJob]:
        """Ask."""
        return self._slurm.find(wanted)

    def cancel(self, job: int, name: str) -> None:
        """Ask."""
        self._slurm.cancel(job, name)

    def cluster(self, jobs: int) -> Cluster:
        """Ask."""
        return self._slurm.cluster(jobs)


def test_a_submission_whose_answer_is_lost_is_looked_for_first(make: Make) -> None:
    """The name tells: it arrived, so it is not submitted again."""
    house = make()
    forgetful = Forgetful(house.factory.slurm)
    house.factory.slurm = forgetful
    ended = house.ended(house.order(house.schedule("doubt", "nothing")))
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert len(forgetful.submitted) == 1
    assert house.delivered("doubt") == DELIVERED


def test_a_job_that_was_submitted_twice_delivers_once(make: Make, tmp_path: Path) -> None:
    """Should it come to that: the second one finds that it is not needed."""
    house = make()
    place = house.place("twice")
    dispatch = house.order(house.schedule("twice", "wait", place=place))
    house.running_process(place)
    job = job_of(house, dispatch, lambda one: one.job)
    found = house.factory.dispatches.get(dispatch)
    new = house.factory.slurm_orders.job(found, job.name)
    copied = new.model_copy(update={"output": str(tmp_path / "second.out")})
    house.factory.slurm.submit(copied)
    printed = Path(copied.output)
    await_that(lambda: printed.exists() and "nothing for this job to do" in printed.read_text())
    (place / "go").touch()
    assert house.ended(dispatch).state is DispatchState.SUCCEEDED
    assert house.delivered("twice") == DELIVERED
    require_gone(house, dispatch)


def test_a_suspended_job_is_not_silent(make: Make) -> None:
    """The launcher shows life for it: it is Slurm that holds it up."""
    house = make()
    dispatch, place, process = running(house, "suspended")
    number = str(job_of(house, dispatch, lambda one: one.job).job)
    os.kill(process, signal.SIGSTOP)  # the stand-in's program does not hear Slurm's own
    house.cluster.run("scontrol", "suspend", number)
    job_of(house, dispatch, lambda one: one.state is JobState.SUSPENDED)
    before = house.get(dispatch).heartbeat_at
    await_that(lambda: house.get(dispatch).heartbeat_at != before)
    house.cluster.run("scontrol", "resume", number)
    os.kill(process, signal.SIGCONT)
    (place / "go").touch()
    assert house.ended(dispatch).state is DispatchState.SUCCEEDED
