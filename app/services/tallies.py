"""What the tables tell of the whole: read at most every few seconds, in one short transaction.

All processes of a service share what was read, in a file, so that it does not matter which of them
is asked. While the database is away, what was read last is told further.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec
import sqlalchemy as sa

from app.db.engine import AWAY, reading
from app.db.tallies import TallyStore
from app.services.workers import Workers
from app.values.tally import Tally

_FILE = "tables.json"
_DECODER = msgspec.json.Decoder(Tally)
_TURN_SECONDS = 5.0


class Shelf(Protocol):
    """Where a tally is kept between two looks."""

    def turn(self) -> contextlib.AbstractContextManager[None]:
        """Hold all others off."""
        ...

    def read(self) -> Tally | None:
        """Return what was kept; in a turn."""
        ...

    def write(self, tally: Tally) -> None:
        """Keep a tally; in a turn."""
        ...


class Memory:
    """The shelf of a service that is one process."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._kept: Tally | None = None

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the other threads off."""
        with self._turn:
            yield

    def read(self) -> Tally | None:
        """Return what was kept."""
        return self._kept

    def write(self, tally: Tally) -> None:
        """Keep a tally."""
        self._kept = tally


class Shared:
    """The shelf of a service that is several processes."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._file = workers.directory / _FILE

    def turn(self) -> contextlib.AbstractContextManager[None]:
        """Hold the others off. Raises BusyError."""
        return self._workers.turn(_TURN_SECONDS)

    def read(self) -> Tally | None:
        """Return what was kept."""
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            return _DECODER.decode(self._file.read_bytes())
        return None

    def write(self, tally: Tally) -> None:
        """Keep a tally: whole, or not at all."""
        fresh = Path(f"{self._file}.{os.getpid()}")
        fresh.write_bytes(msgspec.json.encode(tally))
        fresh.rename(self._file)


class TallyService:
    """The use case of reading the counts."""

    def __init__(
        self, engine: sa.Engine, shelf: Shelf, *, keep_seconds: float, checks: int
    ) -> None:
        """`engine` is one that gives up soon. The tables are read every `keep_seconds` at most.

        At most so many `checks` are told one by one.
        """
        self._reading = reading(engine)
        self._shelf = shelf
        self._keep_seconds = keep_seconds
        self._checks = checks

    def tally(self, now: datetime) -> Tally:
        """Return the counts, as they were a few seconds ago at the most. Raises BusyError."""
        with self._shelf.turn():
            kept = self._shelf.read()
            age = float("inf") if kept is None else now.timestamp() - kept.at
            if kept is not None and 0 <= age < self._keep_seconds:
                return kept
            tally = kept or Tally()
            tally.at = now.timestamp()
            try:
                self._look(tally, now, is_first=kept is None)
                tally.is_answered = True
            except AWAY:
                if kept is None:
                    return tally  # what is counted begins once the database answers
                tally.is_answered = False
            self._shelf.write(tally)
        return tally

    def _look(self, tally: Tally, now: datetime, *, is_first: bool) -> None:
        with self._reading.begin() as connection:
            store = TallyStore(connection)
            if is_first:
                tally.claims.settled, tally.events.settled = store.newest()
            claims, passed = store.claims(tally.claims.settled), store.passed(tally.events.settled)
            running, looks = store.running(), store.looks(self._checks)
            gauges = _gauges(store, now, running=len(running))
        tally.take_claims(claims, now)
        tally.take_events(passed, now)
        tally.take_running(running)
        tally.gauges, tally.looks = gauges, looks


def _gauges(store: TallyStore, now: datetime, *, running: int) -> dict[str, float]:
    """Return how things stand, by `metric label`."""
    waiting, since = store.waiting()
    known, paused, faulty = store.schedules()
    alerts, first = store.alerts()
    return {
        "dispatches queued": waiting,
        "dispatches running": running,
        "queue_oldest_seconds": _age(since, now),
        "alerts_waiting": alerts,
        "alerts_oldest_seconds": _age(first, now),
        "slot_overdue_seconds": _age(store.first_due(), now),
        **{f"checks {state}": number for state, number in store.checks().items()},
        "schedules active": known - paused - faulty,
        "schedules paused": paused,
        "schedules faulty": faulty,
        **{f"lease_held {name}": float(expires_at > now) for name, expires_at in store.leases()},
    }


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
