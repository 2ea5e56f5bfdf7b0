"""Collect: what does not fit the model, or would arrive changed, is refused by name."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from app.errors import DataRefusedError, SourceError
from app.sources.collect import require_columns
from app.values.signature import FieldType
from tests.conftest import Place
from tests.sources.helpers import (
    DOUBLE,
    LONG_TEXT,
    collected,
    connected,
    everywhere,
    fill,
    signature,
)

NUMBER, INTEGER, TEXT = FieldType.NUMBER, FieldType.INTEGER, FieldType.TEXT
BOOLEAN, TIMESTAMP = FieldType.BOOLEAN, FieldType.TIMESTAMP
on_servers_odbc = pytest.mark.parametrize(
    "place", ["mariadb-odbc", "postgresql-odbc"], indirect=True
)


REFUSED: list[tuple[str, Any, Any, FieldType, str]] = [
    ("text in a number", sa.String(9), "12", NUMBER, "'12'"),
    ("number in a text", sa.BigInteger(), 5, TEXT, "5"),
    ("a fraction in an integer", DOUBLE, 1.5, INTEGER, "1.5"),
    ("an integer that no float holds", sa.BigInteger(), 2**53 + 1, NUMBER, str(2**53 + 1)),
    ("two in a boolean", sa.BigInteger(), 2, BOOLEAN, "2"),
    ("NULL", DOUBLE, None, NUMBER, "NULL"),
]


@everywhere
@pytest.mark.parametrize(
    ("kind", "value", "wanted", "words"), [one[1:] for one in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_what_does_not_fit_is_refused_by_name(
    place: Place, kind: Any, value: Any, wanted: FieldType, words: str
) -> None:
    """Column, key and value of what the model cannot take are told."""
    good: Any = {sa.String: "x", sa.BigInteger: 1, sa.Double: 1.0}[type(kind)]
    if wanted is TEXT or isinstance(kind, sa.String):
        good = value
    fill(place, {"x": kind}, [(41, good), (42, value)])
    with pytest.raises(DataRefusedError, match="'x'") as caught:
        collected(place, signature(x=wanted, nullable=False))
    assert words in caught.value.detail
    assert caught.value.facts["column"] == "x"
    assert caught.value.facts["key"] in {"41", "42"}


@pytest.mark.parametrize("place", ["postgresql", "postgresql-odbc"], indirect=True)
def test_a_nan_is_a_missing_value(place: Place) -> None:
    """NaN is refused where a NULL would be, and let through where it would not."""
    fill(place, {"x": DOUBLE}, [(1, float("nan"))])
    assert collected(place, signature(x=NUMBER)).num_rows == 1
    with pytest.raises(DataRefusedError, match="NaN"):
        collected(place, signature(x=NUMBER, nullable=False))


@everywhere
@pytest.mark.parametrize("keys", [(1, None, 2), (1, 1, 2), (None, None)])
def test_a_key_is_there_and_once(place: Place, keys: tuple[int | None, ...]) -> None:
    """A NULL key, and a key that comes twice in a batch, are refused."""
    fill(place, {"x": DOUBLE}, [(key, 0.5) for key in keys])
    with pytest.raises(DataRefusedError, match=r"NULL|twice") as caught:
        collected(place, signature(x=NUMBER))
    assert caught.value.facts["column"] == "id"


@pytest.mark.parametrize("place", ["mariadb-odbc"], indirect=True)
@pytest.mark.parametrize("keys", [["aa", "AA", "b"], ["a", "a ", "b"], ["a", "b", "b", "b"]])
def test_a_page_border_loses_no_row(place: Place, keys: list[str]) -> None:
    """Keys that are equal by the collation or come twice over a border are refused, not lost."""
    fill(place, {"k": sa.String(9), "x": DOUBLE}, [(n, k, 0.5) for n, k in enumerate(keys)])
    with pytest.raises(DataRefusedError, match="collation"):
        collected(place, signature(x=NUMBER), key="k", batch_rows=1)


@pytest.mark.parametrize("place", ["mariadb-odbc"], indirect=True)
def test_pages_are_of_one_snapshot(place: Place) -> None:
    """Rows that another connection adds and takes between two pages are not seen."""
    from app.sources.connection import Query

    fill(place, {"x": DOUBLE}, [(n, 0.5) for n in range(6)])
    with connected(place, batch_rows=2) as connection:
        batches = connection.read(Query(text="SELECT * FROM t", parameters={}, key="id")).batches
        first = next(batches)
        with place.engine.begin() as other:
            other.execute(sa.text("DELETE FROM t WHERE id = 4"))
            other.execute(sa.text("INSERT INTO t VALUES (9, 0.5)"))
        rest = [key for batch in batches for key in batch.column("id").to_pylist()]
    assert first.column("id").to_pylist() + rest == list(range(6))


@on_servers_odbc
@pytest.mark.parametrize("character", ["x", "é", "😀"])
@pytest.mark.parametrize("place_of_long", [0, 2])
def test_a_text_is_never_cut(place: Place, character: str, place_of_long: int) -> None:
    """100,000 characters over a limit of 4096 bytes are refused with column and key."""
    texts = ["a", "b", "c"]
    texts[place_of_long] = character * 100_000
    fill(place, {"s": LONG_TEXT}, list(enumerate(texts)))
    with pytest.raises(DataRefusedError, match="'s'") as caught:
        collected(place, signature(s=TEXT))
    assert caught.value.facts == {"column": "s", "key": str(place_of_long)}


@everywhere
def test_a_long_text_within_the_limit_is_whole(place: Place) -> None:
    """100,000 characters arrive whole where the limit lets them."""
    fill(place, {"s": LONG_TEXT}, [(1, "a"), (2, "é" * 100_000)])
    table = collected(place, signature(s=TEXT), max_text=200_000)
    assert table.column("s").to_pylist() == ["a", "é" * 100_000]


@everywhere
def test_a_text_of_just_the_limit_is_whole(place: Place) -> None:
    """A text of exactly sources.max_text bytes is no long text."""
    fill(place, {"s": LONG_TEXT}, [(1, "a"), (2, "x" * 4096)])
    assert collected(place, signature(s=TEXT)).column("s").to_pylist() == ["a", "x" * 4096]


@pytest.mark.parametrize(
    "place", ["sqlite", "sqlite-odbc", "mariadb", "mariadb-odbc"], indirect=True
)
def test_a_nul_in_a_text_arrives_and_in_a_key_is_refused(place: Place) -> None:
    """A text goes on behind a NUL; PostgreSQL keeps none."""
    fill(place, {"s": sa.String(20)}, [(1, "a\0tail")])
    assert collected(place, signature(s=TEXT)).column("s").to_pylist() == ["a\0tail"]
    with pytest.raises(DataRefusedError, match="NUL"):
        collected(place, signature(), key="s")


@everywhere
def test_a_long_key_is_refused(place: Place) -> None:
    """A key of 256 characters is over what an index holds everywhere."""
    fill(place, {"s": LONG_TEXT}, [(1, "k" * 256)])
    with pytest.raises(DataRefusedError, match="256 characters"):
        collected(place, signature(), key="s")


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
def test_a_number_over_63_bits_is_refused(place: Place) -> None:
    """BIGINT UNSIGNED beyond the sign is refused; the ODBC driver would make it negative."""
    from sqlalchemy.dialects import mysql

    fill(place, {"u": mysql.BIGINT(unsigned=True)}, [(1, 5), (2, 2**64 - 1)])
    with pytest.raises(DataRefusedError, match="'u'"):
        collected(place, signature(u=INTEGER))


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
def test_bits_do_not_end_the_process(place: Place) -> None:
    """A BIT(8) column, over which arrow-odbc aborts, is dropped when no one asks for it."""
    from sqlalchemy.dialects import mysql

    fill(place, {"b": mysql.BIT(8), "x": DOUBLE}, [(1, b"\x05", 0.5)])
    assert collected(place, signature(x=NUMBER)).to_pylist() == [{"id": 1, "x": 0.5}]
    with pytest.raises(DataRefusedError, match="'b'"):
        collected(place, signature(b=INTEGER))


@pytest.mark.parametrize("place", ["postgresql", "postgresql-odbc"], indirect=True)
def test_times_with_a_zone_are_utc(place: Place) -> None:
    """A time stamp with a zone arrives as UTC whatever the server's own zone."""
    with place.engine.begin() as connection:
        name = connection.execute(sa.text("SELECT current_database()")).scalar_one()
        connection.execute(sa.text(f"ALTER DATABASE {name} SET timezone = 'America/Sao_Paulo'"))
        connection.execute(sa.text("CREATE TABLE t (id int, at timestamptz)"))
        connection.execute(sa.text("INSERT INTO t VALUES (1, '2013-11-28 12:00:00+00')"))
    found = collected(place, signature(at=TIMESTAMP)).column("at").to_pylist()
    assert found == [datetime(2013, 11, 28, 12)]  # noqa: DTZ001


