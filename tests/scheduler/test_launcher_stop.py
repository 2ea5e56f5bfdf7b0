"""Launchers and services that stop, are killed, or lose their database, while dispatches run."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.scheduler.launchers import nursery
from app.scheduler.launchers.local import LocalLauncher
from app.settings import Settings
from app.values.brief import DispatchFilter
from app.values.dispatch import DispatchState
from tests import servers, warm
from tests.patience import PATIENCE, await_that
from tests.scheduler.house import DELIVERED, House

Make = Callable[..., House]
COLD_SECONDS = 300.0
"""For processes that import all on a machine whose cores are all busy."""


@pytest.fixture
def make(
    tmp_path: Path, state: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    """Make a house without a launcher; arguments are settings of the section scheduler.

    Its warm processes are forked too, unlike those of `test_launcher`.
    """
    monkeypatch.setattr(nursery, "_warm_process", warm.warm_process)
    made: list[Factory] = []

    def make(url: str = "sqlite:///disparo.sqlite", **scheduler: Any) -> House:
        settings = Settings(
            database={"url": url},
            scheduler={"poll_seconds": 0.2, **scheduler},
            dispatch={"grace_seconds": 2.0, "progress_seconds": 0.2},
        )
        if not made:
            state.mkdir()
            shutil.copy(migrated, state)
        made.append(Factory(settings, state))
        if not url.startswith("sqlite"):
            made[0].upgrade_schema()
        return House(made[0], tmp_path / "house")

    yield make
    for factory in made:
        factory.close()


@contextmanager
def at_work(house: House) -> Iterator[LocalLauncher]:
    """Run a launcher."""
    launcher = house.launcher()
    launcher.start()
    try:
        yield launcher
    finally:
        launcher.stop()


def running(house: House, name: str, do: str, **options: Any) -> tuple[int, int, Path]:
    """Start a dispatch; return its id, its process and its place."""
    place = house.place(name)
    dispatch = house.order(house.schedule(name, do, place=place, **options))
    return dispatch, house.running_process(place), place


def test_a_stop_hands_back_what_runs(make: Make) -> None:
    """The dispatch waits again, as if it had not begun; the next launcher runs it."""
    house = make()
    with at_work(house):
        dispatch, process, place = running(house, "back", "wait")
    seen = house.get(dispatch)
    assert (seen.state, seen.process, seen.attempt) == (DispatchState.QUEUED, None, 1)
    await_that(lambda: not psutil.pid_exists(process))
    assert house.delivered("back") == []
    (place / "go").touch()
    with at_work(house):
        assert house.ended(dispatch).state is DispatchState.SUCCEEDED
        log = house.log(dispatch)
    assert house.delivered("back") == DELIVERED
    assert log.index("handed back") < log.index("succeeded")


def test_a_stop_kills_what_does_not_hand_itself_back(make: Make) -> None:
    """It is lost, and queued again as the same attempt though its policy knows no retries."""
    house = make()
    with at_work(house):
        dispatch, process, _ = running(house, "stuck", "resist")
    assert not psutil.pid_exists(process)
    seen = house.get(dispatch)
    assert seen.state is DispatchState.LOST
    assert seen.error is not None
    assert "the service stopped" in seen.error.detail
    (again,) = house.factory.dispatches.page(DispatchFilter(state=DispatchState.QUEUED))
    assert (again.retry_of, again.attempt) == (dispatch, 1)


def test_a_drain_lets_what_runs_end_and_takes_nothing_new(make: Make) -> None:
    """The stop waits for the running dispatch; the waiting one stays in the queue."""
    house = make(on_stop="drain", workers=1)
    with at_work(house) as launcher:
        dispatch, _, place = running(house, "first", "wait")
        waiting = house.order(house.schedule("second", "nothing"))
        launcher._stopping.set()
        (place / "go").touch()
    assert house.get(dispatch).state is DispatchState.SUCCEEDED
    assert house.get(waiting).state is DispatchState.QUEUED


def test_a_drain_has_a_bound(make: Make) -> None:
    """What has not ended when drain_seconds are over is handed back."""
    house = make(on_stop="drain", drain_seconds=0.5)
    with at_work(house):
        dispatch, _, _ = running(house, "long", "wait")
    assert house.get(dispatch).state is DispatchState.QUEUED


def test_of_two_launchers_on_one_directory_one_works(make: Make) -> None:
    """The second one takes the post when the first has left it; its wake reaches the first."""
    house = make(poll_seconds=60.0)
    first, second = house.launcher(), house.launcher()
    first.start()
    await_that(lambda: house.factory.state.glob("launcher/*/wake"))
    second._bounds = second._bounds.model_copy(update={"poll_seconds": 0.1})
    second.start()
    name = house.schedule("shared", "nothing")
    dispatch = house.order(name)

    def is_done() -> bool:
        second.wake()
        return house.get(dispatch).state.is_final

    await_that(is_done)
    assert house.get(dispatch).state is DispatchState.SUCCEEDED
    first.stop()
    later = house.order(name)
    await_that(lambda: house.get(later).state.is_final)
    second.stop()
    assert house.get(later).state is DispatchState.SUCCEEDED


@contextmanager
def service(house: House, **settings: str) -> Iterator[warm.Process]:
    """Run the whole service, which is killed in the end."""
    port = servers.free_port()
    environment = {
        **os.environ,
        "DISPARO_SERVER__PORT": str(port),
        "DISPARO_DATABASE__URL": house.factory.settings.database.url.get_secret_value(),
        "DISPARO_SCHEDULER__POLL_SECONDS": "0.2",
        "DISPARO_DISPATCH__GRACE_SECONDS": "2",
        "DISPARO_SHOWROOM__ENABLED": "false",
        **settings,
    }
    process = warm.start("serve", environment=environment)
    try:
        yield process
    finally:
        workers = []
        with suppress(psutil.NoSuchProcess):  # a test has killed it, perhaps just now
            workers = psutil.Process(process.pid).children()
        process.kill()
        process.wait(PATIENCE)
        for worker in workers:  # of a service of several processes, if a test fails
            worker.kill()


def test_a_killed_service_leaves_its_dispatch_running_and_the_next_one_finds_it(
    make: Make,
) -> None:
    """The program goes on, no twin is started beside it, and the rows are delivered once."""
    house = make(workers=1)
    with service(house) as first:
        dispatch, process, place = running(house, "survivor", "wait")
        first.send_signal(signal.SIGKILL)
    with service(house, DISPARO_SCHEDULER__WORKERS="2"):
        witness = house.order(house.schedule("witness", "nothing"))
        assert house.ended(witness).state is DispatchState.SUCCEEDED
        assert psutil.pid_exists(process)
        assert house.get(dispatch).state is DispatchState.RUNNING
        (place / "go").touch()
        assert house.ended(dispatch).state is DispatchState.SUCCEEDED
        log = house.log(dispatch)
    assert len(list(place.glob("running-*"))) == 1
    assert house.delivered("survivor") == DELIVERED
    assert log.count("started in process") == log.count("succeeded: 3 rows") == 1


def test_tasks_outlive_a_killed_service_and_the_next_one_runs_the_rest(make: Make) -> None:
    """Two that run go on, the third is begun by the next service, and each row comes once."""
    house = make()
    place = house.place("parts")
    with service(house, DISPARO_SCHEDULER__WORKERS="2") as first:
        dispatch = house.order(house.schedule("parts", "wait", place=place, partitions=3))
        await_that(lambda: len(list(place.glob("running-*"))) == 2)
        first.send_signal(signal.SIGKILL)
    with at_work(house):
        (place / "go").touch()
        ended = house.ended(dispatch)
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    assert [task.attempt for task in house.factory.tasks.of(dispatch)] == [1, 1, 1, 1]
    assert len(list(place.glob("running-*"))) == 3
    assert house.delivered("parts") == DELIVERED


def test_what_died_with_its_service_is_lost_as_soon_as_the_next_one_starts(make: Make) -> None:
    """After a crash of the machine nobody waits for silence: the spool has no writer."""
    house = make()
    policies = {"retries": {"limit": 1, "delay": "PT0.01S"}}
    with service(house) as first:
        dispatch, process, place = running(house, "victim", "wait", policies=policies)
        first.kill()
        os.kill(process, signal.SIGKILL)
    (place / "go").touch()
    with at_work(house):
        assert house.ended(dispatch).state is DispatchState.LOST
        assert house.retry_of(dispatch).state is DispatchState.SUCCEEDED
    assert house.delivered("victim") == DELIVERED


def test_an_adopted_dispatch_is_kept_to_its_limits(make: Make) -> None:
    """A program that outlives its service and hears no signal is killed by the next launcher."""
    house = make()
    with service(house):
        dispatch, process, _ = running(house, "adopted", "resist", policies={"time_out": "P1D"})
    assert psutil.pid_exists(process)
    with at_work(house):
        house.factory.dispatches.cancel(dispatch, actor="test", now=utc_now())
        ended = house.ended(dispatch)
    assert ended.state is DispatchState.CANCELLED
    assert ended.error is not None
    assert "was killed" in ended.error.detail
    await_that(lambda: not psutil.pid_exists(process))


def test_who_follows_a_log_does_not_hold_up_a_stop(make: Make) -> None:
    """A stream has no end of its own; the service ends all the same, and hands back."""
    house = make()
    with service(house, DISPARO_SERVER__PORT=str(port := servers.free_port())) as process:
        dispatch, _, _ = running(house, "followed", "wait")
        address = f"http://127.0.0.1:{port}/dispatches/{dispatch}/log?follow=true"
        with httpx.Client(timeout=PATIENCE).stream("GET", address) as response:
            assert next(response.iter_lines())
            process.terminate()
            assert process.wait(PATIENCE) in {0, -signal.SIGTERM}
    assert house.get(dispatch).state is DispatchState.QUEUED


@pytest.mark.timeout(500)
def test_a_service_of_several_processes_runs_each_dispatch_once(make: Make) -> None:
    """Two workers of uvicorn share the post of the launcher, and SIGTERM hands back."""
    house = make()
    with service(house, DISPARO_SERVER__WORKERS="2", **{warm.COLD: "true"}) as process:
        done = house.order(house.schedule("once", "nothing"))
        await_that(lambda: house.get(done).state.is_final, COLD_SECONDS)
        assert house.get(done).state is DispatchState.SUCCEEDED
        dispatch, _, _ = running(house, "held", "wait")
        process.terminate()
        process.wait(PATIENCE)
    assert house.get(dispatch).state is DispatchState.QUEUED
    assert house.delivered("once") == DELIVERED


@pytest.fixture
def database() -> Iterator[servers.Restartable]:
    """Run a MariaDB that can be killed and started again, with an empty database."""
    with servers.restartable_mariadb() as made:
        engine = sa.create_engine(made.server.url.format(database=""), poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE disparo")
        yield made


def test_what_ends_while_the_database_is_away_is_recorded_when_it_is_back(
    make: Make, database: servers.Restartable
) -> None:
    """One program records its own end, one was killed and is recorded as lost; then work goes on."""
    house = make(database.server.url.format(database="disparo"))
    with at_work(house):
        ended, _, place = running(house, "ends", "wait")
        killed, process, _ = running(house, "dies", "wait")
        database.kill()
        (place / "go").touch()
        os.kill(process, signal.SIGKILL)
        await_that(lambda: not psutil.pid_exists(process))
        database.start()
        assert house.ended(ended).state is DispatchState.SUCCEEDED
        lost = house.ended(killed)
        assert lost.state is DispatchState.LOST
        assert lost.error is not None
        assert "signal 9" in lost.error.detail
        next_one = house.order(house.schedule("next", "nothing"))
        assert house.ended(next_one).state is DispatchState.SUCCEEDED
        assert "succeeded: 3 rows" in house.log(ended)
    assert house.delivered("ends") == DELIVERED
