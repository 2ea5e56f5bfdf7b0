"""Drivers' errors in words: which step failed, and what to do, without the secrets."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from app.connection_string import redacted
from app.errors import AppError, ConfigurationError, SourceError
from app.values.source import Step


class DuplicateKeyError(AppError):
    """A row with this key is there already."""


_CODES: dict[str, Step] = {
    # SQLSTATE, in ODBC's messages and psycopg's errors.
    "IM002": Step.NAME, "28000": Step.PASSWORD, "28P01": Step.PASSWORD, "3D000": Step.DATABASE,
    "42501": Step.PERMISSION, "HYT00": Step.TIMEOUT, "HYT01": Step.TIMEOUT, "57014": Step.TIMEOUT,
    # MariaDB's and MySQL's numbers, in PyMySQL's errors and ODBC's native errors.
    "1045": Step.PASSWORD, "1698": Step.PASSWORD, "1049": Step.DATABASE, "1044": Step.PERMISSION,
    "1142": Step.PERMISSION, "1143": Step.PERMISSION, "1227": Step.PERMISSION, "1969": Step.TIMEOUT,
    "1205": Step.TIMEOUT, "2005": Step.NAME, "1927": Step.REFUSED,
}  # fmt: skip
_STEPS: tuple[tuple[Step, str], ...] = (
    (Step.CONFIGURATION, r"unexpected keyword argument|invalid (URI query parameter|connection option)|invalid dsn"),
    (Step.DRIVER, r"can't open lib|file not found|NoSuchModuleError|libodbc|No module named"),
    (Step.NAME, r"getaddrinfo|name or service not known|Name does not resolve|name resolution|Unknown (MySQL )?server host|translate host name|resolve host|nodename nor servname"),
    (Step.PASSWORD, r"password authentication failed|role \"[^\"]*\" does not exist|no password supplied|Access denied for user .*password"),
    (Step.DATABASE, r"\[SQLite\]connect failed|unable to open database file|database \"[^\"]*\" does not exist|Unknown database|file is not a database"),
    (Step.PERMISSION, r"permission denied|readonly database|Access denied"),
    (Step.TIMEOUT, r"timed? ?out|timeout expired|system error: 110|\(110\)|\b110\b \"Connection|database is locked"),
    (Step.REFUSED, r"refused|08S01|closed the connection|connection was closed|Lost connection|gone away|terminating connection|connection is lost|no connection to the server|\(111|\(115\)|Can't connect to"),
)  # fmt: skip
_ADVICE = {
    Step.CONFIGURATION: "correct the connection string",
    Step.DRIVER: "install the driver, or correct its name (`odbcinst -q -d` lists them)",
    Step.NAME: "correct the host's or the data source's name",
    Step.PASSWORD: "correct the user or the password",
    Step.DATABASE: "correct the database's name or path, or create it",
    Step.PERMISSION: "grant the user what is missing",
    Step.TIMEOUT: "check that the host is up and no firewall drops the packets",
    Step.REFUSED: "check that the server runs and listens on that port",
    Step.QUERY: "correct the query or the table, or look into the database's log",
}
_CODE = re.compile(r"State: (\w{5})|Native error: (\d{4})\b|Error: \((\d{4}),|SQLSTATE (\w{5})")
_CUT = re.compile(
    r"too large to be written|CutTextError|ArrowInvalid|invalid utf-?8", re.IGNORECASE
)
_DUPLICATE = re.compile(
    r"23000.*1062|23505|UNIQUE constraint failed|\(1062|duplicate key", re.DOTALL
)
_NO_TABLE = re.compile(r"42S02|42P01|no such table|\(1146|UndefinedTable")
_FULL = re.compile(
    r"database or disk is full|No space left|53100|\b1114\b|\b1021\b|table .* is full"
)
_DISK = re.compile(r"disk I/O error")


_WRITES = re.compile(
    r"\b25006\b|\b1792\b|read.only transaction|attempt to write a readonly database", re.IGNORECASE
)
_OF_QUERIES = ("running the query", "reading the query's rows", "counting the query's rows")


def is_missing_table(error: BaseException) -> bool:
    """Tell whether a driver's error says that the table does not exist."""
    return bool(_NO_TABLE.search(_text(error)))


def is_cut_text(error: BaseException) -> bool:
    """Tell whether an error says that a value is longer than what it was to be read into."""
    return bool(_CUT.search(_text(error)))


def failed_step(text: str) -> Step:
    """Return the step of a connection that a driver's message speaks of."""
    for code in _CODE.findall(text):
        if step := _CODES.get(next(filter(None, code))):
            return step
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
    if doing in _OF_QUERIES and _WRITES.search(text):
        return ConfigurationError(
            f"source {name!r}: {doing} failed, because it would write ({text}); a query may only "
            "read, also by the functions that it calls",
            source=name,
        )
    if _DISK.search(text):
        return SourceError(
            f"source {name!r}: the disk fails, or is full, while {doing} ({text}); free some room, "
            "look into the system's log, and run it again",
            source=name,
        )
    step = failed_step(text)
    is_ours = step in {Step.CONFIGURATION, Step.DRIVER}
    kind = ConfigurationError if is_ours else SourceError
    message = f"source {name!r}: {doing} failed at step {step}: {text}; {_ADVICE[step]}"
    return kind(message, source=name, step=str(step))


def _text(error: BaseException) -> str:
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    words = " ".join(str(cause).replace("ODBC emitted an error calling ", "").split())
    state = f" (SQLSTATE {found})" if (found := getattr(cause, "sqlstate", None)) else ""
    return redacted(f"{type(cause).__name__}: {words}{state}")[:2000]
