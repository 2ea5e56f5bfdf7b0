"""The prediction log: whatever waits is written in one transaction, and only then told of.

Group commit: while one transaction is on its way to the disk, the next one gathers.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.engine import AWAY
from app.db.tables import prediction_cases, prediction_requests
from app.errors import AppError, DatabaseAwayError

_log = logging.getLogger(__name__)
_AT_ONCE = 1000
"""Most requests of one transaction."""
_AGAIN_SECONDS = 0.2
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


class PredictionLog:
    """Writes entries from any thread; tells of each when it is committed, or cannot be."""

    def __init__(
        self, engine: sa.Engine, on_done: Callable[[Sequence[Entry]], None], *, most: int
    ) -> None:
        self._engine = engine
        self._on_done = on_done
        self._most = most
        self._waiting: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._connection: sa.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="prediction log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Write what waits, and end; wait for that up to `seconds`."""
        self._waiting.put(None)
        self._thread.join(seconds)

    @property
    def is_full(self) -> bool:
        """Tell whether as many entries wait as may."""
        return self._waiting.qsize() >= self._most

    def put(self, entry: Entry) -> None:
        """Let an entry wait to be written."""
        self._waiting.put(entry)

    def _run(self) -> None:
        while batch := self._batch():
            try:
                self._write(batch)
            except Exception as error:  # noqa: BLE001 - the thread must live on
                _log.exception("predictions could not be recorded")
                self._refuse(batch, AppError(f"the prediction could not be recorded: {error}"))
        self._let_go()

    def _batch(self) -> list[Entry]:
        """Wait for an entry and take what waits with it; none: the end."""
        batch: list[Entry] = []
        entry = self._waiting.get()
        while entry is not None:
            batch.append(entry)
            if len(batch) >= _AT_ONCE:
                return batch
            try:
                entry = self._waiting.get_nowait()
            except queue.Empty:
                return batch
        if batch:
            self._waiting.put(None)  # the end comes after these
        return batch

    def _write(self, left: list[Entry]) -> None:
        """Write entries, again and again while somebody waits for them and the database is away.

        What fails is tried again in smaller parts, so that one bad entry is refused alone.
        """
        is_unsure, size = False, _AT_ONCE
        while left := self._patient(left):
            some = left[:size]
            try:
                self._commit(some, is_unsure=is_unsure)
            except AWAY as error:
                _log.warning("the database is away, will try again: %s", _first_line(error))
                self._let_go()
                is_unsure, size = True, max(1, size // 8)
                left = left[len(some) :] + some
                time.sleep(_AGAIN_SECONDS)
            except sa.exc.SQLAlchemyError as error:
                if len(some) == 1:
                    self._refuse(some, AppError(f"it could not be recorded: {_first_line(error)}"))
                    left = left[1:]
                size = max(1, size // 8)
            else:
                self._on_done(some)
                left = left[len(some) :]

    def _commit(self, entries: Sequence[Entry], *, is_unsure: bool) -> None:
        with self._transaction() as connection:
            # Where a connection broke, nobody knows whether its commit took place.
            insert(connection, unwritten(connection, entries) if is_unsure else entries)

    def _patient(self, entries: list[Entry]) -> list[Entry]:
        """Return the entries that can still wait; those that cannot are told so."""
        now = time.perf_counter()
        if late := [entry for entry in entries if entry.commit_by <= now]:
            error = DatabaseAwayError(
                "the prediction could not be recorded in time (showroom.commit_seconds), so it is "
                "not given; try again shortly"
            )
            self._refuse(late, error)
            return [entry for entry in entries if entry.commit_by > now]
        return entries

    def _refuse(self, entries: Sequence[Entry], error: AppError) -> None:
        for entry in entries:
            entry.error = error
        self._on_done(entries)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Give a transaction on a connection that is kept: a new one costs more than a commit."""
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin():
            yield self._connection

    def _let_go(self) -> None:
        if self._connection is not None:
            with suppress(Exception):  # it is broken, or being closed: nothing more is wanted of it
                self._connection.invalidate()
                self._connection.close()
            self._connection = None


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


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
