"""What the prediction log writes: one entry for an answered request, and its rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.db.showroom_tables import prediction_cases, prediction_requests
from app.errors import AppError

_SPELLED = 2**19
"""Bytes of entries that go into one statement; spelled out they are twice as many."""
_LABEL = 255
"""Characters of a label by which records are found."""


@dataclass(kw_only=True, slots=True)
class Entry:
    """One answered request on its way to the table."""

    id: str
    model: str
    version: int
    caller: str
    received_at: datetime
    queue_seconds: float
    infer_seconds: float
    inputs: Sequence[bytes]
    """The inputs of each case, as JSON."""
    outputs: Sequence[bytes]
    """The answer to each case, as JSON."""
    labels: Sequence[str | None]
    commit_by: float
    """When whoever waits for it is told that it is not committed, by time.perf_counter."""
    shadow_of: str | None = None
    replay_of: str | None = None
    trial: bool = False
    waiter: Any = None
    """Whoever waits for it, for `on_done`."""
    error: AppError | None = None
    strikes: int = 0
    """How often the connection broke while this entry alone was written."""

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return sum(map(len, self.inputs)) + sum(map(len, self.outputs))


def insert(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Write requests and their cases."""
    if connection.dialect.name in {"mysql", "mariadb"}:
        small = [entry for entry in entries if entry.size <= _SPELLED]
        for some in _groups(small):
            _spell(connection, some)
        entries = [entry for entry in entries if entry.size > _SPELLED]
    if entries:
        requests, cases = _inserts(connection.dialect)
        connection.exec_driver_sql(requests.sql, requests.rows(map(_request, entries)))
        rows = (row for one in entries for row in _cases(one))
        connection.exec_driver_sql(cases.sql, cases.rows(rows))


def unwritten(connection: sa.Connection, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that are not in the table yet."""
    ids = [entry.id for entry in entries]
    query = sa.select(prediction_requests.c.id).where(prediction_requests.c.id.in_(ids))
    known = set(connection.scalars(query))
    return [entry for entry in entries if entry.id not in known]


class _Insert:
    """An INSERT into all columns of a table, written out once for a kind of database.

    SQLAlchemy's own way to the driver takes about a fifth of what a record costs.
    """

    def __init__(self, table: sa.Table, dialect: sa.Dialect) -> None:
        compiled = table.insert().compile(dialect=dialect)
        self.sql = str(compiled)
        self.start = self.sql.partition(" VALUES ")[0]
        """The statement without its values."""
        self._names = None if compiled.positional else table.columns.keys()
        processors = [
            column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns
        ]
        self._changes: list[tuple[int, Callable[[Any], Any]]] = [
            (place, change) for place, change in enumerate(processors) if change is not None
        ]

    def rows(self, rows: Iterable[list[Any]]) -> list[Any]:
        """Return rows, each with the values of all columns in their order, as the driver wants."""
        made: list[Any] = []
        for row in rows:
            for place, change in self._changes:
                row[place] = change(row[place])
            made.append(
                tuple(row) if self._names is None else dict(zip(self._names, row, strict=True))
            )
        return made


@lru_cache(maxsize=8)
def _inserts(dialect: sa.Dialect) -> tuple[_Insert, _Insert]:
    return _Insert(prediction_requests, dialect), _Insert(prediction_cases, dialect)


def _groups(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield entries in groups whose statements are of a bounded length."""
    group: list[Entry] = []
    size = 0
    for entry in entries:
        if group and size + entry.size > _SPELLED:
            yield group
            group, size = [], 0
        group.append(entry)
        size += entry.size
    if group:
        yield group


def _spell(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Write entries with their values in the statement, each text spelled as hexadecimal digits.

    PyMySQL puts values into the statement too, but takes three quarters of what a record costs to
    look each of them over. Digits need no looking over, whatever they spell.
    """
    plain = connection.execution_options(no_parameters=True)
    requests, cases = _inserts(connection.dialect)
    for kind, rows in (
        (requests, map(_request, entries)),
        (cases, (row for one in entries for row in _cases(one))),
    ):
        values = ",".join([f"({','.join(map(_spelled, row))})" for row in rows])
        plain.exec_driver_sql(f"{kind.start} VALUES {values}")


def _spelled(value: str | float | datetime | None) -> str:
    """Return a value as MySQL and MariaDB read it."""
    match value:
        case None:
            return "NULL"
        case str():
            return f"_utf8mb4 X'{value.encode().hex()}'"
        case datetime():
            return f"'{value.astimezone(UTC).replace(tzinfo=None)}'"
        case _:
            return repr(value)


def _request(entry: Entry) -> list[Any]:
    """Return the columns of prediction_requests, in their order."""
    return [
        entry.id,
        entry.model,
        entry.version,
        entry.caller,
        entry.received_at,
        len(entry.inputs),
        entry.queue_seconds,
        entry.infer_seconds,
        entry.shadow_of,
        entry.replay_of,
        entry.trial,
    ]


def _cases(entry: Entry) -> Iterator[list[Any]]:
    """Yield the columns of prediction_cases, in their order."""
    rows = zip(entry.inputs, entry.outputs, entry.labels, strict=True)
    for number, (inputs, output, label) in enumerate(rows):
        short = None if label is None else label[:_LABEL]
        yield [entry.id, number, inputs.decode(), output.decode(), short]
