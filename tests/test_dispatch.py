"""A dispatch, end to end, on each database and each way to it; and what can go wrong."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from sklearn.base import BaseEstimator, ClassifierMixin
from sqlalchemy.dialects.mysql import LONGTEXT

from app.clock import utc_now
from app.factory import Factory
from app.values.dispatch import Dispatch, DispatchState
from tests import flights, read_once
from tests.conftest import WAYS, Place

everywhere = pytest.mark.parametrize("place", WAYS, indirect=True)
on_each_database = pytest.mark.parametrize(
    "place", ["sqlite", "mariadb-odbc", "postgresql"], indirect=True
)
"""Each once, by one kind of driver or the other: for what is decided before a driver is asked, or is
tested of each driver by tests/sources."""
on_sqlite = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


@pytest.fixture
def ready(factory: Factory, place: Place, tmp_path: Path) -> Factory:
    """Give a service that knows the place with three days of flights, and the model."""
    flights.make_ready(factory, place.connection, place.engine, tmp_path)
    return factory


def small_batches(monkeypatch: pytest.MonkeyPatch, state: Path, rows: int = 100) -> Factory:
    """Give the same service with small batches."""
    monkeypatch.setenv("DISPARO_DISPATCH__BATCH_ROWS", str(rows))
    return Factory(read_once.settings(), state)


def by_hand(day: str) -> pd.DataFrame:
    """Return what the pipeline says of a day's flights when it is called by hand."""
    rows = flights.november()
    rows = rows[rows["scheduled_departure"].str.startswith(day)]
    answers = flights.fitted().predict_proba(rows[flights.INPUTS])
    return pd.DataFrame(answers, columns=flights.fitted().classes_, index=rows["id"])


