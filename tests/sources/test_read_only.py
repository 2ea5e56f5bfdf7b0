"""Queries only read: whatever they try, the source is afterwards as it was."""

from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.errors import AppError, ConfigurationError
from app.sources.connection import Query
from app.sources.reading import require_reading
from tests.conftest import Place
from tests.sources.helpers import connected, everywhere, fill, rows, tables

POSTGRESQL = pytest.mark.parametrize("place", ["postgresql", "postgresql-odbc"], indirect=True)
MYSQL = pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
SQLITE = pytest.mark.parametrize("place", ["sqlite", "sqlite-odbc"], indirect=True)
ATTACKS = [
    "DELETE FROM t",
    "DROP TABLE t",
    "CREATE TABLE u (id INTEGER)",
    "UPDATE t SET v = 2",
    "INSERT INTO t VALUES (9, 9)",
    "TRUNCATE TABLE t",
    "/* SELECT */ DELETE FROM t",
    "/*! DELETE FROM t */",
    "SELECT id, v FROM t; DELETE FROM t",
    "SELECT id, v FROM t; COMMIT; DELETE FROM t; COMMIT",
    "SELECT id, v FROM t) AS counted; DELETE FROM t; SELECT (1",
    "WITH x AS (SELECT 1) DELETE FROM t",
    "WITH x AS (SELECT 1 AS id) INSERT INTO t SELECT id, 1 FROM x",
    "SELECT id, v INTO u FROM t",
    "SET STATEMENT transaction_read_only=0 FOR DELETE FROM t",
    "BEGIN; DELETE FROM t; COMMIT",
]


def attacked(place: Place, text: str) -> list[AppError]:
    """Run a query in each way that there is, each by a connection of its own, to its end."""
    errors = []
    for way in ("count", "read", "both"):
        query = Query(text=text, parameters={}, key="id")
        with connected(place) as connection:
            try:
                if way != "read":
                    with suppress(*([AppError] if way == "both" else [])):
                        connection.count(query)
                if way != "count":
                    list(connection.read(query).batches)
                connection.commit()
            except AppError as error:
                errors.append(error)
    return errors


@everywhere
@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_is_written(place: Place, text: str) -> None:
    """By a statement, by a second one, or by one that stands in a WITH."""
    fill(place, {"v": sa.Integer()}, [(1, 1), (2, 1)])
    assert attacked(place, text)
    assert rows(place, "SELECT id, v FROM t ORDER BY id") == [(1, 1), (2, 1)]
    assert tables(place) == {"t"}


@POSTGRESQL
@pytest.mark.parametrize(
    "text",
    [
        "SELECT wipe() AS id",
        "WITH gone AS (DELETE FROM t RETURNING id) SELECT id FROM gone",
        "WITH new AS (INSERT INTO t VALUES (7, 7) RETURNING id) SELECT id FROM new",
        "SELECT nextval('numbers') AS id",
        "SELECT set_config('transaction_read_only', 'off', false), wipe() AS id",
        "SELECT set_config('default_transaction_read_only', 'off', false), wipe() AS id",
        "SELECT id FROM t FOR UPDATE",
    ],
)
def test_functions_and_ctes_of_postgresql_write_nothing(place: Place, text: str) -> None:
    """The transaction is read-only, and a query cannot make it another."""
    fill(place, {"v": sa.Integer()}, [(1, 1), (2, 1)])
    with place.engine.begin() as own:
        own.execute(sa.text("CREATE SEQUENCE numbers"))
        own.execute(
            sa.text(
                "CREATE FUNCTION wipe() RETURNS integer LANGUAGE plpgsql AS "
                "$$ BEGIN DELETE FROM t; RETURN 1; END $$"
            )
        )
    errors = attacked(place, text)
    assert len(errors) == 3
    assert rows(place, "SELECT id FROM t ORDER BY id") == [(1,), (2,)]
    assert rows(place, "SELECT is_called FROM numbers") == [(False,)]


