"""Deliver: the target table, and what can go wrong with it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from app.errors import ConfigurationError, DataRefusedError, SourceError
from app.sources import Connection
from app.sources.deliver import preview
from app.values.schedule import Deliver, Mode
from app.values.signature import FieldType, Outputs, Task
from tests.conftest import Place
from tests.disk import small_disk
from tests.sources.helpers import (
    ALL,
    AT,
    connected,
    deliver,
    delivery,
    everywhere,
    left_over,
    on_each_system,
    predictions,
    rows,
    tables,
)

OTHER_OUTPUTS: list[tuple[Outputs, dict[str, pa.Array]]] = [
    (Outputs(task=Task.REGRESSION), {"value": pa.array([5e-324, 1e308])}),
    (Outputs(task=Task.REGRESSION, values=2), {"value_0": pa.array([0.1, 1.0]), "value_1": pa.array([-0.5, 0.0])}),
    (Outputs(task=Task.LABELLING, label_type=FieldType.INTEGER), {"label": pa.array([-1, 2**40])}),
    (Outputs(task=Task.LABELLING, label_type=FieldType.BOOLEAN), {"label": pa.array([True, False])}),
    (Outputs(task=Task.CLASSIFICATION, classes=("it's \"ok\" é 😀",)), {"label": pa.array(["it's \"ok\" é 😀"] * 2)}),
    (Outputs(task=Task.CLASSIFICATION, classes=('a "b" é',), probabilities=True), {"label": pa.array(["x", "y"]), 'probability_a "b" é': pa.array([0.5, 1.0])}),
]  # fmt: skip


@everywhere
@pytest.mark.parametrize(("outputs", "columns"), OTHER_OUTPUTS)
def test_every_kind_of_output_is_delivered(
    place: Place, outputs: Outputs, columns: dict[str, pa.Array]
) -> None:
    """Numbers, labels of each type, and odd class names arrive as they are."""
    batch = pa.table({"id": pa.array([1, 2]), **columns})
    with connected(place, write=True) as connection:
        deliver(connection, [batch], outputs=outputs)
    quote = place.engine.dialect.identifier_preparer.quote_identifier
    names = ", ".join(quote(name) for name in batch.column_names)
    found = rows(place, f"SELECT {names} FROM predictions ORDER BY id")  # noqa: S608 - quoted
    assert found == [tuple(row.values()) for row in batch.to_pylist()]


@everywhere
def test_another_schema_is_refused_with_all_differences(place: Place) -> None:
    """A target that lacks columns or has other types is named with each, and left alone."""
    with place.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE predictions (id INTEGER, label INTEGER)"))
    with connected(place, write=True) as target:
        one = delivery(target)
        with pytest.raises(DataRefusedError, match="lacks 'probability_late'") as caught:
            one.begin(pa.int64())
        one.abandon()
    assert "'label' of kind number instead of text" in caught.value.detail
    assert tables(place) == {"predictions"}


@on_each_system
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"table": "t" * 64}, "1 to 63 bytes"),
        ({"table": "a."}, "1 to 63 bytes"),
        ({"key": "a\0b"}, "no NUL"),
        ({"key": "é" * 32}, "63 bytes"),
        ({"key": "Slot"}, "two columns 'slot'"),
        ({"key": "label"}, "two columns 'label'"),
    ],
)
def test_names_that_cannot_be_are_refused(
    place: Place, changed: dict[str, Any], words: str
) -> None:
    """Too long and equal names are refused before anything is written."""
    with (
        connected(place, write=True) as connection,
        pytest.raises(ConfigurationError, match=words),
    ):
        delivery(connection, **changed)


@everywhere
def test_an_odd_table_name_is_quoted(place: Place) -> None:
    """A table and a key named with quotes, spaces and colons are just names."""
    name, key = 'it\'s "p" `x`:é', 'k "é": 1'
    with connected(place, write=True) as connection:
        for run in "ab":
            batch = predictions([1]).rename_columns([key, *predictions([1]).column_names[1:]])
            deliver(connection, [batch], run=run, table=name, key=key, mode=Mode.UPSERT)
        assert preview(connection, Deliver(source="place", table=name), 1, 9)[0][key] == 1


@pytest.mark.parametrize("place", ["postgresql", "postgresql-odbc"], indirect=True)
def test_a_table_may_be_in_a_schema(place: Place) -> None:
    """`schema.table` is created, filled and looked at there."""
    with place.engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA ml"))
    with connected(place, write=True) as connection:
        for run in "ab":
            deliver(connection, [predictions([1])], run=run, table="ml.predictions")
    assert len(rows(place, "SELECT * FROM ml.predictions")) == 1


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
def test_a_lax_server_cuts_no_label(place: Place) -> None:
    """A server whose sql_mode cuts silently is made strict: too long a label is an error."""
    with connected(place, write=True) as connection:
        deliver(connection, [predictions([1])], run="a")
    with place.engine.begin() as change:
        change.execute(sa.text("DELETE FROM predictions"))
        change.execute(sa.text("ALTER TABLE predictions MODIFY label VARCHAR(3)"))
        mode = change.execute(sa.text("SELECT @@GLOBAL.sql_mode")).scalar_one()
        change.execute(sa.text("SET GLOBAL sql_mode = ''"))
    try:
        with connected(place, write=True) as connection, pytest.raises(SourceError):
            deliver(connection, [predictions([1])], run="b")
    finally:
        with place.engine.begin() as change:
            change.execute(sa.text("SET GLOBAL sql_mode = :mode"), {"mode": mode})
    assert rows(place, ALL) == []


def _kill(place: Place, connection: Connection) -> None:
    with place.engine.connect() as killer:
        if "postgresql" in place.way:
            killer.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"))  # fmt: skip
            return
        own = connection.fetch(sa.select(sa.literal_column("connection_id()").label("id")))
        killer.execute(sa.text(f"KILL {own[0]['id']}"))


@pytest.mark.parametrize(
    "place", ["mariadb", "mariadb-odbc", "postgresql", "postgresql-odbc"], indirect=True
)
def test_a_lost_connection_leaves_the_target_alone(place: Place) -> None:
    """Killed before the publication: an error that says so, the old rows, and a way to resume."""
    batches = [predictions([1, 2]), predictions([3])]
    with connected(place, write=True) as connection:
        one = delivery(connection)
        one.begin(pa.int64())
        one.write(0, batches[0], AT)
        _kill(place, connection)
        with pytest.raises(SourceError) as caught:
            one.publish(AT)
        assert caught.value.facts["step"] == "refused", caught.value.detail
    assert rows(place, ALL) == []
    with connected(place, write=True) as connection:
        deliver(connection, batches)
    assert [row[0] for row in rows(place, ALL)] == [1, 2, 3]


@pytest.mark.parametrize("place", ["sqlite", "sqlite-odbc"], indirect=True)
@pytest.mark.parametrize("spare", [4, 40, 75])
def test_a_full_disk_leaves_nothing(place: Place, spare: int, tmp_path: Path) -> None:
    """A file that can grow no more, while staging or publishing, is told of and undone."""
    assert tmp_path.exists()
    with connected(place, write=True) as connection:
        deliver(connection, [predictions([1])], run="a")
        pages = rows(place, "PRAGMA page_count")[0][0]
        inner: Any = connection
        limit = f"PRAGMA max_page_count = {pages + spare}"
        if "odbc" in place.way:
            inner._handle.raw.execute(limit)
        else:
            inner._connection.exec_driver_sql(limit)
        one = delivery(connection, run="b")
        with pytest.raises(SourceError, match="disk is full"):
            deliver_all(one)
        one.abandon()
    assert [row[0] for row in rows(place, ALL)] == [1]
    assert left_over(place) == set()


def test_a_full_file_system_is_told_of(tmp_path: Path) -> None:
    """SQLite cannot even make its log there, and does not say why: it is no fault of a query."""
    with small_disk(tmp_path / "disk", 1) as disk:
        if disk is None:
            pytest.skip("this process may not mount a file system")
        file = disk.place / "place.sqlite"
        with closing(sqlite3.connect(file)) as own:
            own.execute("PRAGMA journal_mode=WAL")
        engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)
        place = Place(way="sqlite", connection=f"sqlite:///{file}", engine=engine)
        disk.fill()
        with (
            pytest.raises(SourceError, match="free some room"),
            connected(place, write=True) as connection,
        ):
            deliver(connection, [predictions([1])], run="a")


def deliver_all(one: Any) -> None:
    """Deliver enough rows to fill a small disk."""
    one.begin(pa.int64())
    for number in range(4):
        one.write(number, predictions(range(number * 1000, number * 1000 + 1000)), AT)
    one.publish(AT)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_one_file_is_read_while_it_is_written(place: Place) -> None:
    """Collect and deliver of one SQLite file do not wait for each other."""
    from app.sources.connection import Query

    with connected(place, write=True) as target, connected(place, batch_rows=2) as source:
        deliver(target, [predictions(range(10))], run="a")
        query = Query(text="SELECT * FROM predictions", parameters={}, key="id")
        batches = source.read(query).batches
        next(batches)
        deliver(target, [predictions(range(5))], run="b")
        assert sum(batch.num_rows for batch in batches) == 8
