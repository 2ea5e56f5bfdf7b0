"""Dispatches run as jobs of a real cluster, and end as their records say."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import utc_now
from app.db.tables import dispatches
from app.settings import home
from app.values.brief import DispatchFilter
from app.values.dispatch import Dispatch, DispatchState
from app.values.slurm import NAME_PREFIX, JobSpec, JobState
from tests.patience import await_that
from tests.scheduler.house import DELIVERED
from tests.slurm.conftest import SlurmHouse

Make = Callable[..., SlurmHouse]


def job_of(house: SlurmHouse, dispatch: int, wanted: Callable[[Any], bool]) -> Any:
    """Wait until a dispatch's job is as wanted."""

    def found() -> Any:
        job = house.get(dispatch).job
        return job if job is not None and wanted(job) else None

    return await_that(found)


def cancel(house: SlurmHouse, dispatch: int) -> None:
    """Cancel a dispatch as the API does."""
    house.factory.dispatches.cancel(dispatch, actor="test", now=utc_now())


def require_gone(house: SlurmHouse, dispatch: int) -> None:
    """Wait until Slurm has no job of a dispatch any more, or of its tasks; nothing is left to do.

    The cluster is shared: a dispatch of another house has the same number, and a controller that
    was killed may have jobs again that it had forgotten to note as gone.
    """
    await_that(lambda: not house.factory.slurm_jobs.count_open())
    own = [dispatch, *(task.id for task in house.factory.tasks.of(dispatch))]
    names = tuple(f"{NAME_PREFIX}{one}-{house.get(one).run[:16]}" for one in own)
    queued = ("squeue", "-h", "-o", "%j")
    await_that(lambda: not any(one.startswith(names) for one in house.cluster.run(*queued).split()))


def test_a_dispatch_runs_as_a_job(make: Make) -> None:
    """Its record tells the job, the node and the file; its log is what the job printed."""
    house = make(account="lab", processors=1)
    house.factory.engine.dispose()
    ended = house.ended(house.order(house.schedule("plain", "say", words="from the node")))
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert house.delivered("plain") == DELIVERED
    job = ended.job
    assert job is not None
    assert (ended.launcher, ended.host, job.submission) == ("slurm", os.uname().nodename, 1)
    assert job.node in {"n0", "n1"}
    log = house.log(ended.id)
    assert "from the node" in log
    assert f"started as job {job.job} on {job.node}" in log
    assert "model plain version 1 loaded" in log
    told = house.cluster.run("scontrol", "show", "job", str(job.job))
    assert f"JobName={job.name}" in told
    assert "Account=lab" in told
    assert f"dispatch {ended.id}" in told
    names = [one.name for one in house.factory.dispatches.events(ended.id)]
    assert names == ["queued", "placed", "submitted", "started", "model loaded", "succeeded"]
    require_gone(house, ended.id)


