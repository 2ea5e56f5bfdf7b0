"""PyMySQL's rows are read column by column: as PyMySQL itself reads them, only faster."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest
import sqlalchemy as sa

from app.errors import DataRefusedError, SourceError
from app.sources.connection import Query
from tests import servers
from tests.conftest import Place
from tests.sources.helpers import connected, fill, rows

on_mariadb = pytest.mark.parametrize("place", ["mariadb"], indirect=True)
EVERY_TYPE = (
    "SELECT * FROM (SELECT 1 AS id, CAST(-5 AS SIGNED) AS i, CAST(18446744073709551615 AS UNSIGNED)"
    " DIV 3 AS u, 1.5e0 AS f, CAST(1.1 AS FLOAT) AS g, CAST('12.50' AS DECIMAL(10, 2)) AS d, "
    "CAST('1e-30' AS DECIMAL(50, 30)) AS long_d, CAST('-0.5' AS DECIMAL(38, 38)) AS small_d, "
    "CAST('2013-11-28 01:02:03.000004' AS DATETIME(6)) AS t, CAST('2013-11-28' AS DATE) AS day, "
    "CAST('-01:02:03.5' AS TIME(1)) AS clock, CAST('é😀' AS CHAR) AS s, '' AS empty, "
    "CAST(x'00FF' AS BINARY(2)) AS b, REPEAT('x', 250) AS s250, REPEAT('é', 200) AS s400, "
    "REPEAT('x', 70000) AS s70000, b'101' AS bits, JSON_ARRAY(1) AS j, NULL AS nothing UNION ALL "
    "SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
    "NULL, NULL, NULL, NULL, NULL) AS every ORDER BY id"
)


@contextmanager
def result(place: Place, text: str, batch_rows: int) -> Iterator[Iterator[pa.Table]]:
    """Run a query, and give its batches."""
    with connected(place, batch_rows=batch_rows) as connection:
        yield connection.read(Query(text=text, parameters={}, key="id")).batches


@on_mariadb
def test_each_type_arrives_as_by_the_driver(place: Place) -> None:
    """Whatever type a column has, its values and NULLs are those that PyMySQL gives."""
    with place.engine.connect() as connection:
        plain = [dict(row) for row in connection.exec_driver_sql(EVERY_TYPE).mappings()]
    with result(place, EVERY_TYPE, 100) as batches:
        assert pa.concat_tables(batches).to_pylist() == plain


@on_mariadb
@pytest.mark.parametrize("batch_rows", [1, 7, 1000, 5000])
def test_batches_divide_the_rows_wherever_packets_end(place: Place, batch_rows: int) -> None:
    """However many rows make a batch, and wherever what is received ends, all of them arrive."""
    texts = [(n, "é" * (n % 300)) for n in range(1000 if batch_rows > 1 else 50)]
    fill(place, {"s": sa.String(300)}, texts)
    with result(place, "SELECT id, s FROM t ORDER BY id", batch_rows) as batches:
        found = list(batches)
    assert [(row["id"], row["s"]) for one in found for row in one.to_pylist()] == texts
    assert {one.num_rows for one in found[:-1]} <= {batch_rows}


@on_mariadb
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("18446744073709551615", "18446744073709551615"),
        ("CAST('0000-00-00' AS DATE)", "0000-00-00"),
        ("TIMESTAMP('2013-11-00 01:00:00')", "2013-11-00"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_column(
    place: Place, value: str, reason: str
) -> None:
    """A number beyond 64 bits and a day that is none are told with their column."""
    with (
        result(place, f"SELECT 1 AS id, {value} AS v", 10) as batches,
        pytest.raises(DataRefusedError, match=rf"column 'v'.*{reason}"),
    ):
        list(batches)


@on_mariadb
def test_an_error_in_the_midst_of_rows_is_told(place: Place) -> None:
    """What the server refuses after the first rows is an error, and the connection goes on."""
    fill(place, {"n": sa.BigInteger()}, [(n, n) for n in range(5000)])
    with connected(place, batch_rows=10) as connection:
        broken = (
            "SELECT id, (SELECT n FROM t AS o WHERE t.id < 4000 OR o.id < 3 LIMIT 9) AS n FROM t"
        )
        with pytest.raises(SourceError, match="more than 1 row"):
            list(connection.read(Query(text=broken, parameters={}, key="id")).batches)
        connection.rollback()
        again = connection.read(Query(text="SELECT 7 AS id", parameters={}, key="id"))
        assert [one.to_pylist() for one in again.batches] == [[{"id": 7}]]


@on_mariadb
def test_a_connection_that_breaks_between_rows_is_lost(
    place: Place, mariadb: servers.Server
) -> None:
    """Rows that no longer come are a fault of the source, and never an end of the result."""
    fill(place, {"s": sa.Text()}, [(n, "x" * 50_000) for n in range(400)])
    with result(place, "SELECT id, s FROM t", 10) as batches:
        next(batches)
        servers.cut_connections(mariadb)
        with pytest.raises(SourceError, match="Lost connection"):
            list(batches)


@on_mariadb
def test_parameters_and_signs_of_percent_stand_side_by_side(place: Place) -> None:
    """A percent sign in the query is one, with and without parameters."""
    text = "SELECT 1 AS id, '5%' AS s, DATE_FORMAT('2013-11-28', '%Y') AS y"
    with result(place, text, 10) as batches:
        assert next(batches).to_pylist() == [{"id": 1, "s": "5%", "y": "2013"}]
    assert rows(place, "SELECT 1") == [(1,)]
