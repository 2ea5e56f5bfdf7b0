"""Trying a query and a model on a few rows: what is told, and that nothing comes of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.errors import AppError, BusyError, LostError, SourceError, TimedOutError
from app.factory import Factory
from app.inference.program import StageError
from app.scheduler import tryouts as tryouts_module
from app.scheduler.tryouts import Tryouts
from app.values.dispatch import Stage
from app.values.tryout import Fit, Tried, TryoutRequest
from tests import flights, warm
from tests.conftest import WAYS, Place
from tests.scheduler.unruly import Crashing, Hanging

everywhere = pytest.mark.parametrize("place", WAYS, indirect=True)
on_sqlite = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
SELECT = f"SELECT id, {flights.COLUMNS} FROM flights ORDER BY id"  # noqa: S608 - constants


@pytest.fixture
def ready(factory: Factory, place: Place, tmp_path: Path) -> Factory:
    """Give a service that knows the place with three days of flights, and the model."""
    flights.make_ready(factory, place.connection, place.engine, tmp_path)
    return factory


def asked(query: str = flights.DAY, **changes: Any) -> TryoutRequest:
    """Return a tryout of a query for Thanksgiving."""
    plain = {
        "model": "flight-delay",
        "timezone": "America/New_York",
        "slot": "2013-11-28T00:00:00",
        "collect": {
            "source": "place",
            "key": "id",
            "query": query,
            "window": {"start": "PT0S", "end": "P1D"},
        },
    }
    return TryoutRequest.model_validate({**plain, **changes})


def tried(factory: Factory, query: str = flights.DAY, **changes: Any) -> Tried:
    """Try a query in this process."""
    return factory.tryouts.run(asked(query, **changes), now=utc_now())


def fits(found: Tried) -> dict[str, Fit]:
    """Return how each column fits."""
    return {one.name: one.fit for one in found.columns}


@everywhere
def test_the_answers_are_those_that_a_dispatch_delivers(ready: Factory, place: Place) -> None:
    """Twenty rows of the slot, each with what is delivered for it to the last bit; no trace left."""
    found = tried(ready)
    assert len(found.rows) == 20
    assert set(fits(found).values()) == {Fit.FITS}
    assert flights.tables(place.engine) == {"flights"}
    assert ready.dispatches.page() == []
    flights.dispatch(ready)
    delivered = {
        row.id: row._mapping for row in flights.read(place.engine, "SELECT * FROM predictions")
    }
    for row in found.rows:
        assert row.answer is not None
        there = delivered[row.values["id"]]
        assert row.answer == {name: there[name] for name in row.answer}


@on_sqlite
def test_each_column_is_held_against_the_signature(ready: Factory) -> None:
    """What is missing, extra, of another type, or of no known category is told, all at once."""
    query = (
        "SELECT id, 'XX' AS carrier, origin, dest, 'five' AS day_of_week, departure_minute,"
        " arrival_minute AS arrival_minutes, distance FROM flights ORDER BY id"
    )
    found = tried(ready, query, rows=3)
    assert fits(found) == {
        "id": Fit.FITS,
        "carrier": Fit.UNKNOWN,
        "origin": Fit.FITS,
        "dest": Fit.FITS,
        "day_of_week": Fit.REFUSED,
        "departure_minute": Fit.FITS,
        "arrival_minutes": Fit.EXTRA,
        "distance": Fit.FITS,
        "arrival_minute": Fit.MISSING,
    }
    told = {one.name: one.detail for one in found.columns}
    assert "'XX' in 3 rows" in str(told["carrier"])
    assert "which is no" in str(told["day_of_week"])
    assert "did you mean 'arrival_minutes'" in str(told["arrival_minute"])
    assert [row.answer for row in found.rows] == [None] * 3


@on_sqlite
def test_a_row_that_a_dispatch_would_refuse_stops_no_other(ready: Factory, place: Place) -> None:
    """Beside the answers of the others stands why it has none; its column is marked."""
    with place.engine.begin() as connection:
        connection.execute(sa.text("UPDATE flights SET day_of_week = 1.5 WHERE id % 2 = 0"))
    found = tried(ready, SELECT, rows=4)
    assert fits(found)["day_of_week"] is Fit.REFUSED
    for row in found.rows:
        assert (row.answer is None) == (row.fault is not None) == (row.values["id"] % 2 == 0)


@on_sqlite
def test_no_rows_are_told_as_no_rows(ready: Factory) -> None:
    """The columns are there, their types are not known; the bound times say why."""
    found = tried(ready, slot="1999-01-01T00:00:00")
    assert found.rows == ()
    assert {one.found for one in found.columns} == {None}
    assert found.parameters["window_start"] == "1999-01-01 00:00:00"
    assert found.slot == "1999-01-01T00:00:00-05:00"


@pytest.mark.parametrize("place", ["sqlite", "mariadb"], indirect=True)
def test_it_only_reads(ready: Factory, place: Place) -> None:
    """What would change something is refused, and changes nothing."""
    before = flights.read(place.engine, "SELECT COUNT(*) FROM flights")
    for query in ("DELETE FROM flights", "WITH a AS (SELECT 1) DELETE FROM flights"):
        with pytest.raises(StageError) as raised:
            tried(ready, query)
        assert raised.value.stage is Stage.COLLECT
    assert flights.read(place.engine, "SELECT COUNT(*) FROM flights") == before


@on_sqlite
def test_a_process_of_its_own_answers(ready: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it tells is what is told here; errors keep their class and name the stage."""
    monkeypatch.setattr(tryouts_module, "_start", warm.trying_process)
    tryouts = Tryouts(ready.settings, ready.state)
    try:
        first = tryouts.run(asked())
        assert first.rows == tried(ready).rows
        assert tryouts.run(asked()).rows == first.rows
        with pytest.raises(SourceError) as raised:
            tryouts.run(asked("SELECT nothing FROM nowhere"))
        assert raised.value.facts["stage"] == "collect"
    finally:
        tryouts.stop()
    with pytest.raises(BusyError):
        tryouts.run(asked())


