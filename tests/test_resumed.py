"""A dispatch that ended in the midst is tried again behind what it has staged.

The target then holds what one undisturbed run would have written.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.errors import LostError, SourceError
from app.factory import Factory
from app.services import patience, work
from app.services.pulse import Reason, Stop
from app.services.working import Working
from app.values.dispatch import Dispatch, DispatchState, Progress
from tests import flights
from tests.conftest import Place
from tests.patience import await_that

BATCH = 100
DAY = 634
SLOT = datetime.fromisoformat("2013-11-28")
QUERY = "SELECT id, label, probability_late, slot FROM predictions ORDER BY id"
RETRIES = {"policies": {"retries": {"limit": 1, "delay": "PT1S"}}}
LINES = (
    "SELECT COUNT(*) FROM disparo_ledger AS l WHERE batch >= 0 AND NOT EXISTS"
    " (SELECT 1 FROM disparo_ledger AS p WHERE p.run = l.run AND p.batch = -1)"
)
"""The batches of runs that have published nothing."""
Disturbance = Callable[[], None]


class Dead(BaseException):
    """The process ends here: nothing that follows is done."""


class Asked:
    """Counts the rows that the model is asked for, and disturbs it once two batches are staged."""

    def __init__(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        self._place = place
        self.rows: list[int] = []
        self.disturbance: Disturbance | None = None
        self._predict = work._predict
        monkeypatch.setattr(work, "_predict", self)

    def __call__(self, *arguments: Any) -> pa.Table:
        """Answer a batch."""
        if len(self.rows) == 2 and self.disturbance is not None:
            await_that(lambda: self._staged() == 2)
            self.disturbance()
        self.rows.append(arguments[-1].num_rows)
        return self._predict(*arguments)

    def _staged(self) -> int:
        if "disparo_ledger" not in flights.tables(self._place.engine):
            return 0
        return int(flights.read(self._place.engine, LINES)[0][0])

    def disturbed(self, disturbance: Disturbance | None) -> None:
        """Begin to count anew."""
        self.rows, self.disturbance = [], disturbance


@pytest.fixture
def asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Watch what the model is asked for."""
    return Asked(place, monkeypatch)


