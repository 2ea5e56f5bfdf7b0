"""A source: a named outside database."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr, computed_field

from app.values.base import Instant, Name, Value, shown_masked


class SourceKind(StrEnum):
    """How a source is reached."""

    ODBC = "odbc"
    SQLALCHEMY = "sqlalchemy"


def kind_of(connection: str) -> SourceKind:
    """Tell an SQLAlchemy URL (`scheme://…`) from an ODBC connection string (`Key=value;…`)."""
    is_url = re.match(r"^[A-Za-z][A-Za-z0-9_+]*://", connection)
    return SourceKind.SQLALCHEMY if is_url else SourceKind.ODBC


class Source(Value):
    """A named outside database, with its connection string still holding `${NAME}`s."""

    name: Name
    connection: Annotated[SecretStr, Field(json_schema_extra=shown_masked)]
    description: str = ""
    declared_in: str | None = None
    """The file that declares it; the API refuses to edit such a source."""
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Most dispatches that use it at once; None: as many as run."""
    created_at: Instant
    updated_at: Instant

    @computed_field  # type: ignore[prop-decorator]
    @property
    def kind(self) -> SourceKind:
        """How it is reached, told by the form of its connection string."""
        return kind_of(self.connection.get_secret_value())


class Step(StrEnum):
    """The steps of a connection, in their order. A failed test names the one that failed."""

    CONFIGURATION = "configuration"
    DRIVER = "driver"
    NAME = "name"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    PASSWORD = "password"  # noqa: S105 - the name of a step, not a password
    DATABASE = "database"
    PERMISSION = "permission"
    QUERY = "query"


class Probe(Value):
    """The outcome of a test of a source."""

    source: Name
    ok: bool
    failed_step: Step | None = None
    detail: str
    database: str | None = None
    """The database system behind the connection, e.g. `mysql`, with its release."""
    seconds: float
