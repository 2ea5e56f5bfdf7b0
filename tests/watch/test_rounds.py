"""Rounds: a process of its own looks at models, and is ended where it must be."""

import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from app.clock import utc_now
from app.factory import Factory
from app.settings import Settings
from app.settings_sections import Health
from app.values.model_health import HealthFilter
from app.watch.monitor import Monitor
from app.watch.round_program import Orders
from app.watch.rounds import Rounds
from tests import casework
from tests.conftest import on_mariadb
from tests.on_record import record
from tests.patience import await_that


@contextmanager
def making(factory: Factory, *, is_ours: bool = True, **bounds: float) -> Iterator[threading.Event]:
    """Let rounds be made at once; give an event that is set when it was asked whose they are."""
    asked = threading.Event()

    def answer() -> bool:
        asked.set()
        return is_ours

    health = Health.model_validate(bounds)
    settings: Settings = factory.settings.model_copy(update={"health": health})
    rounds = Rounds(settings, factory.state, is_ours=answer, first_seconds=0.01)
    rounds.start()
    try:
        yield asked
    finally:
        rounds.stop()


def programs() -> list[psutil.Process]:
    """Return the programs of rounds that this process has started and that run."""
    return [one for one in psutil.Process().children() if _is_program(one)]


def _is_program(process: psutil.Process) -> bool:
    try:
        return "round_program" in str(process.cmdline())
    except psutil.NoSuchProcess:  # it has just ended
        return False


@on_mariadb
@pytest.mark.slow(20)
def test_a_process_of_its_own_looks(anywhere: Factory, tmp_path: Path) -> None:
    """What it finds is on record, by the service's settings, and then it is gone."""
    casework.register(anywhere, tmp_path)
    inputs = [casework.inputs(n) for n in range(40)]
    outputs = [{"label": "low"}] * 40
    record(anywhere, *outputs, inputs=inputs, at=utc_now() - timedelta(minutes=1))
    with making(anywhere, least_cases=40):
        [found] = await_that(lambda: anywhere.model_health.page(HealthFilter(model="m")))
        await_that(lambda: not programs())
    assert (found.state, found.cases) == ("drifted", 40)  # of `weight` a quarter was missing


@pytest.mark.slow(8)
def test_one_that_takes_too_long_is_ended(
    factory: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says what to do; the next one comes in its time."""
    with making(factory, time_out=0.1), caplog.at_level(logging.ERROR):
        await_that(lambda: "health.time_out" in caplog.text)
        await_that(lambda: not programs())


@pytest.mark.slow(8)
def test_its_memory_is_bounded(factory: Factory) -> None:
    """More than `health.memory` the process cannot have, whatever a model's cases are like."""
    health = Health(memory=2**28)
    orders = Orders(
        settings=factory.settings.model_copy(update={"health": health}), state=factory.state
    )
    taking = (
        "import app.watch.round_program as p; p.make_round = lambda _: bytearray(2**28); p.main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", taking], input=pickle.dumps(orders), capture_output=True, check=False
    )
    assert ended.returncode == 1
    assert b"MemoryError" in ended.stderr


@pytest.mark.slow(8)
def test_a_stop_ends_what_runs(factory: Factory) -> None:
    """A service that stops leaves none behind."""
    with making(factory):
        await_that(programs)
    assert programs() == []


def test_the_monitor_makes_rounds_until_it_stops(factory: Factory) -> None:
    """They begin and end with it."""
    monitor = Monitor(factory, clock=utc_now)
    monitor.start()
    await_that(lambda: monitor.books.is_at_work)
    assert "health rounds" in {thread.name for thread in threading.enumerate()}
    monitor.stop()
    assert "health rounds" not in {thread.name for thread in threading.enumerate()}


def test_who_is_not_the_monitor_starts_none(factory: Factory) -> None:
    """Of several services one looks; and none where it is switched off."""
    with making(factory, is_ours=False, every_seconds=0.05) as asked:
        assert asked.wait(10)
        assert programs() == []
    with making(factory, enabled=False) as asked:
        assert not asked.wait(0.2)
