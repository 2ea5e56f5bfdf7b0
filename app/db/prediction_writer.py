"""Writes entries of the prediction log, one transaction at a time, and tells faults apart."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum, auto

import sqlalchemy as sa

from app.db.engine import AWAY
from app.db.prediction_entries import Entry, insert, unwritten

_PACKET_TOO_LARGE = 1153
"""MySQL's and MariaDB's: more than max_allowed_packet. They break the connection after it."""
_PARTS = 8


class Fault(Enum):
    """Why a transaction failed."""

    AWAY = auto()
    """The database does not answer, or takes nothing now: it may later."""
    BROKEN = auto()
    """The connection broke, as it does when the database goes, or when it meets such a row."""
    DOUBLE = auto()
    """It is there already, or about to be: an attempt before this one is being committed."""
    REFUSED = auto()
    """The database, or its driver, does not take this."""


def fault(error: Exception) -> Fault:
    """Return what kind of fault an error of `Writer.write` is."""
    if isinstance(error, sa.exc.DBAPIError) and _breaks(error):
        return Fault.BROKEN
    if isinstance(error, AWAY):
        return Fault.AWAY
    if isinstance(error, (sa.exc.InternalError, OSError, EOFError)):  # of the driver's protocol
        return Fault.BROKEN
    return Fault.DOUBLE if isinstance(error, sa.exc.IntegrityError) else Fault.REFUSED


def _breaks(error: sa.exc.DBAPIError) -> bool:
    code = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return error.connection_invalidated or code == _PACKET_TOO_LARGE


def first_line(error: Exception) -> str:
    """Return what an error says, without the statement and its parameters."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def parts(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Cut entries that fail together into smaller parts, down to one each."""
    size = max(1, len(entries) // _PARTS)
    return [list(entries[start : start + size]) for start in range(0, len(entries), size)]


class Writer:
    """A connection that is kept: a new one costs more than a commit."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    def write(self, entries: Sequence[Entry], *, is_unsure: bool) -> None:
        """Commit all entries, or raise and commit none.

        `is_unsure` tells that some may be committed already: where a connection broke, nobody
        knows whether its commit took place.
        """
        with self._transaction() as connection:
            insert(connection, unwritten(connection, entries) if is_unsure else entries)

    def answers(self) -> bool:
        """Tell whether the database answers, on a new connection."""
        self.let_go()
        try:
            with self._transaction() as connection:
                connection.execute(sa.select(1))
        except Exception:  # noqa: BLE001 - whatever it is, this was no answer
            self.let_go()
            return False
        return True

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            with self._connection.begin():
                yield self._connection
        except BaseException:
            self.let_go()  # nobody knows its state: no later entry shall suffer from it
            raise

    def let_go(self) -> None:
        """Close the connection; the next transaction makes a new one."""
        if self._connection is not None:
            with suppress(Exception):  # it is broken, or being closed: nothing more is wanted
                self._connection.invalidate()
                self._connection.close()
            self._connection = None
