"""What collect and deliver need of a database, whichever way it is reached."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from app.connection_string import expand
from app.redaction import learn, passwords_in
from app.sources.limits import Limits
from app.values.base import Scalar
from app.values.share import Key
from app.values.source import SourceKind, kind_of

if TYPE_CHECKING:  # it takes time to load, and most commands move no rows
    import pyarrow as pa

Parameter = Scalar | Decimal
Statement = sa.Insert | sa.Update | sa.Delete | sa.schema.ExecutableDDLElement


@dataclass(frozen=True, kw_only=True)
class Query:
    """A SQL text with named parameters (`:name`), bound by the driver, never pasted in."""

    text: str
    parameters: Mapping[str, Parameter]
    key: str
    """The column that identifies a row."""
    is_ordered: bool = False
    """Read the rows in the order of their key."""
    after: int | None = None
    """Read, in that order, only the rows with a larger key."""
    above: Key | None = None
    """Read only the rows with a larger key than this one, and up to the next; None: no bound."""
    upto: Key | None = None

    @property
    def is_range(self) -> bool:
        """Whether only some of the rows are read, by their keys."""
        return self.above is not None or self.upto is not None


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A result: its columns, known before its first row, and its rows in bounded batches."""

    columns: tuple[str, ...]
    batches: Iterator["pa.Table"]


class Connection(Protocol):
    """A connection to a source. Every method raises SourceError where the database fails."""

    name: str
    dialect: sa.Dialect

    def read(self, query: Query) -> Rows:
        """Run a user's query."""
        ...

    def count(self, query: Query) -> int:
        """Return the number of rows that a user's query gives."""
        ...

    def tiles(self, query: Query, number: int) -> list[tuple[Key, int]]:
        """Return the largest key and the number of rows of each of `number` equal parts.

        They are in the order of the key; there are fewer where there are fewer rows. NULLs do not
        count.
        """
        ...

    def fetch(self, statement: sa.Select[tuple[object, ...]]) -> list[dict[str, object]]:
        """Return all rows of a small result."""
        ...

    def columns(self, table: sa.Table) -> dict[str, str] | None:
        """Return a table's columns, each `number`, `text`, `time` or `other`; None: no table."""
        ...

    def execute(self, statement: Statement) -> None:
        """Run a statement that gives no rows."""
        ...

    def insert(self, table: sa.Table, rows: "pa.Table") -> None:
        """Insert rows whose column names are the table's. Raises DuplicateKeyError."""
        ...

    def commit(self) -> None:
        """End the transaction and keep what it did."""
        ...

    def rollback(self) -> None:
        """End the transaction and undo what it did."""
        ...

    def interrupt(self) -> None:
        """Make a call that another thread waits in return soon, where the driver can."""
        ...

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        ...


def connect(
    name: str, connection_string: str, limits: Limits, *, write: bool = False
) -> Connection:
    """Connect to the source `name`.

    Raises ConfigurationError for a string that cannot be right, SourceError naming the failed step
    for a database that does not answer.
    """
    target = expand(connection_string, f"the connection string of source {name!r}")
    learn(passwords_in(target))
    if kind_of(target) is SourceKind.ODBC:
        from app.sources.odbc import OdbcConnection

        return OdbcConnection(name, target, limits, write=write)
    from app.sources.alchemy import AlchemyConnection

    return AlchemyConnection(name, target, limits, write=write)
