"""What the prediction log writes: one entry for an answered request, and its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.tables import prediction_cases, prediction_requests
from app.errors import AppError

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
    if entries:
        connection.execute(prediction_requests.insert(), list(map(_request, entries)))
        connection.execute(
            prediction_cases.insert(), [row for one in entries for row in _cases(one)]
        )


def unwritten(connection: sa.Connection, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that are not in the table yet."""
    ids = [entry.id for entry in entries]
    query = sa.select(prediction_requests.c.id).where(prediction_requests.c.id.in_(ids))
    known = set(connection.scalars(query))
    return [entry for entry in entries if entry.id not in known]


def _request(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "model": entry.model,
        "version": entry.version,
        "caller": entry.caller,
        "received_at": entry.received_at,
        "cases": len(entry.inputs),
        "queue_seconds": entry.queue_seconds,
        "infer_seconds": entry.infer_seconds,
        "shadow_of": entry.shadow_of,
        "replay_of": entry.replay_of,
    }


def _cases(entry: Entry) -> Iterator[dict[str, Any]]:
    rows = zip(entry.inputs, entry.outputs, entry.labels, strict=True)
    for number, (inputs, output, label) in enumerate(rows):
        yield {
            "request": entry.id,
            "number": number,
            "inputs": inputs.decode(),
            "output": output.decode(),
            "label": None if label is None else label[:_LABEL],
        }