def delivered(place: Place, table: str = "predictions") -> pd.DataFrame:
    """Return the delivered rows by key."""
    rows = flights.read(place.engine, f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 - a constant
    return pd.DataFrame([row._asdict() for row in rows]).set_index("id")


def assert_nothing_left(place: Place) -> None:
    """Check that neither rows, nor a stage, nor a ledger line is left."""
    names = flights.tables(place.engine)
    assert not [name for name in names if name.startswith("disparo_stage")]
    for table in {"predictions", "disparo_ledger"} & names:
        assert flights.read(place.engine, f"SELECT COUNT(*) FROM {table}")[0][0] == 0  # noqa: S608


@everywhere
def test_predictions_are_those_of_the_pipeline_by_hand(
    ready: Factory, place: Place, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    """A day's dispatch delivers exactly that day's flights, each number equal to the last bit.

    They travel in batches of 100, arrive once each, and leave no stage behind.
    """
    assert ready.settings.dispatch.batch_rows > 100  # so that the small ones are many
    record = flights.dispatch(small_batches(monkeypatch, state))
    assert record.state is DispatchState.SUCCEEDED, record.error
    rows, expected = delivered(place), by_hand("2013-11-28")
    assert len(rows) == 634 == record.progress.rows_delivered
    assert rows.index.tolist() == expected.index.tolist()
    for label in ("late", "on_time"):
        assert rows[f"probability_{label}"].tolist() == expected[label].tolist()
    assert rows["label"].tolist() == expected.idxmax(axis=1).tolist()
    assert set(rows["dispatch_id"]) == {record.id}
    assert not [name for name in flights.tables(place.engine) if "stage" in name]


@on_each_database
def test_a_slot_that_runs_again_replaces_its_rows(ready: Factory, place: Place) -> None:
    """Two slots stand side by side; the second run of one replaces that one alone."""
    for slot in ("2013-11-28", "2013-11-27", "2013-11-28"):
        assert flights.dispatch(ready, slot=slot).state is DispatchState.SUCCEEDED
    rows = delivered(place)
    assert rows.index.is_unique
    assert sorted(set(rows["dispatch_id"])) == [2, 3]


@on_each_database
def test_upsert_keeps_one_row_a_key_and_append_all(ready: Factory, place: Place) -> None:
    """After two runs, `upsert` holds each key once and `append` twice."""
    flights.schedule(ready, name="u", deliver={"table": "upserted", "mode": "upsert"})
    flights.schedule(ready, name="a", deliver={"table": "appended", "mode": "append"})
    for name in ("u", "u", "a", "a"):
        record = flights.dispatch(ready, name)
        assert record.state is DispatchState.SUCCEEDED, record.error
    assert len(delivered(place, "upserted")) == 634
    assert len(delivered(place, "appended")) == 2 * 634


@on_each_database
def test_an_empty_result_is_a_success_that_empties_the_slot(ready: Factory, place: Place) -> None:
    """No rows: success; and what the slot held before is gone, as the slot is replaced."""
    assert flights.dispatch(ready).state is DispatchState.SUCCEEDED
    with place.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM flights"))
    record = flights.dispatch(ready)
    assert (record.state, record.progress.rows_delivered) == (DispatchState.SUCCEEDED, 0)
    assert flights.read(place.engine, "SELECT COUNT(*) FROM predictions")[0][0] == 0


@on_each_database
def test_an_empty_result_needs_no_table(ready: Factory, place: Place) -> None:
    """No rows and no target: success, and no table is made whose key has no type."""
    record = flights.dispatch(ready, slot="2012-01-01")
    assert record.state is DispatchState.SUCCEEDED, record.error
    assert "predictions" not in flights.tables(place.engine)


@on_each_database
def test_a_dry_run_delivers_nothing(ready: Factory, place: Place) -> None:
    """A dry run predicts the limited rows and leaves the database as it was."""
    before = flights.tables(place.engine)
    record = flights.dispatch(ready, dry_run=True, limit=50)
    assert record.progress.rows_inferred == 50
    assert record.progress.rows_delivered == 0
    assert flights.tables(place.engine) == before


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("no key", {"collect": {"key": "i_d"}}, "data-refused", "did you mean 'id'"),
    ("no input", {"collect": {"query": "SELECT id, carrier FROM flights"}}, "data-refused", "'origin'"),
    ("no table", {"collect": {"query": "SELECT * FROM flies"}}, "source-unreachable", "flies"),
    ("no parameter", {"collect": {"query": "SELECT :day AS id"}}, "bad-configuration", ":day"),
    ("no source", {"collect": {"source": "nowhere"}}, "not-found", "nowhere"),
    ("twice", {"collect": {"query": f"SELECT 7 AS id, {flights.COLUMNS} FROM flights"}}, "data-refused", "twice"),  # noqa: S608
    ("NULL key", {"collect": {"query": f"SELECT NULL AS id, {flights.COLUMNS} FROM flights"}}, "data-refused", "NULL"),  # noqa: S608
    ("NULL input", {"collect": {"query": flights.DAY.replace("distance", "NULL AS distance")}}, "data-refused", "distance"),
    ("wrong type", {"collect": {"query": flights.DAY.replace(", distance", ", dest AS distance")}}, "data-refused", "distance"),
    ("reserved", {"collect": {"key": "Label", "query": flights.DAY.replace("id,", 'id AS "Label",')}}, "bad-configuration", "label"),
]  # fmt: skip


BY_DRIVER = {"no key", "no table", "twice", "NULL input", "wrong type"}
"""Mistakes that each driver tells in its own way, or whose rows it gives in types of its own."""


@pytest.mark.parametrize(
    ("place", "change", "slug", "words"),
    [
        pytest.param(place, *case[1:], id=f"{place}-{case[0]}")
        for place in ("sqlite", "mariadb", "mariadb-odbc", "postgresql-odbc")
        for case in REFUSED
        if place == "sqlite" or case[0] in BY_DRIVER
    ],
    indirect=["place"],
)
def test_what_does_not_fit_is_refused(
    ready: Factory, place: Place, change: dict[str, Any], slug: str, words: str
) -> None:
    """Each mistake fails the dispatch with words that name it, and leaves nothing behind."""
    flights.schedule(ready, **change)
    record = flights.dispatch(ready)
    assert record.state is DispatchState.FAILED
    assert record.error is not None
    assert record.error.slug == slug, record.error.detail
    assert words in record.error.detail
    assert_nothing_left(place)


@on_each_database
def test_a_key_that_comes_twice_far_apart_is_refused(
    ready: Factory, place: Place, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    """A key of the first batch that comes again in a later one fails the dispatch."""
    day = flights.DAY.replace("id,", "CASE WHEN id % 7 = 3 THEN 300000 ELSE id END AS id,")
    flights.schedule(ready, collect={"query": day})
    record = flights.dispatch(small_batches(monkeypatch, state))
    assert record.error is not None
    assert record.error.slug == "data-refused"
    assert "twice" in record.error.detail
    assert_nothing_left(place)


@on_each_database
def test_another_schema_in_the_target_is_refused(ready: Factory, place: Place) -> None:
    """A target that lacks our columns is named, with what it lacks, and is left alone."""
    with place.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE predictions (id INTEGER, label VARCHAR(10))"))
    record = flights.dispatch(ready)
    assert record.error is not None
    assert record.error.slug == "data-refused"
    assert "lacks 'probability_late'" in record.error.detail
    assert_nothing_left(place)


@everywhere
def test_odd_names_and_texts_arrive_whole(factory: Factory, place: Place, tmp_path: Path) -> None:
    """A key column with quotes and spaces, and keys with emoji, arrive as they are."""
    name = 'flight "no" é'
    rows = flights.november().head(3).assign(**{name: ["a 😀", "A 😀", "ção'`"]})
    rows[[name, *flights.INPUTS]].to_sql(
        "odd", place.engine, index=False, dtype=_key_type(place, name)
    )
    flights.register(factory, tmp_path)
    factory.sources.add("place", place.connection, "", actor="test", now=utc_now())
    flights.schedule(factory, collect={"key": name, "query": "SELECT * FROM odd"})
    record = flights.dispatch(factory)
    assert record.state is DispatchState.SUCCEEDED, record.error
    found = [row[0] for row in flights.read(place.engine, "SELECT * FROM predictions")]
    assert sorted(found) == sorted(rows[name])


def _key_type(place: Place, name: str) -> dict[str, Any]:
    text = sa.String(200, collation="utf8mb4_bin") if "mariadb" in place.way else sa.String(200)
    return {name: text}


@pytest.mark.parametrize("place", ["mariadb-odbc"], indirect=True)
def test_keys_that_the_database_holds_for_equal_are_never_lost(
    factory: Factory, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    """Paging by a key whose collation takes 'a' for 'A' refuses rather than passing over a row."""
    rows = (
        flights.november()
        .head(20)
        .assign(k=[letter + "x" for n in range(10) for letter in (chr(97 + n), chr(65 + n))])
    )
    rows[["k", *flights.INPUTS]].to_sql("odd", place.engine, index=False, dtype={"k": sa.String(9)})
    flights.register(factory, tmp_path)
    factory.sources.add("place", place.connection, "", actor="test", now=utc_now())
    flights.schedule(factory, collect={"key": "k", "query": "SELECT * FROM odd"})
    record = flights.dispatch(small_batches(monkeypatch, state, rows=3))
    assert record.error is not None
    assert "collation" in record.error.detail, record.error.detail
    assert_nothing_left(place)


@everywhere
def test_a_long_text_is_refused_or_whole(factory: Factory, place: Place, tmp_path: Path) -> None:
    """A key of 100,000 characters fails the dispatch; no text is ever cut."""
    rows = flights.november().head(2).assign(k=["x" * 100_000, "b"])
    text = sa.Text().with_variant(LONGTEXT(), "mysql")
    rows[["k", *flights.INPUTS]].to_sql("odd", place.engine, index=False, dtype={"k": text})
    flights.register(factory, tmp_path)
    factory.sources.add("place", place.connection, "", actor="test", now=utc_now())
    flights.schedule(factory, collect={"key": "k", "query": "SELECT * FROM odd"})
    record = flights.dispatch(factory)
    assert record.error is not None
    assert record.error.slug == "data-refused", record.error.detail
    assert_nothing_left(place)


@on_sqlite
def test_a_key_with_a_nul_is_refused(factory: Factory, place: Place, tmp_path: Path) -> None:
    """A NUL in a key, which not every database keeps, is refused."""
    rows = flights.november().head(2).assign(k=["a\0b", "b"])
    rows[["k", *flights.INPUTS]].to_sql("odd", place.engine, index=False)
    flights.register(factory, tmp_path)
    factory.sources.add("place", place.connection, "", actor="test", now=utc_now())
    flights.schedule(factory, collect={"key": "k", "query": "SELECT * FROM odd"})
    record = flights.dispatch(factory)
    assert record.error is not None
    assert "NUL" in record.error.detail


class Moody(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that fails, or answers NaN, for flights to one airport."""

    def __init__(self, *, raises: bool) -> None:
        self.raises = raises
        self.classes_ = np.array(["late", "on_time"])
        self.feature_names_in_ = np.array(flights.INPUTS)

    def predict_proba(self, rows: pd.DataFrame) -> Any:
        """Answer one half, but for Honolulu."""
        honolulu = (rows["dest"] == "HNL").to_numpy()
        if self.raises and honolulu.any():
            message = "no answer for Honolulu"
            raise ValueError(message)
        return np.where(honolulu[:, None], np.nan, np.full((len(rows), 2), 0.5))

    def predict(self, rows: pd.DataFrame) -> Any:
        """Answer always the same."""
        return np.full(len(rows), "late")


@pytest.mark.parametrize(
    ("raises", "words"), [(True, "no answer for Honolulu"), (False, "cannot be used")]
)
@on_each_database
def test_a_model_that_fails_on_one_batch_delivers_nothing(
    factory: Factory,
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: Path,
    *,
    raises: bool,
    words: str,
) -> None:
    """A batch in the middle that raises or gives NaN fails the dispatch; nothing is delivered."""
    rows = flights.november()
    rows = rows[(rows["dest"] != "HNL") | (rows["scheduled_departure"] > "2013-11-28 09")]
    flights.write(rows, place.engine)
    flights.register(factory, tmp_path, Moody(raises=raises))
    factory.sources.add("place", place.connection, "", actor="test", now=utc_now())
    flights.schedule(factory)
    record = flights.dispatch(small_batches(monkeypatch, state, rows=50))
    assert record.error is not None
    assert record.error.slug == "model-failed"
    assert words in record.error.detail
    assert record.progress.rows_collected > 50
    assert_nothing_left(place)


@on_sqlite
def test_a_full_disk_fails_the_dispatch(
    ready: Factory, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that can grow no more fails the dispatch as full, and keeps nothing of it."""
    pages = flights.read(place.engine, "PRAGMA page_count")[0][0]
    from app.sources.alchemy import AlchemyConnection

    prepare: Callable[..., None] = AlchemyConnection._prepare

    def bounded(self: AlchemyConnection, *, write: bool) -> None:
        prepare(self, write=write)
        self._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}")

    monkeypatch.setattr(AlchemyConnection, "_prepare", bounded)
    record = flights.dispatch(ready)
    assert record.error is not None
    assert record.error.slug == "source-unreachable"
    assert "disk is full" in record.error.detail
    assert_nothing_left(place)


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc", "postgresql-odbc"], indirect=True)
def test_a_source_that_is_down_is_named(ready: Factory, place: Place) -> None:
    """A refused connection fails the dispatch with the step in words, and without the password."""
    import re

    dead = re.sub(r"(127\.0\.0\.1:|Port=)\d+", r"\g<1>1", place.connection)
    ready.sources.add("dead", dead, "", actor="test", now=utc_now())
    flights.schedule(ready, deliver={"source": "dead"})
    record = flights.dispatch(ready)
    assert record.error is not None
    assert record.error.slug == "source-unreachable"
    assert record.error.facts["step"] == "refused", record.error.detail
    assert "p4ss" not in record.model_dump_json()
    assert_nothing_left(place)


@pytest.mark.parametrize(
    "place", ["mariadb", "mariadb-odbc", "postgresql", "postgresql-odbc"], indirect=True
)
def test_a_source_that_dies_in_the_middle_leaves_nothing(
    ready: Factory, place: Place, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    """Connections killed after the second staged batch fail the dispatch; the target is untouched."""
    from app.sources.deliver import Delivery

    write = Delivery.write

    def killed(self: Delivery, batch: int, *rest: Any) -> None:
        write(self, batch, *rest)
        if batch == 1:
            _kill_others(place)

    monkeypatch.setattr(Delivery, "write", killed)
    assert ready.schedules.get("score")
    record = flights.dispatch(small_batches(monkeypatch, state, rows=20))
    assert record.error is not None
    assert record.error.slug == "source-unreachable", record.error
    assert flights.read(place.engine, "SELECT COUNT(*) FROM predictions")[0][0] == 0


def _kill_others(place: Place) -> None:
    with place.engine.connect() as connection:
        if "postgresql" in place.way:
            connection.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"))  # fmt: skip
            return
        query = "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND db = database()"
        for (process,) in connection.execute(sa.text(query)).all():
            connection.execute(sa.text(f"KILL {process}"))


@on_sqlite
def test_publishing_twice_delivers_once(ready: Factory, place: Place) -> None:
    """A second call after the commit, as after a kill before the stage was dropped, adds nothing."""
    from app.sources.deliver import Delivery

    publish = Delivery.publish

    def twice(self: Delivery, at: Any) -> None:
        publish(self, at)
        publish(self, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Delivery, "publish", twice)
        record = flights.dispatch(ready)
    assert record.state is DispatchState.SUCCEEDED, record.error
    assert len(delivered(place)) == 634


@on_sqlite
def test_the_record_tells_all(ready: Factory, place: Place) -> None:
    """The record holds version, digest, process, rows, seconds and the events of each step."""
    record: Dispatch = flights.dispatch(ready)
    assert place.engine.dialect.name == "sqlite"
    assert (record.version, record.launcher, record.attempt) == (1, "command line", 1)
    assert record.digest == ready.models.version("flight-delay", 1).artifact.digest
    assert record.progress.rows_expected == 634
    assert record.started_at is not None
    assert record.finished_at is not None
    assert record.created_at <= record.started_at <= record.finished_at
    names = [event.name for event in ready.dispatches.events(record.id)]
    assert names == ["queued", "started", "model loaded", "succeeded"]
    assert len(ready.dispatches.rows(record.id, 3)) == 3


@on_sqlite
def test_connection_strings_are_encrypted_at_rest(
    ready: Factory, place: Place, state: Path
) -> None:
    """The file of Disparo's database does not contain a source's connection string."""
    with closing(sqlite3.connect(state / "disparo.sqlite")) as connection:
        stored = connection.execute("SELECT connection FROM sources").fetchone()[0]
    assert place.connection not in stored
    assert ready.sources.get("place").connection.get_secret_value() == place.connection
