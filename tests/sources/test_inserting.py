"""Many rows at once: what is delivered is what was predicted, to the last bit and character."""

import math
import random
import struct
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sources.connection import Connection
from app.sources.faults import DuplicateKeyError
from app.sources.literals import mysql_text, postgresql_text, statements
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
def test_a_key_that_is_there_undoes_all_rows(place: Place) -> None:
    """Of rows with a key that is taken none is inserted, however many lie before it."""
    target = table(place, n=sa.BigInteger())
    with connected(place, write=True) as connection:
        insert(connection, target, n=[1])
        more = pa.table({"id": [*range(1, 3000), 0], "n": [2] * 3000})
        with pytest.raises(DuplicateKeyError):
            connection.insert(target, more)
        connection.rollback()
    assert rows(place, "SELECT id, n FROM t") == [(0, 1)]


@everywhere
def test_what_is_rolled_back_was_never_there(place: Place) -> None:
    """Rows lie in the connection's transaction, also those that are its first statement."""
    target = table(place, n=sa.BigInteger())
    with connected(place, write=True) as connection:
        connection.insert(target, pa.table({"id": [1], "n": [2]}))
        connection.rollback()
    assert rows(place, "SELECT id FROM t") == []


@pytest.mark.parametrize("place", ["mariadb"], indirect=True)
@pytest.mark.parametrize("mode", ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"])
def test_no_rule_of_escaping_matters(place: Place, mode: str) -> None:
    """A text needs no rule of escaping, so that none of the session can change it."""
    with place.engine.connect() as connection:
        connection.exec_driver_sql(f"SET SESSION sql_mode = '{mode}'")
        for text in AWKWARD:
            written = f"SELECT {mysql_text(text)}"
            assert connection.exec_driver_sql(written).scalar_one() == text


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=40), st.integers(1, 300)
)
def test_statements_hold_all_rows_once(texts: list[str], most: int) -> None:
    """However short statements must be, each row is in one of them, in order."""
    table_of = pa.table({"id": list(range(len(texts))), "s": texts})
    made = list(statements("INSERT ", table_of, mysql_text, most))
    together = ",".join(one.removeprefix("INSERT ") for one in made)
    assert together == ",".join(f"({n},{mysql_text(text)})" for n, text in enumerate(texts))


def test_a_text_is_plain_or_hexadecimal() -> None:
    """Letters, digits and harmless signs are seen as they are; all else is hexadecimal."""
    assert mysql_text("on_time 1.5") == "'on_time 1.5'"
    assert mysql_text("it's") == "_utf8mb4 X'69742773'"
    assert postgresql_text("é") == "convert_from('\\xc3a9', 'UTF8')"
