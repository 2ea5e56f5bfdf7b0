"""Sources reached over ODBC, through arrow-odbc: whole batches of columns instead of rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import registry

from app.errors import ConfigurationError, DataRefusedError, SourceError
from app.sources.connection import Limits, Query, Rows, Statement
from app.sources.faults import is_missing_table, source_errors
from app.sources.statement import Parameter, as_text, bound

_BUFFER_BYTES = 32 * 2**20
"""Most memory of one batch in transit from the driver."""
_DRIVERS = {"maria": "mysql", "mysql": "mysql", "postgres": "postgresql", "psql": "postgresql"}


class OdbcConnection:
    """A connection over ODBC to MariaDB, MySQL or PostgreSQL."""

    def __init__(self, name: str, connection_string: str, limits: Limits) -> None:
        self.name = name
        self._limits = limits
        odbc = _import_odbc()
        with source_errors(name, "connecting"):
            system = _system_of_driver(connection_string)
            text = _with_options(connection_string, system, limits)
            self._odbc = odbc.connect(
                connection_string=text,
                login_timeout_sec=max(1, round(limits.connect_timeout)),
                autocommit=False,
            )
            system = system or self._probe()
        self.dialect: sa.Dialect = registry.load(system)(paramstyle="qmark")
        self._pages = system == "mysql"

    def _probe(self) -> str:
        """Ask the database itself, for a string with a DSN that does not tell the driver."""
        for row in self._table("SELECT version() AS version").to_pylist():
            return "postgresql" if "PostgreSQL" in row["version"] else "mysql"
        raise ConfigurationError(f"source {self.name!r}: the database does not tell what it is")

    def read(self, query: Query) -> Rows:
        """Run a user's query.

        MariaDB's driver holds a whole result in memory, so there the rows are read in pages by key.
        """
        with source_errors(self.name, "running the query"):
            if self._pages:
                return self._read_pages(query)
            reader = self._reader(*self._compile(query.text, query.parameters))
            return Rows(columns=tuple(reader.schema.names), batches=self._batches(reader))

    def _batches(self, reader: Any) -> Iterator[pa.Table]:
        while True:
            with _reading(self.name, self._limits.max_text):
                batch = next(reader, None)
            if batch is None:
                return
            yield pa.Table.from_batches([batch])

    def _read_pages(self, query: Query) -> Rows:
        """Read all pages in one snapshot, and compare their rows with the number counted in it.

        A page begins behind the last key, so that a key that is NULL, comes twice, or equals
        another by the database's collation could be passed over: the comparison refuses that.
        """
        self._odbc.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        empty = self._reader(
            *self._compile(f"SELECT * FROM ({query.text}\n) AS page LIMIT 0", query.parameters)
        )
        columns = tuple(empty.schema.names)
        if query.key not in columns:
            return Rows(columns=columns, batches=iter(()))
        return Rows(columns=columns, batches=self._pages_of(query))

    def _pages_of(self, query: Query) -> Iterator[pa.Table]:
        expected, seen, page = self.count(query), 0, self._page(query, None)
        while page.num_rows:
            seen += page.num_rows
            yield page
            last = page.column(query.key)[-1].as_py()
            if page.num_rows < self._limits.batch_rows or last is None:
                break
            page = self._page(query, last)
        if seen != expected:
            raise DataRefusedError(
                f"the query gives {expected} rows, but paging by key {query.key!r} found {seen}: "
                "some keys are NULL, come twice, or are equal by the column's collation; choose a "
                "key that is unique",
                column=query.key,
            )

    def _page(self, query: Query, last: Parameter) -> pa.Table:
        key = self.dialect.identifier_preparer.quote_identifier(query.key).replace(":", "\\:")
        after = "" if last is None else f"WHERE page.{key} > :disparo_last"
        order = f"ORDER BY page.{key} LIMIT {self._limits.batch_rows}"
        text = f"SELECT * FROM ({query.text}\n) AS page {after} {order}"
        with _reading(self.name, self._limits.max_text):
            return self._table(*self._compile(text, {**query.parameters, "disparo_last": last}))

    def count(self, query: Query) -> int:
        """Count the rows of a user's query."""
        text = f"SELECT COUNT(*) AS n FROM ({query.text}\n) AS counted"
        with source_errors(self.name, "counting the query's rows"):
            return int(self._table(*self._compile(text, query.parameters)).column("n")[0].as_py())

    def fetch(self, statement: sa.Select[tuple[object, ...]]) -> list[dict[str, object]]:
        """Return all rows of a small result."""
        with source_errors(self.name, "reading"):
            rows: list[dict[str, object]] = self._table(self._literal(statement)).to_pylist()
            return rows

    def columns(self, table: sa.Table) -> dict[str, str] | None:
        """Return the table's columns by kind."""
        with source_errors(self.name, f"looking at table {table.name!r}"):
            try:
                reader = self._reader(
                    self._literal(sa.select(sa.text("*")).select_from(table).where(sa.false()))
                )
            except Exception as error:
                if is_missing_table(error):
                    self._odbc.rollback()
                    return None
                raise
            return {field.name: _kind(field.type) for field in reader.schema}

    def execute(self, statement: Statement) -> None:
        """Run a statement."""
        with source_errors(self.name, "writing"):
            self._odbc.execute(self._literal(statement))

    def insert(self, table: sa.Table, rows: pa.Table) -> None:
        """Insert rows, a whole batch in one call of the driver."""
        name = self.dialect.identifier_preparer.format_table(table)
        with source_errors(self.name, f"inserting into {table.name!r}"):
            self._odbc.insert_into_table(
                rows.combine_chunks().to_reader(), table=name, chunk_size=max(1, rows.num_rows)
            )

    def commit(self) -> None:
        """Commit."""
        with source_errors(self.name, "committing"):
            self._odbc.commit()

    def rollback(self) -> None:
        """Roll back."""
        with source_errors(self.name, "rolling back"):
            self._odbc.rollback()

    def close(self) -> None:
        """Close: the handle closes when nothing refers to it any more."""
        with suppress(Exception):  # a broken connection is closed all the same
            self._odbc.rollback()
        self._odbc = None

    def _compile(
        self, text: str, parameters: Mapping[str, Parameter]
    ) -> tuple[str, list[str | None]]:
        compiled = bound(text, parameters, cast_for=self.dialect).compile(dialect=self.dialect)
        names = compiled.positiontup or []
        return str(compiled), [as_text(parameters[name]) for name in names]

    def _literal(self, statement: Statement) -> str:
        options = (
            {} if isinstance(statement, sa.schema.ExecutableDDLElement) else {"literal_binds": True}
        )
        return str(statement.compile(dialect=self.dialect, compile_kwargs=options))

    def _reader(self, sql: str, parameters: list[str | None] | None = None) -> Any:
        return self._odbc.read_arrow_batches(
            sql,
            batch_size=self._limits.batch_rows,
            parameters=parameters or None,
            max_bytes_per_batch=_BUFFER_BYTES,
            max_text_size=self._limits.max_text,
            max_binary_size=self._limits.max_text,
            map_schema=_exact,
            fetch_concurrently=False,
        )

    def _table(self, sql: str, parameters: list[str | None] | None = None) -> pa.Table:
        reader = self._reader(sql, parameters)
        return pa.Table.from_batches(list(reader), schema=reader.schema)


