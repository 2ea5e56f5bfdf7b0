"""The audit: who did what, whence, and who was refused."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.values.base import Instant, Value
from app.values.export import Row

REFUSED = "refused"
"""The event that somebody was refused; of many alike it tells the first."""
REFUSED_AGAIN = "refused again"
"""The event that tells how many more there were of it, until when."""
COLUMNS = ("id", "at", "actor", "subject", "name", "address", "request", "detail")


class AuditFormat(StrEnum):
    """How the audit is exported."""

    CSV = "csv"
    JSONL = "jsonl"


class AuditEntry(Value):
    """One line of the audit."""

    id: int
    at: Instant
    actor: str
    """A user, `token NAME`, `command line (USER)`, `file:PATH`, or `nobody`."""
    subject: str
    """What it is about, e.g. `schedule:nightly`."""
    name: str
    """What happened, e.g. `changed`."""
    address: str | None
    """Whence it was asked for; `local`: on the command line. None: by the service's own files."""
    request: str | None
    """The id of the request, as its answer and the log have it."""
    detail: dict[str, Any]
    """E.g. what was before and what is after; without secrets."""

    def row(self) -> Row:
        """Return it as a row of a file."""
        return self.model_dump(mode="json")


_Word = Annotated[str | None, Field(max_length=200)]


class AuditFilter(Value):
    """Which lines are wanted; what is left out does not matter."""

    actor: _Word = None
    subject: _Word = None
    """Exactly, e.g. `schedule:nightly`."""
    noun: Annotated[str | None, Field(max_length=50, pattern=r"^[a-z][a-z-]*$")] = None
    """What kind of thing it is about, e.g. `schedule`."""
    name: _Word = None
    address: _Word = None
    request: _Word = None
    since: Instant | None = None
    until: Instant | None = None
    """The first instant left out."""
