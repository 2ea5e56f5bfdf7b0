"""Sources reached by an SQLAlchemy URL. Results are streamed: server-side cursors where needed."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine.cursor import CursorFetchStrategy

from app.errors import DataRefusedError
from app.mysql_tls import connect_quickly
from app.sources import mysql_insert, mysql_rows
from app.sources.alchemy_url import connect_args, readable_url
from app.sources.connection import Query, Rows, Statement
from app.sources.exact import storable
from app.sources.faults import source_errors
from app.sources.limits import Limits
from app.sources.odbc_string import require_file
from app.sources.postgres_copy import copy_in
from app.sources.reading import READ_ONLY, require_reading
from app.sources.statement import as_text, bound, in_key_order, in_range, tiles
from app.values.share import Key

_NO_FILE = {None, "", ":memory:"}
_STATEMENT_BYTES = 4 * 2**20
_WRITE_TIMEOUT = 3600
"""Seconds that MySQL waits for a reader that is busy predicting."""


class AlchemyConnection:
    """A connection of its own: no pool, one transaction at a time."""

    def __init__(self, name: str, url: str, limits: Limits, *, write: bool) -> None:
        self.name = name
        self._limits = limits
        self._result: sa.CursorResult[Any] | None = None
        with source_errors(name, "connecting"):
            target = readable_url(name, url)
            if target.get_backend_name() == "sqlite" and target.database not in _NO_FILE:
                require_file(name, target.database)
            self._engine = sa.create_engine(
                target, poolclass=sa.pool.NullPool, connect_args=connect_args(target, limits)
            )
            if self._engine.driver == "pymysql":
                connect_quickly(self._engine)
            self.dialect = self._engine.dialect
            self._connection = self._engine.connect()
            sa.event.listen(self._connection, "after_cursor_execute", _fetch_nothing)
            self._driver: Any = self._connection.connection.driver_connection
            self._prepare(write=write)

    def _prepare(self, *, write: bool) -> None:
        wait = max(1, round(self._limits.lock_timeout))
        match self.dialect.name:
            case "sqlite" if write:
                # A reader and a writer of one file wait for each other without WAL.
                self._connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                self._connection.exec_driver_sql("PRAGMA synchronous=FULL")
            case "mysql" | "mariadb":
                self._connection.exec_driver_sql(
                    f"SET SESSION net_write_timeout={_WRITE_TIMEOUT}, "
                    f"lock_wait_timeout={wait}, innodb_lock_wait_timeout={wait}, "
                    "sql_mode=CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')"  # cut nothing
                )
                if hasattr(self._driver, "_read_timeout"):  # PyMySQL's, which was for connecting
                    self._driver._read_timeout = self._limits.answer_timeout  # noqa: SLF001 - no public way
            case "postgresql":
                self._connection.exec_driver_sql("SET TIME ZONE 'UTC'")  # as over ODBC
                self._connection.exec_driver_sql(f"SET lock_timeout = '{wait}s'")
                if self._limits.answer_timeout is not None:
                    longest = max(1, round(self._limits.answer_timeout))
                    self._connection.exec_driver_sql(f"SET statement_timeout = '{longest}s'")
        if not write and (read_only := READ_ONLY.get(self.dialect.name)):
            self._connection.exec_driver_sql(read_only)
        self._connection.commit()

    def read(self, query: Query) -> Rows:
        """Run a user's query; rows arrive while the database still produces them."""
        require_reading(query.text, self.dialect.name, one_statement=False)
        with source_errors(self.name, "running the query"):
            result = self._connection.execution_options(stream_results=True).execute(
                self._clause(in_key_order(query, self.dialect))
            )
            self._result = result
            return Rows(columns=tuple(result.keys()), batches=self._batches(result))

    def _clause(self, query: Query) -> sa.TextClause:
        parameters = dict(query.parameters)
        if self.dialect.name == "sqlite":  # which keeps time stamps as text and compares text
            parameters = {
                name: as_text(value) if isinstance(value, date) else value
                for name, value in parameters.items()
            }
        return bound(query.text, parameters)

    def _batches(self, result: sa.CursorResult[Any]) -> Iterator[pa.Table]:
        is_mysql = mysql_rows.is_readable(self._driver)
        batches = (
            mysql_rows.batches(self._driver, self._limits.batch_rows)
            if is_mysql
            else (self._fetched(result))
        )
        while True:
            with source_errors(self.name, "reading the query's rows"):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def _fetched(self, result: sa.CursorResult[Any]) -> Iterator[pa.Table]:
        """Yield what the driver itself gives: SQLAlchemy's own rows take twice the time."""
        names = list(result.keys())
        while rows := result.cursor.fetchmany(self._limits.batch_rows):
            columns = zip(*rows, strict=True)
            yield pa.table([_array(n, c) for n, c in zip(names, columns, strict=True)], names=names)

    def count(self, query: Query) -> int:
        """Count the rows of a user's query."""
        require_reading(query.text, self.dialect.name, one_statement=False)
        ranged = in_range(query, self.dialect)
        counting = Query(
            text=f"SELECT COUNT(*) FROM ({ranged.text}\n) AS counted",
            parameters=ranged.parameters,
            key="",
        )
        with source_errors(self.name, "counting the query's rows"):
            # By a cursor of the server as above: psycopg then takes one statement alone.
            streaming = self._connection.execution_options(stream_results=True)
            return int(streaming.execute(self._clause(counting)).scalar_one())

    def tiles(self, query: Query, number: int) -> list[tuple[Key, int]]:
        """Divide the rows of a user's query by their keys."""
        require_reading(query.text, self.dialect.name, one_statement=False)
        with source_errors(self.name, "dividing the query's rows by their keys"):
            streaming = self._connection.execution_options(stream_results=True)
            found = streaming.execute(self._clause(tiles(query, number, self.dialect))).all()
            return [(row.k, int(row.n)) for row in sorted(found, key=lambda row: int(row.part))]

    def fetch(self, statement: sa.Select[tuple[object, ...]]) -> list[dict[str, object]]:
        """Return all rows of a small result."""
        with source_errors(self.name, "reading"):
            return [dict(row) for row in self._connection.execute(statement).mappings()]

    def columns(self, table: sa.Table) -> dict[str, str] | None:
        """Return the table's columns by kind."""
        with source_errors(self.name, f"looking at table {table.name!r}"):
            inspector = sa.inspect(self._connection)
            if not inspector.has_table(table.name, schema=table.schema):
                return None
            found = inspector.get_columns(table.name, schema=table.schema)
            return {column["name"]: _kind(column["type"]) for column in found}

    def execute(self, statement: Statement) -> None:
        """Run a statement."""
        with source_errors(self.name, "writing"):
            self._connection.execute(statement)

    def insert(self, table: sa.Table, rows: pa.Table) -> None:
        """Insert rows, by the way of the driver that docs/delivering.md found to be the best."""
        quote = self.dialect.identifier_preparer
        into, names = quote.format_table(table), ", ".join(map(quote.quote, rows.column_names))
        if not self._connection.in_transaction():
            self._connection.begin()  # not all ways below go through SQLAlchemy
        with source_errors(self.name, f"inserting into {table.name!r}"):
            match self._engine.driver:
                case "psycopg":
                    copy_in(self._driver, into, names, rows)
                case "pymysql":
                    head = f"INSERT INTO {into} ({names}) VALUES "
                    mysql_insert.insert(self._driver, head, rows, self._statement_bytes)
                case _:
                    self._insert_each(f"INSERT INTO {into} ({names}) VALUES ", rows)

    @cached_property
    def _statement_bytes(self) -> int:
        """Bytes of the longest statement, well below what the server takes."""
        taken = self._connection.exec_driver_sql("SELECT @@max_allowed_packet").scalar_one()
        return min(_STATEMENT_BYTES, int(taken) // 2)

    def _insert_each(self, head: str, rows: pa.Table) -> None:
        marker = {"format": "%s", "pyformat": "%s", "qmark": "?"}[self.dialect.paramstyle]
        is_sqlite = self.dialect.name == "sqlite"
        kept = [storable(column) if is_sqlite else column for column in rows.columns]
        values = list(zip(*(column.to_pylist() for column in kept), strict=True))
        markers = ", ".join([marker] * rows.num_columns)
        self._connection.exec_driver_sql(f"{head}({markers})", values)

    def commit(self) -> None:
        """Commit."""
        with source_errors(self.name, "committing"):
            self._connection.commit()

    def rollback(self) -> None:
        """Roll back."""
        with source_errors(self.name, "rolling back"):
            self._connection.rollback()

    def interrupt(self) -> None:
        """Interrupt a call of SQLite or PostgreSQL that another thread waits in."""
        for way in ("interrupt", "cancel_safe"):
            if (stop := getattr(self._driver, way, None)) is not None:
                with suppress(Exception):  # a broken connection has nothing to interrupt
                    stop()

    def close(self) -> None:
        """Close."""
        with source_errors(self.name, "closing"):
            self._drop_result()
            self._connection.close()

    def _drop_result(self) -> None:
        """Close a half-read result. PyMySQL would first read all its rows: it forgets them."""
        if self._result is None:
            return
        if (unread := getattr(self._driver, "_result", None)) is not None:
            unread.unbuffered_active = False
            self._connection.invalidate()
        self._result.close()


def _fetch_nothing(*event: Any) -> None:
    """Leave all rows to who asks for them: of a stream SQLAlchemy would fetch the first itself."""
    context = event[4]
    context.cursor_fetch_strategy = CursorFetchStrategy()


def _kind(kind: sa.types.TypeEngine[Any]) -> str:
    if isinstance(kind, (sa.Numeric, sa.Integer, sa.Float, sa.Boolean)):
        return "number"
    if isinstance(kind, (sa.DateTime, sa.Date)):
        return "time"
    return "text" if isinstance(kind, sa.String) else "other"


def _array(name: str, values: Sequence[object]) -> pa.Array:
    try:
        return pa.array(values)
    except (
        pa.ArrowInvalid,
        pa.ArrowTypeError,
        pa.ArrowNotImplementedError,
        OverflowError,
    ) as error:
        kinds = sorted({type(value).__name__ for value in values if value is not None})
        raise DataRefusedError(
            f"column {name!r} holds values of several types ({', '.join(kinds)}); cast it to one "
            "in the query",
            column=name,
        ) from error