@on_sqlite
def test_the_process_that_forks_may_die(ready: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one takes its place at the next tryout."""
    monkeypatch.setattr(tryouts_module, "_start", warm.trying_process)
    tryouts = Tryouts(ready.settings, ready.state)
    try:
        first = tryouts.run(asked())
        assert tryouts._process is not None
        tryouts._process.kill()
        tryouts._process.wait()
        assert tryouts.run(asked()).rows == first.rows
    finally:
        tryouts.stop()


@on_sqlite
@pytest.mark.parametrize(
    ("kind", "seconds", "error", "words"),
    [
        (Hanging, 1.0, TimedOutError, "try_seconds"),
        (Crashing, 60.0, LostError, "without an answer"),
    ],
)
def test_a_model_that_hangs_or_crashes_harms_its_process_alone(
    ready: Factory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Hanging],
    seconds: float,
    error: type[AppError],
    words: str,
) -> None:
    """The wait has a bound, and the next one is tried."""
    monkeypatch.setattr(tryouts_module, "_start", warm.trying_process)
    some = flights.november().head(50)
    model = kind().fit(some[flights.INPUTS], np.arange(50) % 2)
    flights.register(ready, tmp_path, model, name="bad")
    bounds = ready.settings.dispatch.model_copy(update={"try_seconds": seconds, "tries": 1})
    settings = ready.settings.model_copy(update={"dispatch": bounds})
    tryouts = Tryouts(settings, ready.state)
    try:
        with pytest.raises(error, match=words):
            tryouts.run(asked(model="bad"))
    finally:
        tryouts.stop()


def test_there_is_no_such_model_or_source(factory: Factory) -> None:
    """Both are told by name; no process is harmed."""
    with pytest.raises(AppError, match="flight-delay"):
        tried(factory)
