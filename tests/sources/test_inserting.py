"""Many rows at once: what is delivered is what was predicted, to the last bit and character."""

import math
import random
import struct
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql

from app.errors import SourceError
from app.sources import Limits, connect
from app.sources.connection import Connection
from app.sources.faults import DuplicateKeyError
from app.sources.literals import postgresql_text, statements
from tests.conftest import Place
from tests.sources.helpers import DOUBLE, LONG_TEXT, TIME, connected, everywhere, rows

AWKWARD = [
    "late", "", "NULL", "\\N", "\\.", 'a"b', "it's", "100%", "%s", "?", "{fn now()}", ":name", "a,b",
    "line\nbreak", "tab\t", "\\", "\\'", "'; DROP TABLE t; --", "é😀漢", "-- x", "\r\n", " padded ",
]  # fmt: skip
"""Labels that one or the other way of writing rows could mistake for something else."""


def doubles(count: int) -> list[float]:
    """Return doubles of any magnitude, by their bits."""
    bits = random.Random(8)  # noqa: S311 - no secret
    found = (struct.unpack("<d", bits.randbytes(8))[0] for _ in range(2 * count))
    edges = [
        0.0,
        1.0,
        0.1 + 0.2,
        1e-7,
        5e-324,
        2.2250738585072014e-308,
        1.7976931348623157e308,
        1e20,
    ]
    return [*edges, *(one for one in found if math.isfinite(one))][:count]


def table(place: Place, **columns: Any) -> sa.Table:
    """Make a table `t` with a key `id`."""
    made = sa.Table(
        "t",
        sa.MetaData(),
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        *(sa.Column(name, kind) for name, kind in columns.items()),
    )
    made.create(place.engine)
    return made


def insert(connection: Connection, target: sa.Table, **columns: Any) -> None:
    """Insert rows whose keys count from 0, and commit."""
    size = len(next(iter(columns.values())))
    connection.insert(target, pa.table({"id": pa.array(range(size), pa.int64()), **columns}))
    connection.commit()


@everywhere
def test_every_double_arrives_by_its_bits(place: Place) -> None:
    """The smallest, the largest and any double between are read as they were delivered."""
    values = doubles(2000)
    target = table(place, f=DOUBLE)
    with connected(place, write=True) as connection:
        insert(connection, target, f=values)
    assert [row[0] for row in rows(place, "SELECT f FROM t ORDER BY id")] == values


@everywhere
def test_every_label_arrives_by_its_characters(place: Place) -> None:
    """Nothing in a label is taken for a quote, a marker, a NULL or a separator; a NULL is one."""
    target = table(place, s=LONG_TEXT)
    with connected(place, write=True) as connection:
        insert(connection, target, s=[*AWKWARD, None])
    assert [row[0] for row in rows(place, "SELECT s FROM t ORDER BY id")] == [*AWKWARD, None]


@everywhere
def test_whole_numbers_decimals_and_times_arrive(place: Place) -> None:
    """Both ends of 64 bits, digits of decimals and microseconds are kept."""
    whole = [2**63 - 1, -(2**63), 0]
    decimals = [Decimal("0.0000000001"), Decimal("-12345678901234567890.1"), Decimal(0)]
    times = [datetime(2013, 11, 28, 1, 2, 3, 4), datetime(1969, 1, 1), datetime(9999, 12, 31)]  # noqa: DTZ001
    exact = sa.Numeric(38, 10).with_variant(sa.String(60), "sqlite")
    target = table(place, i=sa.BigInteger(), d=exact, at=TIME)
    typed = pa.array(decimals, pa.decimal128(38, 10))
    with connected(place, write=True) as connection:
        insert(connection, target, i=whole, d=typed, at=pa.array(times, pa.timestamp("us")))
    with place.engine.connect() as connection:
        found = connection.execute(sa.select(target).order_by(target.c.id)).all()
    assert [row.i for row in found] == whole
    assert [Decimal(row.d) for row in found] == decimals
    assert [row.at for row in found] == times


@everywhere
@pytest.mark.parametrize("at", [0, 1500, 2999])
def test_a_key_that_is_there_undoes_all_rows(place: Place, at: int) -> None:
    """Of rows with a key that is taken none is inserted, however many lie before and behind it.

    The connection goes on: no answer to what was sent behind that row is taken for another's.
    """
    target = table(place, n=sa.BigInteger())
    keys = [*range(1, 3000)]
    keys.insert(at, 0)
    with connected(place, write=True) as connection:
        insert(connection, target, n=[1])
        with pytest.raises(DuplicateKeyError):
            connection.insert(target, pa.table({"id": keys, "n": [2] * 3000}))
        connection.rollback()
        assert connection.fetch(sa.select(target.c.id)) == [{"id": 0}]
    assert rows(place, "SELECT id, n FROM t") == [(0, 1)]