@pytest.mark.slow(8)
def test_the_command_itself_runs_cold_with_the_database_in_a_secrets_file(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No part of the script, the command line or the job's variables holds its address."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    monkeypatch.setenv("DISPARO_SECRETS_DIR", str(secrets))
    url = f"sqlite:///{tmp_path}/var/disparo.sqlite?timeout=17"
    (secrets / "disparo_database__url").write_text(url)
    house = make(
        api="",
        program=str(Path(sys.prefix, "bin", "disparo")),
        environment={"PYTHONPATH": str(home()), "PYTHONDONTWRITEBYTECODE": ""},
    )
    dispatch = house.order(house.schedule("cold", "nothing"))
    job = job_of(house, dispatch, lambda one: one.job is not None)
    script = house.cluster.run("scontrol", "write", "batch_script", str(job.job), "-")
    assert "sqlite" not in script
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert house.delivered("cold") == DELIVERED


def test_a_job_that_slurm_refuses_fails_with_its_words(make: Make) -> None:
    """So it is with what the settings ask for, and what the schedule does."""
    house = make(partition="nowhere")
    ended = house.ended(house.order(house.schedule("refused", "nothing")))
    assert ended.state is DispatchState.FAILED
    assert ended.error is not None
    assert ended.error.slug == "slurm-refused"
    assert "partition" in ended.error.detail.lower()
    require_gone(house, ended.id)


def test_a_job_that_fails_before_its_program_begins(make: Make) -> None:
    """The record tells its exit code, and the log what it printed."""
    house = make(prologue="echo no such module >&2\nexit 7")
    ended = house.ended(house.order(house.schedule("prologue", "nothing")))
    assert ended.state is DispatchState.FAILED
    assert ended.error is not None
    assert ended.error.slug == "job-failed"
    assert "exit code 7" in ended.error.detail
    await_that(lambda: "no such module" in house.factory.logs.whole(ended.id, now=utc_now()))


def test_a_waiting_job_tells_why_and_is_cancelled_with_its_dispatch(make: Make) -> None:
    """The dispatch waits too, counts in its lane, and ends at once; then Slurm has no job more."""
    house = make()
    house.cluster.run("scontrol", "update", "nodename=n[0-1]", "state=drain", "reason=test")
    try:
        dispatch = house.order(house.schedule("waiting", "nothing"))
        second = house.order("waiting")
        job = job_of(house, dispatch, lambda one: one.state is JobState.PENDING and one.reason)
        assert job.seen_at is not None
        found = house.get(dispatch)
        assert (found.state, found.launcher) == (DispatchState.QUEUED, "slurm")
        assert found.submitted_at is not None
        assert house.get(second).submitted_at is None  # its lane is full
        cancel(house, second)
        cancel(house, dispatch)
        assert house.get(dispatch).state is DispatchState.CANCELLED
        require_gone(house, dispatch)
    finally:
        house.cluster.run("scontrol", "update", "nodename=n[0-1]", "state=resume")


def test_a_running_job_is_cancelled(make: Make) -> None:
    """Its program learns it from the record, undoes what it began, and says so."""
    house = make()
    place = house.place("running")
    dispatch = house.order(house.schedule("running", "wait", place=place))
    house.running_process(place)
    cancel(house, dispatch)
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.CANCELLED
    assert house.delivered("running") == []
    require_gone(house, dispatch)


def test_a_job_that_does_not_end_by_itself_is_ended_by_slurm(make: Make) -> None:
    """After the grace: so nothing that holds the interpreter holds the node."""
    house = make()
    place = house.place("resists")
    dispatch = house.order(house.schedule("resists", "resist", place=place))
    process = house.running_process(place)
    cancel(house, dispatch)
    # The test's stand-in is what Slurm kills; the program beside it is the test's.
    await_that(lambda: house.get(dispatch).state.is_final)
    os.kill(process, 9)
    ended = house.get(dispatch)
    assert ended.state is DispatchState.CANCELLED
    assert house.delivered("resists") == []


@pytest.mark.parametrize("is_running", [False, True])
def test_a_job_is_cancelled_in_slurm(make: Make, is_running: bool) -> None:  # noqa: FBT001
    """By whoever may: the record says so, and nothing is tried again."""
    house = make()
    name = f"scancel{int(is_running)}"
    place = house.place(name)
    if not is_running:
        house.cluster.run("scontrol", "update", "partitionname=work", "state=down")
    try:
        retries = {"retries": {"limit": 3, "delay": "PT0.01S"}}
        dispatch = house.order(house.schedule(name, "wait", retries, place=place))
        job = job_of(house, dispatch, lambda one: one.job is not None)
        if is_running:
            house.running_process(place)
        house.cluster.run("scancel", str(job.job))
        ended = house.ended(dispatch)
    finally:
        house.cluster.run("scontrol", "update", "partitionname=work", "state=up")
    assert ended.state is DispatchState.CANCELLED
    assert ended.error is not None
    assert "cancelled in Slurm" in ended.error.detail
    assert house.delivered(name) == []


def test_another_service_goes_on_where_one_stopped(make: Make) -> None:
    """A job knows nothing of services: it is neither started again nor forgotten."""
    first = make()
    place = first.place("handed")
    dispatch = first.order(first.schedule("handed", "talk", place=place))
    first.running_process(place)
    first.stop()
    (place / "go").touch()
    await_that(lambda: first.get(dispatch).state.is_final)
    first.start()
    ended = first.get(dispatch)
    assert ended.state is DispatchState.SUCCEEDED
    assert first.delivered("handed") == DELIVERED
    assert "second" in first.log(dispatch)
    require_gone(first, dispatch)


def test_a_damaged_dispatch_stops_no_other(make: Make) -> None:
    """It waits for somebody who mends it; the next one runs."""
    house = make()
    house.stop()
    first = house.order(house.schedule("damaged", "nothing"))
    second = house.order(house.schedule("sound", "nothing"))
    with house.factory.engine.begin() as connection:
        damage = dispatches.update().where(dispatches.c.id == first)
        connection.execute(damage.values(order="{"))
    house.start()
    assert house.ended(second).state is DispatchState.SUCCEEDED
    with house.factory.engine.begin() as connection:
        connection.execute(dispatches.delete().where(dispatches.c.id == first))


def test_what_the_schedule_asks_for_goes_before_the_settings() -> None:
    """Field by field; variables of both reach the job."""
    defaults = JobSpec(partition="work", processors=2, environment={"A": "1", "B": "1"})
    asked = JobSpec(partition="urgent", environment={"B": "2"}, modules=("python/3.11",))
    both = JobSpec.model_validate_json(asked.model_dump_json()).over(defaults)
    assert both == JobSpec(
        partition="urgent",
        processors=2,
        environment={"A": "1", "B": "2"},
        modules=("python/3.11",),
    )


def tries(house: SlurmHouse, schedule: str) -> list[Dispatch]:
    """Return the dispatches of a schedule, the oldest first."""
    return sorted(
        house.factory.dispatches.page(DispatchFilter(schedule=schedule)), key=lambda one: one.id
    )


@pytest.mark.slow(30)
def test_slurm_ends_a_job_at_its_time_limit(make: Make) -> None:
    """Its program stops and says nothing; that it was the time limit is what Slurm says."""
    house = make(time_limit="PT10M")
    place = house.place("limit")
    dispatch = house.order(house.schedule("limit", "wait", place=place))
    house.running_process(place)
    job = job_of(house, dispatch, lambda one: one.job is not None)
    await_that(lambda: house.cluster.takes("scontrol", "update", f"jobid={job.job}", "endtime=now"))
    ended = house.ended(dispatch)  # slurmctld looks at limits every 30 s
    assert ended.state is DispatchState.TIMED_OUT
    assert ended.error is not None
    assert "time limit" in ended.error.detail
    assert house.delivered("limit") == []
    require_gone(house, dispatch)
