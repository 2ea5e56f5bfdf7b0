"""A dispatch whose process is killed with -9: the target stays as it was, whenever it happens."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.values.dispatch import DispatchState
from tests import flights, warm
from tests.conftest import Place
from tests.stalls import STALL, Stalls

PATIENCE = 60.0


@pytest.fixture
def ready(factory: Factory, place: Place, tmp_path: Path) -> Factory:
    """Give a service that has delivered the day once, and may be told to do it again."""
    flights.write(flights.november(), place.engine)
    model = Stalls().fit(flights.november()[flights.INPUTS], None)
    flights.register(factory, tmp_path, model)
    factory.sources.add("place", place.connection, "", actor="test", now=utc_now())
    flights.schedule(factory)
    first = flights.dispatch(factory)
    assert first.state is DispatchState.SUCCEEDED, first.error
    return factory


@contextmanager
def running(**environment: str) -> Iterator[warm.Process]:
    """Run the day's dispatch in a process of its own, in batches of 100 rows."""
    words = ["dispatch", "run", "score", "--slot", "2013-11-28"]
    batches = {"DISPARO_DISPATCH__BATCH_ROWS": "100"}
    process = warm.start(*words, environment=os.environ | batches | environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait(condition: Callable[[], bool], process: warm.Process | None = None) -> None:
    """Wait until the condition holds, while the process lives."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process is None or process.poll() is None, "the dispatch ended by itself"
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(
            0.2
        )  # InnoDB renews what it tells of transactions only after 0.1 s without asking


def ledger(place: Place) -> int:
    """Return how many lines the ledger has, of staged batches and of publications."""
    return int(flights.read(place.engine, "SELECT COUNT(*) FROM disparo_ledger")[0][0])


def target(place: Place) -> list[tuple[Any, ...]]:
    """Return what the target holds, with its origin."""
    query = "SELECT id, label, probability_late, dispatch_id, slot FROM predictions ORDER BY id"
    return [tuple(row) for row in flights.read(place.engine, query)]


def predictions(place: Place) -> list[tuple[Any, ...]]:
    """Return what the target holds, without its origin."""
    return [row[:3] for row in target(place)]


def run_again(ready: Factory) -> None:
    """Deliver the day once more, undisturbed."""
    record = flights.dispatch(ready)
    assert record.state is DispatchState.SUCCEEDED, record.error


@pytest.mark.parametrize("place", ["sqlite", "mariadb-odbc", "postgresql"], indirect=True)
def test_killed_while_it_stages(ready: Factory, place: Place) -> None:
    """What is staged is not in the target, nor is it after another run, which delivers the day."""
    before, lines = target(place), ledger(place)
    with running(**{STALL: "yes"}) as process:
        wait(lambda: ledger(place) > lines, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    assert target(place) == before
    assert len(before) == 634
    run_again(ready)
    assert predictions(place) == [row[:3] for row in before]
    assert {row[3] for row in target(place)} == {3}


@pytest.mark.parametrize("place", ["mariadb-odbc"], indirect=True)
def test_killed_while_it_publishes(ready: Factory, place: Place) -> None:
    """In the middle of the last transaction: the server undoes the part that was done."""
    before, lines = target(place), ledger(place)
    with running() as process:
        with place.engine.begin() as holder:
            holder.execute(sa.text("SELECT id FROM predictions FOR UPDATE")).all()
            wait(lambda: waiting_transactions(place) == 1, process)
            process.send_signal(signal.SIGKILL)
            assert process.wait(PATIENCE) == -signal.SIGKILL
        wait(lambda: transactions(place) == 0)
    assert target(place) == before
    assert ledger(place) == lines + 7, "seven batches are staged, and no publication is noted"
    run_again(ready)
    assert predictions(place) == [row[:3] for row in before]


TRANSACTIONS = (
    "SELECT COUNT(*) FROM information_schema.innodb_trx JOIN information_schema.processlist AS p"
    " ON p.id = trx_mysql_thread_id WHERE p.db = database() AND p.id <> connection_id()"
)


def transactions(place: Place, which: str = "") -> int:
    """Return how many transactions the server has, whoever's they are but ours."""
    return int(flights.read(place.engine, TRANSACTIONS + which)[0][0])


def waiting_transactions(place: Place) -> int:
    """Return how many transactions wait for a row that another one holds."""
    return transactions(place, " AND trx_state = 'LOCK WAIT'")
