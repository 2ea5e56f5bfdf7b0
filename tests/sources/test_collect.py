"""Collect: what a query gives arrives exactly, or is refused with its column, key and value."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.errors import ConfigurationError, DataRefusedError
from app.values.signature import FieldType
from tests.conftest import Place
from tests.sources.helpers import (
    DOUBLE,
    LONG_TEXT,
    TIME,
    collected,
    everywhere,
    fill,
    signature,
)

NUMBER, INTEGER, TEXT = FieldType.NUMBER, FieldType.INTEGER, FieldType.TEXT
BOOLEAN, TIMESTAMP = FieldType.BOOLEAN, FieldType.TIMESTAMP


@everywhere
def test_numbers_arrive_to_the_last_bit(place: Place) -> None:
    """Floats at their extremes, integers at both ends and NULLs arrive as they were stored."""
    floats = [0.1 + 0.2, 5e-324, 1e308, -1.7976931348623157e308, 2.5, None]
    integers = [2**63 - 1, -(2**63), 0, 2**53 + 1, -1, None]
    found = [(n, *pair) for n, pair in enumerate(zip(floats, integers, strict=True))]
    fill(place, {"f": DOUBLE, "i": sa.BigInteger()}, found)
    table = collected(place, signature(f=NUMBER, i=INTEGER))
    assert table.column("f").to_pylist() == floats
    assert table.column("i").to_pylist() == integers
    assert [str(kind) for kind in table.schema.types] == ["int64", "double", "int64"]


@everywhere
def test_texts_arrive_whole(place: Place) -> None:
    """Emoji, accents, quotes, backslashes and the empty text arrive as they were stored."""
    texts = ["a😀é", 'it\'s "q" `b` \\n', "", None, "ção 漢字"]
    fill(place, {"s": LONG_TEXT}, list(enumerate(texts)))
    assert collected(place, signature(s=TEXT)).column("s").to_pylist() == texts


@everywhere
def test_times_and_truths_arrive_exactly(place: Place) -> None:
    """Microseconds and booleans survive the way."""
    moments = [datetime(2013, 11, 28, 1, 2, 3, 123456), datetime(1969, 12, 31, 23, 59, 59), None]  # noqa: DTZ001
    truths = [True, False, None]
    fill(place, {"at": TIME, "b": sa.Boolean()}, list(zip(range(3), moments, truths, strict=True)))
    table = collected(place, signature(at=TIMESTAMP, b=BOOLEAN))
    assert table.column("at").to_pylist() == moments
    assert table.column("b").to_pylist() == truths


@everywhere
def test_a_decimal_becomes_the_nearest_float(place: Place) -> None:
    """A decimal that is an input becomes the very float that its digits spell."""
    digits = ["12345.67891", "0.30000", "-999999.99999", "8.10000"]
    fill(place, {"d": sa.Numeric(20, 5)}, [(n, Decimal(one)) for n, one in enumerate(digits)])
    found = collected(place, signature(d=NUMBER)).column("d").to_pylist()
    assert found == [float(one) for one in digits]


@pytest.mark.parametrize("place", ["postgresql", "postgresql-odbc"], indirect=True)
def test_a_numeric_without_precision_keeps_its_digits(place: Place) -> None:
    """PostgreSQL's unbounded numeric is not cut to six digits, as its ODBC driver would."""
    fill(place, {"d": sa.Numeric()}, [(1, Decimal("1.123456789012"))])
    assert collected(place, signature(d=NUMBER)).column("d").to_pylist() == [1.123456789012]


KEYS: list[tuple[str, Any, list[Any]]] = [
    ("integer", sa.BigInteger(), [-5, 0, 2**63 - 1]),
    ("text", sa.String(255), ["A", "b 😀", "é" * 255]),
    ("date", sa.Date(), [date(2013, 1, 1), date(2013, 12, 31)]),
    ("time", TIME, [datetime(2013, 1, 1, 0, 0, 0, 1), datetime(2013, 1, 1, 0, 0, 0, 2)]),  # noqa: DTZ001
    ("decimal", sa.Numeric(30, 12), [Decimal("1.000000000001"), Decimal("1.000000000002")]),
]


