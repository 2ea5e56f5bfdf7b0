"""The local launcher runs dispatches, and keeps them to their limits: on real processes."""

import os
import time
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.scheduler.launchers import nursery
from app.values.dispatch import DispatchState
from tests import warm
from tests.conftest import require
from tests.patience import await_that
from tests.scheduler.conftest import at_work
from tests.scheduler.house import DELIVERED, House

RETRIED = {"retries": {"limit": 1, "delay": "PT0.01S"}}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house with a real warm process, which starts cold; what replaces it is forked."""
    with at_work(tmp_path_factory.mktemp("house")) as made, pytest.MonkeyPatch.context() as patch:
        made.ended(made.order(made.schedule("first", "nothing")))
        patch.setattr(nursery, "_warm_process", warm.warm_process)
        yield made


def cancel(house: House, dispatch: int) -> None:
    """Cancel a dispatch as the API does."""
    house.factory.dispatches.cancel(dispatch, actor="test", now=utc_now())


def test_a_dispatch_runs_in_a_process_group_of_its_own(house: House) -> None:
    """The child leads its session and group, gives way to others, and its record names it."""
    place = house.place("own")
    dispatch = house.order(house.schedule("own", "wait", place=place))
    process = house.running_process(place)
    assert os.getpgid(process) == os.getsid(process) == process
    nice = house.factory.settings.dispatch.nice
    assert os.getpriority(os.PRIO_PROCESS, process) >= nice > 0
    if (autogroup := Path(f"/proc/{process}/autogroup")).exists():
        assert autogroup.read_text().endswith(f"nice {nice}\n")
    environment = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    assert b"OMP_WAIT_POLICY=PASSIVE" in environment, "idle threads spin"
    (place / "go").touch()
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED
    assert (ended.process, ended.launcher) == (process, "local")
    assert house.delivered("own") == DELIVERED


def test_numeric_libraries_work_in_a_forked_child(house: House) -> None:
    """Their threads do not survive a fork, and are started anew."""
    ended = house.ended(house.order(house.schedule("numeric", "multiply")))
    assert ended.state is DispatchState.SUCCEEDED


def test_odbc_works_in_a_forked_child(house: House) -> None:
    """Its driver manager is loaded before the fork, and connects after it."""
    require("unixodbc", there=find_library("odbc") is not None)
    connection = f"Driver=SQLite3;Database={house.directory}/rows.sqlite"
    house.factory.sources.add("odbc", connection, "", actor="test", now=utc_now())
    ended = house.ended(house.order(house.schedule("odbc", "nothing", source="odbc")))
    assert ended.state is DispatchState.SUCCEEDED
    assert house.delivered("odbc") == DELIVERED


def test_as_many_run_at_once_as_there_are_workers(house: House) -> None:
    """Of four, two run; then the one of the higher priority goes first."""
    places = [house.place(f"busy{n}") for n in range(4)]
    names = [
        house.schedule(f"busy{n}", "wait", {"priority": n}, place=place)
        for n, place in enumerate(places)
    ]
    first = [house.order(name) for name in names[:2]]
    for place in places[:2]:
        house.running_process(place)
    later = [house.order(name) for name in names[2:]]
    (places[0] / "go").touch()
    house.running_process(places[3])
    assert [house.get(one).state for one in later] == ["queued", "running"]
    for place in places[1:]:
        (place / "go").touch()
    assert {house.ended(one).state for one in first + later} == {DispatchState.SUCCEEDED}


def test_a_cancelled_dispatch_ends_by_itself(house: House) -> None:
    """A program that listens to SIGTERM cleans up, and its record is its own."""
    dispatch = house.order(house.schedule("polite", "sleep"))
    await_that(lambda: house.get(dispatch).state is DispatchState.RUNNING)
    cancel(house, dispatch)
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.CANCELLED
    assert house.delivered("polite") == []


def test_a_stubborn_dispatch_is_killed_with_all_its_processes(house: House) -> None:
    """One that hears no signal gets SIGKILL after the grace, and so does what it started."""
    place = house.place("stubborn")
    dispatch = house.order(house.schedule("stubborn", "resist", RETRIED, place=place))
    process = house.running_process(place)
    (child,) = place.glob("child-*")
    cancel(house, dispatch)
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.CANCELLED
    assert ended.error is not None
    assert "was killed" in ended.error.detail
    await_that(lambda: not psutil.pid_exists(int(child.name.removeprefix("child-"))))
    assert not psutil.pid_exists(process)
    assert house.delivered("stubborn") == []


@pytest.mark.parametrize("do", ["sleep", "resist"])
def test_a_dispatch_that_runs_too_long_is_timed_out(house: House, do: str) -> None:
    """Its time-out ends it: by itself, or by SIGKILL if it does not listen."""
    place: dict[str, Any] = {"place": house.place("slow")} if do == "resist" else {}
    started = time.monotonic()
    ended = house.ended(
        house.order(house.schedule(f"slow-{do}", do, {"time_out": "PT1S"}, **place))
    )
    assert ended.state is DispatchState.TIMED_OUT
    assert time.monotonic() - started > 1


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("SIGKILL", "ended by signal 9 (SIGKILL)"),
        ("SIGSEGV", "ended by signal 11 (SIGSEGV)"),
        ("exit", "ended with exit code 3"),
    ],
)
def test_a_process_that_dies_is_lost_and_tried_again(house: House, how: str, said: str) -> None:
    """The record tells how it ended; the retry delivers the rows once."""
    name = f"dies-{how}"
    dispatch = house.order(
        house.schedule(name, "end_once", RETRIED, place=house.place(name), how=how)
    )
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.LOST
    assert ended.error is not None
    assert said in ended.error.detail
    retry = house.retry_of(dispatch)
    assert (retry.state, retry.attempt) == (DispatchState.SUCCEEDED, 2)
    assert house.delivered(name) == DELIVERED


def test_a_dispatch_that_grows_beyond_its_memory_limit_is_killed(house: House) -> None:
    """It fails with the memory that it held and its limit, and is not tried again."""
    limit = 600 * 2**20
    policies = {**RETRIED, "memory_limit": limit}
    ended = house.ended(house.order(house.schedule("grows", "grow", policies)))
    assert ended.state is DispatchState.FAILED
    assert ended.error is not None
    assert ended.error.slug == "out-of-memory"
    facts: dict[str, Any] = ended.error.facts
    assert int(facts["resident"]) > int(facts["limit"]) == limit
    assert not ended.error.can_pass


def test_memory_that_is_refused_is_told_as_such(house: House) -> None:
    """A model that asks for more than there is fails as out of memory, by its own program."""
    ended = house.ended(house.order(house.schedule("greedy", "ask_too_much")))
    assert ended.state is DispatchState.FAILED
    assert ended.error is not None
    assert (ended.error.slug, ended.error.stage) == ("out-of-memory", "infer")


def test_a_warm_process_that_dies_is_replaced(house: House) -> None:
    """Its child goes on, and is not started twice; the next dispatch finds another one."""
    place = house.place("orphan")
    dispatch = house.order(house.schedule("orphan", "wait", place=place))
    process = psutil.Process(house.running_process(place))
    warm = process.parent()
    assert warm is not None
    warm.kill()
    after = house.order(house.schedule("after", "nothing"))
    assert house.ended(after).state is DispatchState.SUCCEEDED
    assert house.get(dispatch).state is DispatchState.RUNNING
    (place / "go").touch()
    assert house.ended(dispatch).state is DispatchState.SUCCEEDED
    assert house.delivered("orphan") == DELIVERED
    assert len(list(place.glob("running-*"))) == 1


def test_an_orphan_that_dies_is_lost(house: House) -> None:
    """Nobody sees how a child of a dead warm process ends, but that it has ended is seen."""
    place = house.place("lonely")
    dispatch = house.order(house.schedule("lonely", "wait", place=place))
    process = psutil.Process(house.running_process(place))
    warm = process.parent()
    assert warm is not None
    warm.kill()
    process.kill()
    ended = house.ended(dispatch)
    assert ended.state is DispatchState.LOST
    assert ended.error is not None
    assert "no launcher was there to see how" in ended.error.detail


def test_what_was_taken_without_an_answer_is_started(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the commit: the dispatch runs, rather than be lost later."""
    queue, lost = house.factory.queue, list[int]()
    take = queue.take

    def take_unheard(*args: Any, **options: Any) -> Any:
        claims = take(*args, **options)
        if claims and not lost:
            lost.extend(one.dispatch for one in claims)
            raise sa.exc.OperationalError("COMMIT", {}, Exception("the answer is lost"))
        return claims

    monkeypatch.setattr(queue, "take", take_unheard)
    dispatch = house.order(house.schedule("unheard", "nothing"))
    assert house.ended(dispatch).state is DispatchState.SUCCEEDED
    assert lost == [dispatch]