@pytest.fixture
def ready(
    place: Place,
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Factory:
    """Give a service that works in batches of 100 rows."""
    assert state, "it knows no setting but the defaults"
    monkeypatch.setenv("DISPARO_DISPATCH__BATCH_ROWS", str(BATCH))
    factory: Factory = request.getfixturevalue("factory")
    flights.make_ready(factory, place.connection, place.engine, tmp_path)
    return factory


def kill(factory: Factory, asked: Asked, **changes: Any) -> Dispatch:
    """Run the day's dispatch until it dies after two batches; return the dispatch that follows."""
    flights.schedule(factory, **changes)

    def die() -> None:
        raise Dead

    asked.disturbed(die)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("abandon", "suspend"):
            patch.setattr(f"app.sources.deliver.Delivery.{name}", lambda _: None)
        patch.setattr("app.services.queue.QueueService.finish", lambda *_, **__: True)
        dead = flights.dispatch(factory)
    assert dead.state is DispatchState.RUNNING
    assert sum(asked.rows) == 2 * BATCH
    factory.queue.give_up(dead, LostError("it fell silent"), now=utc_now(), retry=True)
    return following(factory, dead)


def following(factory: Factory, earlier: Dispatch) -> Dispatch:
    """Return the dispatch that tries an earlier one again."""
    [found] = [one for one in factory.dispatches.page() if one.retry_of == earlier.id]
    return found


def run(factory: Factory, dispatch: Dispatch, asked: Asked) -> Dispatch:
    """Run a dispatch undisturbed, with success."""
    asked.disturbed(None)
    ended = factory.execution.run(dispatch.id, clock=utc_now, stop=Stop())
    assert ended.state is DispatchState.SUCCEEDED, ended.error
    return ended


def resumed(factory: Factory, dispatch: Dispatch) -> list[int]:
    """Return the rows that a dispatch says it went on behind."""
    events = factory.dispatches.events(dispatch.id)
    return [one.detail["rows"] for one in events if one.name == "resumed"]


def target(place: Place) -> list[tuple[Any, ...]]:
    """Return what the target holds, without the dispatch that wrote it."""
    return [tuple(row) for row in flights.read(place.engine, QUERY)]


def undisturbed(factory: Factory, asked: Asked, place: Place) -> list[tuple[Any, ...]]:
    """Return what one run writes that nobody disturbs, and take it away again."""
    asked.disturbed(None)
    flights.dispatch(factory)
    written = target(place)
    with place.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM predictions")
    assert len(written) == DAY
    return written


@pytest.mark.parametrize(
    "place", ["sqlite", "mariadb", "mariadb-odbc", "postgresql-odbc"], indirect=True
)
def test_killed_in_the_midst_it_goes_on_behind_what_it_staged(
    ready: Factory, asked: Asked, place: Place
) -> None:
    """Only the rest is collected and asked of the model, and the record counts all rows."""
    expected = undisturbed(ready, asked, place)
    ended = run(ready, kill(ready, asked), asked)
    assert sum(asked.rows) == DAY - 2 * BATCH
    assert resumed(ready, ended) == [2 * BATCH]
    assert target(place) == expected
    assert ended.progress.rows_delivered == ended.progress.rows_expected == DAY
    assert [one for one in flights.tables(place.engine) if "stage" in one] == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "changes",
    [
        {"collect": {"resume": False}},
        {"collect": {"query": f"{flights.DAY} AND (:last_success IS NULL OR 1 = 1)"}},
    ],
)
def test_what_may_give_other_rows_starts_over(
    ready: Factory, asked: Asked, place: Place, changes: dict[str, Any]
) -> None:
    """Where nobody wants it in the key's order, and where the query asks what succeeded last."""
    expected = undisturbed(ready, asked, place)
    ended = run(ready, kill(ready, asked, **changes), asked)
    assert (sum(asked.rows), resumed(ready, ended)) == (DAY, [])
    assert target(place) == expected


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_another_version_starts_over(
    ready: Factory, asked: Asked, place: Place, tmp_path: Path
) -> None:
    """It was promoted in between: no target holds the answers of two."""
    retry = kill(ready, asked)
    other = flights.fitted()
    other.disparo_test = "another digest"
    flights.register(ready, tmp_path, other)
    ready.models.promote("flight-delay", 2, actor="test", now=utc_now())
    ended = run(ready, retry, asked)
    assert (ended.version, sum(asked.rows), resumed(ready, ended)) == (2, DAY, [])
    assert len(target(place)) == DAY


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_an_error_that_can_pass_leaves_its_rows_to_the_retry(
    ready: Factory, asked: Asked, place: Place
) -> None:
    """The source went away in the midst: the first attempt undoes nothing."""
    expected = undisturbed(ready, asked, place)
    flights.schedule(ready, **RETRIES)

    def break_() -> None:
        raise SourceError("it went away")

    asked.disturbed(break_)
    failed = flights.dispatch(ready)
    assert failed.state is DispatchState.FAILED
    assert target(place) == []
    ended = run(ready, following(ready, failed), asked)
    assert resumed(ready, ended) == [2 * BATCH]
    assert target(place) == expected


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_that_it_goes_on_is_noted_once_the_database_is_back(
    ready: Factory, asked: Asked, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disparo's own goes away at that very moment: the attempt waits for it, as it does elsewhere."""
    monkeypatch.setattr(patience, "_PAUSE_SECONDS", 0.01)
    expected = undisturbed(ready, asked, place)
    retry = kill(ready, asked)
    note, refusals = Working._note, [sa.exc.OperationalError("INSERT", {}, Exception("gone"))] * 2

    def refused(self: Working, connection: Any, name: str, **detail: Any) -> None:
        if name == "resumed" and refusals:
            raise refusals.pop()
        note(self, connection, name, **detail)

    monkeypatch.setattr(Working, "_note", refused)
    ended = run(ready, retry, asked)
    assert resumed(ready, ended) == [2 * BATCH]
    assert target(place) == expected


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_retry_that_was_cancelled_leaves_nothing_for_ever(
    ready: Factory, asked: Asked, place: Place
) -> None:
    """Nobody goes on behind what is staged: the schedule's next dispatch removes it."""
    flights.schedule(ready, **RETRIES)

    def break_() -> None:
        raise SourceError("it went away")

    asked.disturbed(break_)
    failed = flights.dispatch(ready)
    ready.dispatches.cancel(following(ready, failed).id, actor="test", now=utc_now())
    assert [one for one in flights.tables(place.engine) if "stage" in one] != []
    asked.disturbed(None)
    assert resumed(ready, flights.dispatch(ready)) == []
    assert [one for one in flights.tables(place.engine) if "stage" in one] == []
    assert len(target(place)) == DAY


@pytest.mark.parametrize("place", ["sqlite", "mariadb"], indirect=True)
def test_handed_back_it_goes_on_itself(ready: Factory, asked: Asked, place: Place) -> None:
    """The service stopped, and another one runs the same dispatch."""
    expected = undisturbed(ready, asked, place)
    stop = Stop()
    ordered = ready.dispatches.order("score", slot=SLOT, now=utc_now(), actor="test")
    asked.disturbed(lambda: stop.set(Reason.HAND_BACK))
    waiting = ready.execution.run(ordered.id, clock=utc_now, stop=stop)
    assert (waiting.state, waiting.progress) == (DispatchState.QUEUED, Progress())
    ended = run(ready, waiting, asked)
    [staged] = resumed(ready, ended)  # more than two batches, if the stop was noticed after them
    assert staged >= 2 * BATCH
    assert sum(asked.rows) == DAY - staged
    assert target(place) == expected
