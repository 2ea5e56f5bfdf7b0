"""Sources reached over ODBC, through arrow-odbc: whole batches of columns instead of rows."""

from contextlib import suppress
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from app.sources import odbc_rows
from app.sources.connection import Query, Rows, Statement
from app.sources.exact import storable
from app.sources.faults import is_missing_table, source_errors
from app.sources.limits import Limits
from app.sources.literals import postgresql_text, statements
from app.sources.odbc_handle import Handle
from app.sources.reading import require_reading
from app.sources.statement import in_key_order, in_range, tiles
from app.values.share import Key

_STATEMENT_BYTES = 2**20


class OdbcConnection:
    """A connection over ODBC to MariaDB, MySQL, PostgreSQL or SQLite."""

    def __init__(self, name: str, connection_string: str, limits: Limits, *, write: bool) -> None:
        self.name = name
        with source_errors(name, "connecting"):
            self._handle = Handle(name, connection_string, limits, write=write)
        self.dialect = self._handle.dialect

    def read(self, query: Query) -> Rows:
        """Run a user's query.

        MariaDB's driver holds a whole result in memory, so there the rows are read in pages by key.
        """
        require_reading(query.text, self.dialect.name, one_statement=True)
        is_mysql = self.dialect.name == "mysql"
        with source_errors(self.name, "running the query"):
            rows_of = odbc_rows.pages if is_mysql else odbc_rows.stream
            return rows_of(self._handle, in_key_order(query, self.dialect))

    def count(self, query: Query) -> int:
        """Count the rows of a user's query."""
        require_reading(query.text, self.dialect.name, one_statement=True)
        return odbc_rows.count(self._handle, in_range(query, self.dialect))

    def tiles(self, query: Query, number: int) -> list[tuple[Key, int]]:
        """Divide the rows of a user's query by their keys."""
        require_reading(query.text, self.dialect.name, one_statement=True)
        asked = tiles(query, number, self.dialect)
        with source_errors(self.name, "dividing the query's rows by their keys"):
            found = self._handle.table(*self._handle.compile(asked.text, asked.parameters))
            rows = sorted(found.to_pylist(), key=lambda row: int(row["part"]))
            return [(row["k"], int(row["n"])) for row in rows]

    def fetch(self, statement: sa.Select[tuple[object, ...]]) -> list[dict[str, object]]:
        """Return all rows of a small result."""
        with source_errors(self.name, "reading"):
            rows: list[dict[str, object]] = self._handle.table(self._literal(statement)).to_pylist()
            return rows

    def columns(self, table: sa.Table) -> dict[str, str] | None:
        """Return the table's columns by kind."""
        with source_errors(self.name, f"looking at table {table.name!r}"):
            try:
                reader = self._handle.reader(
                    self._literal(sa.select(sa.text("*")).select_from(table).where(sa.false()))
                )
            except Exception as error:
                if is_missing_table(error):
                    self._handle.rollback()
                    return None
                raise
            return {field.name: _kind(field.type) for field in reader.schema}

    def execute(self, statement: Statement) -> None:
        """Run a statement."""
        with source_errors(self.name, "writing"):
            self._handle.raw.execute(self._literal(statement))

    def insert(self, table: sa.Table, rows: pa.Table) -> None:
        """Insert rows, a whole batch in one call of the driver."""
        if self.dialect.name == "sqlite":
            kept = [storable(column) for column in rows.columns]
            rows = pa.table(kept, names=rows.column_names)
        with source_errors(self.name, f"inserting into {table.name!r}"):
            if self.dialect.name == "postgresql":
                self._insert_texts(table, rows)
            else:
                name = self.dialect.identifier_preparer.format_table(table)
                self._handle.raw.insert_into_table(
                    rows.combine_chunks().to_reader(), table=name, chunk_size=max(1, rows.num_rows)
                )

    def _insert_texts(self, table: sa.Table, rows: pa.Table) -> None:
        """Insert by long statements: an array of parameters is sent row by row."""
        quote = self.dialect.identifier_preparer
        into, names = quote.format_table(table), ", ".join(map(quote.quote, rows.column_names))
        head = f"INSERT INTO {into} ({names}) VALUES "
        for statement in statements(head, rows, postgresql_text, _STATEMENT_BYTES):
            self._handle.raw.execute(statement)

    def commit(self) -> None:
        """Commit."""
        with source_errors(self.name, "committing"):
            self._handle.raw.commit()

    def rollback(self) -> None:
        """Roll back."""
        with source_errors(self.name, "rolling back"):
            self._handle.rollback()

    def interrupt(self) -> None:
        """Do nothing: arrow-odbc cannot cancel a call."""

    def close(self) -> None:
        """Close: the handle closes when nothing refers to it any more."""
        with suppress(Exception):  # a broken connection is closed all the same
            self._handle.rollback()
        self._handle.raw = None

    def _literal(self, statement: Statement | sa.Select[Any]) -> str:
        options = (
            {} if isinstance(statement, sa.schema.ExecutableDDLElement) else {"literal_binds": True}
        )
        return str(statement.compile(dialect=self.dialect, compile_kwargs=options))


def _kind(kind: pa.DataType) -> str:
    if (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    ):
        return "number"
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "time"
    return "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else "other"
