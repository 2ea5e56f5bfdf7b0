"""A dispatch in parts: what its tasks deliver together is what one undisturbed run would have."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.clock import utc_now
from app.factory import Factory
from app.services.pulse import Stop
from app.values.dispatch import Dispatch, DispatchState
from tests import flights
from tests.conftest import Place

DAY = 634
SLOT = datetime.fromisoformat("2013-11-28")
QUERY = "SELECT id, label, probability_late, slot FROM predictions ORDER BY id"


@pytest.fixture
def ready(factory: Factory, place: Place, tmp_path: Path) -> Factory:
    """Give a service that knows the place with three days of flights, and the model."""
    flights.make_ready(factory, place.connection, place.engine, tmp_path)
    return factory


def target(place: Place) -> list[tuple[Any, ...]]:
    """Return what the target holds, without the dispatch that wrote it."""
    return [tuple(row) for row in flights.read(place.engine, QUERY)]


def stages(place: Place) -> list[str]:
    """Return the stages that are left."""
    return [name for name in flights.tables(place.engine) if "stage" in name]


def waiting(factory: Factory, parent: int) -> Iterator[int]:
    """Yield the tasks that wait, until none does any more."""
    while found := [
        task.id for task in factory.tasks.of(parent) if task.state is DispatchState.QUEUED
    ]:
        yield from found


def run(factory: Factory, name: str = "score", **options: Any) -> Dispatch:
    """Order a dispatch, split it, and run all its tasks here, one after the other."""
    parent = flights.dispatch(factory, name, **options)
    for task in waiting(factory, parent.id):
        factory.execution.run(task, clock=utc_now, stop=Stop())
    return factory.dispatches.get(parent.id)


EVERYWHERE = ["sqlite", "sqlite-odbc", "mariadb", "mariadb-odbc", "postgresql", "postgresql-odbc"]


@pytest.mark.parametrize("place", EVERYWHERE, indirect=True)
def test_tasks_deliver_what_one_run_does(ready: Factory, place: Place) -> None:
    """By ranges of the key, for several numbers of tasks; the slot is replaced each time."""
    whole = run(ready)
    expected = target(place)
    assert (whole.tasks, len(expected)) == (None, DAY)
    for number in (2, 5):
        flights.schedule(ready, partitions=number)
        ended = run(ready)
        assert ended.state is DispatchState.SUCCEEDED, ended.error
        assert ended.tasks == number
        assert ended.progress.rows_delivered == ended.progress.rows_expected == DAY
        assert target(place) == expected
        assert stages(place) == []