@everywhere
@pytest.mark.parametrize(("kind", "keys"), [one[1:] for one in KEYS], ids=[one[0] for one in KEYS])
def test_every_kind_of_key_pages_exactly(place: Place, kind: Any, keys: list[Any]) -> None:
    """Batches of one row, which page by key on MariaDB, give each key once and exactly."""
    if place.way.startswith("sqlite") and isinstance(kind, sa.Numeric):
        kind, keys = sa.String(40), [str(key) for key in keys]  # it stores no decimals
    fill(place, {"k": kind, "x": DOUBLE}, [(n, key, 0.5) for n, key in enumerate(keys)])
    found = collected(place, signature(x=NUMBER), key="k", batch_rows=1).column("k").to_pylist()
    as_stored = [str(key) for key in keys]
    assert [str(key) for key in found] == as_stored


@everywhere
def test_odd_column_names_arrive(place: Place) -> None:
    """Columns named with quotes, spaces, a colon and letters beyond ASCII are found."""
    names = {"a b": DOUBLE, 'it\'s "q"': DOUBLE, "é:x": DOUBLE, "k `k": sa.BigInteger()}
    fill(place, names, [(1, 0.5, 1.5, 2.5, 7)])
    inputs: dict[str, Any] = dict.fromkeys(list(names)[:3], NUMBER)
    table = collected(place, signature(**inputs), key="k `k", batch_rows=1)
    assert table.to_pylist() == [{"k `k": 7, "a b": 0.5, 'it\'s "q"': 1.5, "é:x": 2.5}]


@everywhere
def test_parameters_compare_by_their_type(place: Place) -> None:
    """Integers, floats, times, texts and NULL compare as what they are, not as text."""
    moment = datetime(2013, 11, 28, 1, 2, 3)  # noqa: DTZ001
    fill(
        place,
        {"f": DOUBLE, "at": TIME, "s": sa.String(20)},
        [(9, 9.5, datetime(2013, 11, 28), "9"), (10, 10.5, moment, "a 😀'")],  # noqa: DTZ001
    )
    cases: list[tuple[str, Any, list[int]]] = [
        ("id > :p", 9, [10]),
        ("id + 0 > :p", 9, [10]),
        ("f > :p", 9.75, [10]),
        ("f * 1 > :p", 9.75, [10]),
        ("f = :p", 9.5, [9]),
        ("at >= :p", moment, [10]),
        ("at < :p", moment, [9]),
        ("s = :p", "a 😀'", [10]),
        ("at >= :p", date(2013, 11, 28), [9, 10]),
        ("COALESCE(at > :p, id = 9)", None, [9]),
    ]
    for where, value, expected in cases:
        text = f"SELECT * FROM t WHERE {where}"  # noqa: S608 - the cases above
        table = collected(place, signature(f=NUMBER), text, parameters={"p": value})
        assert table.column("id").to_pylist() == expected, (where, value)


@everywhere
def test_a_parameter_may_come_twice_or_never(place: Place) -> None:
    r"""A name used twice is bound twice, an unused one is left out, and `\:` names none."""
    fill(place, {"x": DOUBLE}, [(1, 0.5), (2, 1.5)])
    text = "SELECT * FROM t WHERE id = :p AND id + 1 = :p + 1 AND 'a\\:b' = 'a\\:b'"
    table = collected(place, signature(x=NUMBER), text, parameters={"p": 2, "unused": "é"})
    assert table.column("id").to_pylist() == [2]


@everywhere
def test_an_unknown_parameter_is_refused_with_the_known_ones(place: Place) -> None:
    """A name that no parameter has is an error that lists those there are."""
    fill(place, {"x": DOUBLE}, [])
    with pytest.raises(ConfigurationError, match=r":day.*:slot"):
        collected(place, signature(x=NUMBER), "SELECT :day AS id", parameters={"slot": 1})


@everywhere
def test_missing_columns_are_named_with_near_ones(place: Place) -> None:
    """All that is missing is named with what the query gives, before a row is read."""
    fill(place, {"origin": DOUBLE}, [])
    with pytest.raises(DataRefusedError, match="did you mean 'origin'") as caught:
        collected(place, signature(orign=NUMBER, y=NUMBER))
    assert caught.value.facts["missing"] == ["orign", "y"]
    with pytest.raises(DataRefusedError, match="key column 'ident'"):
        collected(place, signature(origin=NUMBER), key="ident")


@everywhere
def test_an_empty_result_is_no_batch(place: Place) -> None:
    """No rows give no batches and no error; the count is nought."""
    fill(place, {"x": DOUBLE}, [])
    assert collected(place, signature(x=NUMBER)).num_rows == 0