@everywhere
def test_a_limit_ends_the_reading(place: Place) -> None:
    """No more rows than the limit are given, over batch borders too, and the rest is left."""
    fill(place, {"x": DOUBLE}, [(n, 0.5) for n in range(50)])
    assert collected(place, signature(x=NUMBER), limit=7, batch_rows=5).num_rows == 7


@everywhere
def test_batches_are_bounded(place: Place) -> None:
    """No batch holds more rows than asked for, and the last part is not lost."""
    from app.sources.connection import Query

    fill(place, {"x": DOUBLE}, [(n, 0.5) for n in range(25)])
    query = Query(text="SELECT * FROM t", parameters={}, key="id")
    with connected(place, batch_rows=10) as connection:
        assert connection.count(query) == 25
        connection.rollback()
        assert [b.num_rows for b in connection.read(query).batches] == [10, 10, 5]


@everywhere
def test_a_missing_table_is_named(place: Place) -> None:
    """A table that is gone is an error of the query's step that names it."""
    with pytest.raises(SourceError, match="nowhere") as caught:
        collected(place, signature(), "SELECT * FROM nowhere")
    assert caught.value.facts["step"] == "query"


@pytest.mark.parametrize("place", ["sqlite", "sqlite-odbc"], indirect=True)
def test_mixed_types_are_refused(place: Place) -> None:
    """SQLite lets a column hold a number and a text; a model cannot."""
    with place.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (id, x)"))
        connection.execute(sa.text("INSERT INTO t VALUES (1, 0.5), (2, 'a')"))
    with pytest.raises(DataRefusedError, match="several types"):
        collected(place, signature(x=NUMBER))


@pytest.mark.parametrize("place", ["sqlite", "sqlite-odbc"], indirect=True)
def test_whole_floats_are_integers(place: Place) -> None:
    """A whole number in a column of floats is an integer; nothing is lost."""
    fill(place, {"x": DOUBLE}, [(1, 3.0)])
    table = collected(place, signature(x=INTEGER))
    assert table.column("x").type == pa.int64()
    assert table.column("x").to_pylist() == [3]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (["id", "a"], "the query lacks the input column 'b'; it gives 'id', 'a'"),
        (["id"], "the query lacks the input columns 'a', 'b'; it gives 'id'"),
        (["a", "b"], "the query lacks the key column 'id'; it gives 'a', 'b'"),
        (["b"], "the query lacks the key and input columns 'id', 'a'; it gives 'b'"),
    ],
)
def test_what_a_query_lacks_is_named(found: list[str], words: str) -> None:
    """Each column, and what it is for."""
    with pytest.raises(DataRefusedError) as caught:
        require_columns(found, "id", signature(a=NUMBER, b=NUMBER))
    assert caught.value.detail == words
