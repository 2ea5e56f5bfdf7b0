"""A dispatch in parts is an array job of a real cluster, each of its tasks told apart."""

import pytest

from app.slurm.answers import indexes, job
from app.values.dispatch import DispatchState
from app.values.slurm import JobState, SeenJob, array_of
from tests.patience import await_that
from tests.scheduler.house import DELIVERED
from tests.slurm.conftest import SlurmHouse
from tests.slurm.test_slurm_launcher import Make, require_gone


def tasks_placed(house: SlurmHouse, parent: int) -> list[SeenJob]:
    """Wait until the tasks of a dispatch are in Slurm; return their jobs."""

    def found() -> list[SeenJob]:
        names = [
            one.job.name
            for task in house.factory.tasks.of(parent)
            if (one := house.get(task.id)).job is not None and one.job.submitted_at is not None
        ]
        seen = house.factory.slurm.find(dict.fromkeys(names)) if len(names) == 3 else []
        return seen if len(seen) == 3 else []

    return await_that(found)


@pytest.mark.parametrize("way", ["slurmrestd", "commands"])
def test_tasks_are_one_array_job(make: Make, way: str) -> None:
    """Cancelled while they wait, none is left; run, they deliver each row once."""
    house = make() if way == "slurmrestd" else make(api="")
    schedule = house.schedule("parts", "nothing", partitions=3)
    dispatch = house.order(schedule)
    await_that(lambda: house.get(dispatch).tasks)
    first = tasks_placed(house, dispatch)
    assert len({one.array for one in first}) == 1
    assert {array_of(one.name)[1] for one in first} == {0, 1, 2}
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert house.delivered("parts") == DELIVERED
    for task in house.factory.tasks.of(dispatch):
        record = house.get(task.id)
        assert record.launcher == "slurm"
        assert record.job is not None
        assert record.job.job is not None
        assert f"started as job {record.job.job}" in house.log(task.id)
    require_gone(house, dispatch)


def test_one_task_of_an_array_is_cancelled_in_slurm(make: Make) -> None:
    """It ends alone: Slurm forgets it at once, and still knows the others of its array."""
    house = make()
    dispatch = house.order(house.schedule("alone", "nothing", partitions=3))
    await_that(lambda: house.get(dispatch).tasks)
    house.cluster.run("scontrol", "update", "nodename=n[0-1]", "state=drain", "reason=test")
    try:
        [one, *_] = [seen for seen in tasks_placed(house, dispatch) if seen.name.endswith("_1")]
        house.factory.slurm.cancel(one.id, one.name)
        await_that(lambda: house.factory.tasks.of(dispatch)[1].state.is_final)
        assert not house.factory.tasks.of(dispatch)[0].state.is_final
    finally:
        house.cluster.run("scontrol", "update", "nodename=n[0-1]", "state=resume")
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.CANCELLED
    states = [task.state for task in house.factory.tasks.of(dispatch)]
    assert states == ["succeeded", "cancelled", "succeeded"]
    assert house.delivered("alone") == []


def test_tasks_that_wait_together_are_told_apart() -> None:
    """Slurmrestd tells of them in one; each is its own job, which Slurm takes as `7_2`."""
    told = {"job_id": 7, "name": "disparo-1-a-1", "job_state": "PENDING", "array_job_id": 7,
            "array_task_id": None, "array_task_string": "0,2-3%2"}  # fmt: skip
    assert [one.handle for one in job(told)] == ["7_0", "7_2", "7_3"]
    own = {**told, "job_id": 9, "array_task_id": 1, "array_task_string": ""}
    assert [(one.id, one.handle, one.name) for one in job(own)] == [(9, "7_1", "disparo-1-a-1_1")]
    plain = SeenJob(id=5, name="disparo-1-a-1", state=JobState.PENDING)
    assert (plain.handle, array_of(plain.name)) == ("5", ("disparo-1-a-1", None))
    assert indexes("[0-4:2]") == [0, 1, 2, 3, 4]
