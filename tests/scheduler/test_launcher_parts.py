"""Tasks of a dispatch share the launcher's workers: on real processes, which are killed."""

import os
import signal
from pathlib import Path

from app.clock import utc_now
from app.values.dispatch import DispatchState
from tests.patience import await_that
from tests.scheduler.house import DELIVERED, House

RETRIED = {"retries": {"limit": 1, "delay": "PT0.01S"}}


def states(house: House, dispatch: int) -> list[str]:
    """Return how a dispatch's tasks stand."""
    return [str(task.state) for task in house.factory.tasks.of(dispatch)]


def running(place: Path, number: int) -> list[int]:
    """Wait until so many processes run the model; return them."""

    def found() -> list[Path]:
        seen = list(place.glob("running-*"))
        return seen if len(seen) >= number else []

    return [int(one.name.removeprefix("running-")) for one in await_that(found)]


def test_more_tasks_than_workers_and_one_that_is_killed(house: House) -> None:
    """Two run while one waits; the killed one is tried again, and each row is delivered once."""
    place = house.place("parts")
    dispatch = house.order(house.schedule("parts", "wait", RETRIED, place=place, partitions=3))
    victim, _ = running(place, 2)
    assert sorted(states(house, dispatch)) == ["queued", "running", "running"]
    assert house.get(dispatch).tasks == 3
    os.kill(victim, signal.SIGKILL)
    (place / "go").touch()
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert house.delivered("parts") == DELIVERED
    tasks = house.factory.tasks.of(dispatch)
    assert sorted(task.attempt for task in tasks) == [1, 1, 1, 2]
    assert ended.progress.rows_delivered == 3
    assert "split into 3 tasks" in house.log(dispatch)


def test_cancel_and_time_out_end_running_tasks(house: House) -> None:
    """The dispatch ends when the last of them has; nothing is delivered."""
    place = house.place("stopped")
    dispatch = house.order(house.schedule("stopped", "wait", place=place, partitions=3))
    running(place, 2)
    house.factory.dispatches.cancel(dispatch, actor="test", now=utc_now())
    assert house.ended(dispatch).state is DispatchState.CANCELLED
    assert states(house, dispatch) == ["cancelled"] * 3
    place = house.place("late")
    late = house.schedule("late", "wait", {"time_out": "PT3S"}, place=place, partitions=2)
    ended = house.ended(house.order(late))
    assert ended.state is DispatchState.TIMED_OUT
    assert ended.error is not None
    assert "2 of 2 tasks" in ended.error.detail
    assert house.delivered("late") == house.delivered("stopped") == []
