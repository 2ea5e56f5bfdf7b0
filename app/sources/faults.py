"""Drivers' errors in words: which step failed, and what to do, without the secrets."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.errors import AppError, ConfigurationError, SourceError
from app.settings import redacted
from app.values.source import Step


class DuplicateKeyError(AppError):
    """A row with this key is there already."""


_STEPS: tuple[tuple[Step, str], ...] = (
    (Step.DRIVER, r"01000.*(can't open lib|file not found)|NoSuchModuleError|libodbc"),
    (Step.NAME, r"IM002|getaddrinfo|name or service not known|Name does not resolve|Unknown (MySQL )?server host|translate host name|could not find|nodename nor servname"),
    (Step.PASSWORD, r"28000|\b1045\b|28P01|password authentication failed|Access denied for user .*password"),
    (Step.DATABASE, r"\b1049\b|3D000|unable to open database file|database \"[^\"]*\" does not exist|Unknown database"),
    (Step.PERMISSION, r"42501|\b1044\b|\b1142\b|permission denied|readonly database|Access denied"),
    (Step.TIMEOUT, r"timed? ?out|HYT00|HYT01|\b1969\b|\(110\)"),
    (Step.REFUSED, r"refused|08001|\b2002\b|\b2003\b|\(111|\(115\)"),
)  # fmt: skip
_ADVICE = {
    Step.DRIVER: "install the driver, or correct its name (`odbcinst -q -d` lists them)",
    Step.NAME: "correct the host's or the data source's name",
    Step.PASSWORD: "correct the user or the password",
    Step.DATABASE: "correct the database's name or path, or create it",
    Step.PERMISSION: "grant the user what is missing",
    Step.TIMEOUT: "check that the host is up and no firewall drops the packets",
    Step.REFUSED: "check that the server runs and listens on that port",
    Step.QUERY: "correct the query or the table, or look into the database's log",
}
_DUPLICATE = re.compile(
    r"23000.*1062|23505|UNIQUE constraint failed|\(1062|duplicate key", re.DOTALL
)
_NO_TABLE = re.compile(r"42S02|42P01|no such table|\(1146|UndefinedTable")
_FULL = re.compile(
    r"database or disk is full|No space left|53100|\b1114\b|\b1021\b|table .* is full"
)


def is_missing_table(error: BaseException) -> bool:
    """Tell whether a driver's error says that the table does not exist."""
    return bool(_NO_TABLE.search(_text(error)))


def failed_step(text: str) -> Step:
    """Return the step of a connection that a driver's message speaks of."""
    for step, pattern in _STEPS:
        if re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            return step
    return Step.QUERY


@contextmanager
def source_errors(name: str, doing: str) -> Iterator[None]:
    """Turn a driver's error into a SourceError that names source, step and remedy."""
    try:
        yield
    except AppError:
        raise
    except Exception as error:  # each driver has its own classes
        raise in_words(name, doing, error) from error


def in_words(name: str, doing: str, error: BaseException) -> AppError:
    """Return the AppError for a driver's error."""
    text = _text(error)
    if _DUPLICATE.search(text):
        return DuplicateKeyError(text)
    if _FULL.search(text):
        return SourceError(
            f"source {name!r}: the disk is full while {doing}; free some room and run it again",
            source=name,
        )
    step = failed_step(text)
    kind = ConfigurationError if step is Step.DRIVER else SourceError
    message = f"source {name!r}: {doing} failed at step {step}: {text}; {_ADVICE[step]}"
    return kind(message, source=name, step=str(step))


def _text(error: BaseException) -> str:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    words = " ".join(str(cause).replace("ODBC emitted an error calling ", "").split())
    return redacted(f"{type(cause).__name__}: {words}")[:2000]