@contextmanager
def _reading(name: str, max_text: int) -> Iterator[None]:
    """Errors while rows are read: a text over the limit is the data's fault, not the source's."""
    try:
        with source_errors(name, "reading the query's rows"):
            yield
    except SourceError as error:
        if "too large to be written" in error.detail:
            raise DataRefusedError(
                f"a text is longer than sources.max_text ({max_text} bytes); cut it in the query, "
                "or raise the setting"
            ) from error
        raise


def _import_odbc() -> Any:
    try:
        import arrow_odbc
    except (ImportError, OSError) as error:
        raise SourceError(
            "ODBC is not installed; install unixODBC and a driver, on Debian or Ubuntu: "
            "apt-get install unixodbc odbc-mariadb odbc-postgresql",
            step="driver",
        ) from error
    return arrow_odbc


def _system_of_driver(connection_string: str) -> str | None:
    lower = connection_string.lower()
    return next(
        (system for word, system in _DRIVERS.items() if f"driver={word}" in lower.replace("{", "")),
        None,
    )


def _with_options(connection_string: str, system: str | None, limits: Limits) -> str:
    seconds = max(1, round(limits.connect_timeout))
    options: dict[str, dict[str, int | str]] = {
        # The driver ignores ODBC's own login time-out.
        "mysql": {"CONN_TIMEOUT": seconds, "CHARSET": "utf8mb4"},
        # Without a cursor the driver holds the whole result.
        "postgresql": {"UseDeclareFetch": 1, "Fetch": limits.batch_rows, "BoolsAsChar": 0},
    }
    wanted = options.get(system or "", {})
    given = connection_string.rstrip("; ")
    missing = [
        f"{key}={value}" for key, value in wanted.items() if f"{key.lower()}=" not in given.lower()
    ]
    return ";".join([given, *missing])


def _exact(schema: pa.Schema) -> pa.Schema:
    """Widen what the drivers announce too narrowly: PostgreSQL's float8 comes as float32."""
    return pa.schema([field.with_type(_EXACT.get(field.type, field.type)) for field in schema])


_EXACT = {
    pa.float32(): pa.float64(),
    pa.int8(): pa.int64(),
    pa.int16(): pa.int64(),
    pa.int32(): pa.int64(),
    pa.timestamp("s"): pa.timestamp("us"),
    pa.timestamp("ms"): pa.timestamp("us"),
    pa.timestamp("ns"): pa.timestamp("us"),
}


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
