"""A handle on an ODBC connection: SQL in, exactly typed tables out, drivers' errors as they are."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import registry

from app.errors import ConfigurationError
from app.sources.connection import Parameter
from app.sources.exact import asked_for, put_right
from app.sources.limits import Limits
from app.sources.odbc_sqlite import WIDE, SqliteReader
from app.sources.odbc_string import described, require_file, system_of, with_options
from app.sources.reading import READ_ONLY
from app.sources.statement import as_text, bound

_BUFFER_BYTES = 32 * 2**20
"""Most memory of one batch in transit from the driver."""
_SESSION = {
    # The time zone is the one in which times with a zone arrive.
    "postgresql": "SET TIME ZONE 'UTC'; SET lock_timeout = '{lock}s'",
    # Strict: cut nothing.
    "mysql": "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES'), "
    "lock_wait_timeout = {lock}, innodb_lock_wait_timeout = {lock}",
    "sqlite": f"CREATE TEMPORARY TABLE {WIDE} (w VARCHAR({{width}}))",
}


class Handle:
    """One connection over ODBC to MariaDB, MySQL, PostgreSQL or SQLite."""

    def __init__(self, name: str, connection_string: str, limits: Limits, *, write: bool) -> None:
        odbc = _import_odbc()
        self.name = name
        self.limits = limits
        keys = described(connection_string)
        system = system_of(keys)
        if system == "sqlite":
            require_file(name, keys.get("database"))
        self.raw: Any = odbc.connect(
            connection_string=with_options(connection_string, system, limits, write=write),
            login_timeout_sec=max(1, round(limits.connect_timeout)),
            autocommit=False,
        )
        system = system or self._probe()
        self.dialect: sa.Dialect = registry.load(system)(paramstyle="qmark")
        # SQLAlchemy learns this from a connection of its own, and there is none.
        self.dialect._backslash_escapes = system == "mysql"  # noqa: SLF001
        wait = max(1, round(limits.lock_timeout))
        self.raw.execute(_SESSION[system].format(width=2 * limits.max_text + 1, lock=wait))
        if system == "postgresql" and limits.answer_timeout is not None:
            longest = max(1, round(limits.answer_timeout))
            self.raw.execute(f"SET statement_timeout = '{longest}s'")
        if not write:
            self.raw.execute(READ_ONLY[system])
        self.raw.commit()

    def _probe(self) -> str:
        """Ask the database itself, for a string that does not tell the driver."""
        for row in self.table("SELECT version() AS version").to_pylist():
            return "postgresql" if "PostgreSQL" in row["version"] else "mysql"
        raise ConfigurationError(f"source {self.name!r}: the database does not tell what it is")

    def rollback(self) -> None:
        """Roll back, also where the database has done so by itself."""
        try:
            self.raw.rollback()
        except Exception as error:
            if "no transaction is active" not in str(error):
                raise
            # SQLite ended it over a full disk, unknown to its driver, which then could not close.
            self.raw.execute("BEGIN")
            self.raw.rollback()

    def compile(
        self, text: str, parameters: Mapping[str, Parameter]
    ) -> tuple[str, list[str | None]]:
        """Return a user's SQL and its parameters as ODBC takes them: `?`, and texts."""
        compiled = bound(text, parameters, cast_for=self.dialect).compile(dialect=self.dialect)
        names = compiled.positiontup or []
        return str(compiled), [as_text(parameters[name]) for name in names]

    def quoted(self, name: str) -> str:
        """Quote a column's name for a text in which a colon begins a parameter."""
        return self.dialect.identifier_preparer.quote_identifier(name).replace(":", "\\:")

    def reader(self, sql: str, parameters: list[str | None] | None = None) -> "AnyReader":
        """Run SQL that gives rows."""
        options = {
            "batch_size": self.limits.batch_rows,
            "max_bytes_per_batch": _BUFFER_BYTES,
            # One byte more, by which a cut text is known: MariaDB's driver cuts without a word.
            "max_text_size": self.limits.max_text + 1,
            "max_binary_size": self.limits.max_text + 1,
            "fetch_concurrently": False,
        }
        kind = SqliteReader if self.dialect.name == "sqlite" else Reader
        return kind(self.raw, sql, parameters, options)

    def table(self, sql: str, parameters: list[str | None] | None = None) -> pa.Table:
        """Run SQL that gives few rows, and return them all."""
        reader = self.reader(sql, parameters)
        batches = list(reader)
        return pa.concat_tables(batches) if batches else reader.schema.empty_table()


class Reader:
    """A result's rows, in tables whose buffers at the driver's side are bounded."""

    def __init__(self, raw: Any, sql: str, parameters: Any, options: dict[str, Any]) -> None:
        self._max_text: int = options["max_text_size"] - 1
        self._announced = pa.schema([])
        self._reader = raw.read_arrow_batches(
            sql,
            parameters=parameters or None,
            map_schema=self._asked_for,
            **options,
        )
        self.schema: pa.Schema = self._reader.schema

    def _asked_for(self, announced: pa.Schema) -> pa.Schema:
        self._announced = announced
        return asked_for(announced)

    def __iter__(self) -> Iterator[pa.Table]:
        return self

    def __next__(self) -> pa.Table:
        batch = pa.Table.from_batches([next(self._reader)])
        return put_right(batch, self._announced, self._max_text)


AnyReader = Reader | SqliteReader


def _import_odbc() -> Any:
    try:
        import arrow_odbc
    except (ImportError, OSError) as error:
        raise ConfigurationError(
            "ODBC is not installed; install unixODBC and a driver, on Debian or Ubuntu: "
            "apt-get install unixodbc odbc-mariadb odbc-postgresql libsqliteodbc",
            step="driver",
        ) from error
    return arrow_odbc