@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
def test_a_connection_that_ends_among_the_rows_is_told_of(place: Place) -> None:
    """With more sent than is answered, the failure is the connection's end, and nothing is kept."""
    target = table(place, n=sa.BigInteger())
    ends = "IF NEW.id = 1500 THEN KILL CONNECTION_ID(); END IF"
    with place.engine.begin() as change:
        change.execute(sa.text(f"CREATE TRIGGER ends BEFORE INSERT ON t FOR EACH ROW {ends}"))
    connection = connect("place", place.connection, Limits(), write=True)
    with pytest.raises(SourceError) as caught:
        insert(connection, target, n=[2] * 9000)
    with suppress(SourceError):  # there is nothing left to close
        connection.close()
    assert caught.value.facts["step"] == "refused", caught.value.detail
    assert rows(place, "SELECT id FROM t") == []


@everywhere
def test_what_is_rolled_back_was_never_there(place: Place) -> None:
    """Rows lie in the connection's transaction, also those that are its first statement."""
    target = table(place, n=sa.BigInteger())
    with connected(place, write=True) as connection:
        connection.insert(target, pa.table({"id": [1], "n": [2]}))
        connection.rollback()
    assert rows(place, "SELECT id FROM t") == []


@everywhere
def test_rows_may_lie_in_any_pieces(place: Place) -> None:
    """Columns that are divided otherwise than the others, or begin with nothing, arrive whole."""
    target = table(place, s=LONG_TEXT)
    keys = pa.chunked_array([[], [0, 1], [2]], pa.int64())
    texts = pa.chunked_array([["a"], [], ["b", "c"]], pa.string())
    with connected(place, write=True) as connection:
        connection.insert(target, pa.table({"id": keys, "s": texts}))
        connection.commit()
    assert rows(place, "SELECT id, s FROM t ORDER BY id") == [(0, "a"), (1, "b"), (2, "c")]


@everywhere
def test_a_null_stays_where_it_was(place: Place) -> None:
    """Whatever the column's type, and however many rows lie before it."""
    chosen = random.Random(8)  # noqa: S311 - no secret
    columns: dict[str, pa.Array] = {
        name: pa.array([chosen.choice((None, value)) for _ in range(2501)], kind)
        for name, value, kind in (
            ("i", 7, pa.int64()),
            ("f", 0.5, pa.float64()),
            ("s", "late", pa.string()),
            ("at", datetime(2013, 11, 28), pa.timestamp("us")),  # noqa: DTZ001
        )
    }
    target = table(place, i=sa.BigInteger(), f=DOUBLE, s=sa.String(10), at=TIME)
    with connected(place, write=True) as connection:
        insert(connection, target, **columns)
    with place.engine.connect() as connection:
        found = connection.execute(sa.select(target).order_by(target.c.id)).all()
    for name, column in columns.items():
        assert [getattr(row, name) for row in found] == column.to_pylist()


@everywhere
def test_a_text_may_have_any_length(place: Place) -> None:
    """Those too at which a protocol begins to write lengths in another way."""
    texts = ["é" * (size // 2) + "x" * (size % 2) for size in (250, 251, 65_535, 65_536, 200_001)]
    target = table(place, s=LONG_TEXT)
    with connected(place, write=True) as connection:
        insert(connection, target, s=texts)
    assert [row[0] for row in rows(place, "SELECT s FROM t ORDER BY id")] == texts


@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
@pytest.mark.parametrize(
    "session",
    [
        "sql_mode = 'NO_BACKSLASH_ESCAPES'",
        "sql_mode = 'ANSI_QUOTES'",
        "NAMES latin1",
        "NAMES utf8mb4 COLLATE utf8mb4_general_ci",
    ],
)
def test_nothing_that_a_session_sets_changes_a_text(place: Place, session: str) -> None:
    """Neither rules of escaping nor character sets."""
    target = table(place, s=sa.Text().with_variant(mysql.TEXT(charset="utf8mb4"), "mysql"))
    with connected(place, write=True) as connection:
        connection.execute(
            sa.DDL(  # type: ignore[no-untyped-call]
                f"SET SESSION {session}".replace("SESSION NAMES", "NAMES")
            )
        )
        insert(connection, target, s=AWKWARD)
    assert [row[0] for row in rows(place, "SELECT s FROM t ORDER BY id")] == AWKWARD


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=40), st.integers(1, 300)
)
def test_statements_hold_all_rows_once(texts: list[str], most: int) -> None:
    """However short statements must be, each row is in one of them, in order."""
    table_of = pa.table({"id": list(range(len(texts))), "s": texts})
    made = list(statements("INSERT ", table_of, postgresql_text, most))
    together = ",".join(one.removeprefix("INSERT ") for one in made)
    assert together == ",".join(f"({n},{postgresql_text(text)})" for n, text in enumerate(texts))


def test_a_text_is_plain_or_hexadecimal() -> None:
    """Letters, digits and harmless signs are seen as they are; all else is hexadecimal."""
    assert postgresql_text("on_time 1.5") == "'on_time 1.5'"
    assert postgresql_text("é") == "convert_from('\\xc3a9', 'UTF8')"