@MYSQL
def test_functions_of_mysql_write_nothing(place: Place) -> None:
    """And the words say why."""
    fill(place, {"v": sa.Integer()}, [(1, 1), (2, 1)])
    with place.engine.begin() as own:
        own.execute(
            sa.text(
                "CREATE FUNCTION wipe() RETURNS INTEGER MODIFIES SQL DATA "
                "BEGIN DELETE FROM t; RETURN 1; END"
            )
        )
    errors = attacked(place, "SELECT wipe() AS id")
    assert len(errors) == 3
    assert all("it would write" in error.detail for error in errors)
    assert rows(place, "SELECT id FROM t ORDER BY id") == [(1,), (2,)]


@MYSQL
@pytest.mark.parametrize(
    "text",
    [
        "SELECT id FROM t INTO OUTFILE '{file}'",
        "SELECT id INTO DUMPFILE '{file}' FROM t LIMIT 1",
        "SELECT id FROM t INTO/**/outfile '{file}'",
        "SELECT id FROM t INTO /*!50000 OUTFILE*/ '{file}'",
        "SELECT '/*', id FROM t INTO/**/OUTFILE '{file}'",
        "SELECT 1) AS counted INTO OUTFILE '{file}' #",
    ],
)
def test_no_file_is_written_on_the_server(place: Place, text: str, tmp_path: Path) -> None:
    """A read-only transaction would let it be: the words are refused, however they are written."""
    fill(place, {"v": sa.Integer()}, [(1, 1)])
    tmp_path.chmod(0o777)
    file = tmp_path / "written"
    errors = attacked(place, text.format(file=file))
    assert all("OUTFILE" in error.detail for error in errors)
    assert len(errors) == 3
    assert not file.exists()


@SQLITE
@pytest.mark.parametrize(
    "text",
    [
        "ATTACH DATABASE '{file}' AS other",
        "VACUUM INTO '{file}'",
        "PRAGMA query_only = OFF",
        "PRAGMA journal_mode = DELETE",
        "SELECT load_extension('{file}') AS id",
        "SELECT writefile('{file}', 'x') AS id",
        "SELECT * FROM pragma_query_only(0)",
    ],
)
def test_no_file_is_written_by_sqlite(place: Place, text: str, tmp_path: Path) -> None:
    """Nothing is attached, copied or loaded, and the connection stays read-only."""
    fill(place, {"v": sa.Integer()}, [(1, 1)])
    file = tmp_path / "written"
    errors = attacked(place, text.format(file=file))
    assert len(errors) == 3
    assert not [one for one in errors if "shared object" in one.detail]
    assert not file.exists()


@everywhere
@pytest.mark.parametrize(
    "text",
    [
        "SELECT id, v FROM t",
        "\n  -- late flights\n  select id, v from t",
        "/* a\ncomment */ SELECT id, v FROM t",
        "WITH late AS (SELECT id, v FROM t) SELECT id, v FROM late",
        "SELECT id, v FROM t -- the end",
    ],
)
def test_what_reads_is_read(place: Place, text: str) -> None:
    """Comments, lower case and WITH are as welcome as ever."""
    fill(place, {"v": sa.Integer()}, [(1, 1), (2, 1)])
    assert attacked(place, text) == []


@pytest.mark.parametrize("place", ["sqlite", "mariadb", "postgresql"], indirect=True)
def test_a_semicolon_in_a_text_is_one(place: Place) -> None:
    """Where a driver runs one statement alone."""
    fill(place, {"v": sa.Integer()}, [(1, 1)])
    assert attacked(place, "SELECT id, 'a;b' AS v FROM t") == []


@everywhere
def test_who_delivers_may_write(place: Place) -> None:
    """A connection that is asked for to write is none of these."""
    fill(place, {"v": sa.Integer()}, [(1, 1)])
    with connected(place, write=True) as connection:
        connection.execute(sa.delete(sa.table("t")))
        connection.commit()
    assert rows(place, "SELECT id FROM t") == []


@pytest.mark.parametrize("text", ["", "   ", "EXPLAIN SELECT 1", "(DELETE FROM t)", "CALL p()"])
def test_the_refusal_says_how_a_query_begins(text: str) -> None:
    """It names what it begins with."""
    with pytest.raises(ConfigurationError, match="begin it with SELECT, WITH"):
        require_reading(text, "mysql", one_statement=False)
