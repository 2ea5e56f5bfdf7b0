"""The poster: keeps the board up to date, from the records while they answer, and without them.

One thread reads the records, and may wait for them; another composes what is shown, and waits for
nothing. So the board says within seconds that the database is away.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from app.db.engine import AWAY
from app.factory import Factory
from app.services.monitor import Snapshot, in_words
from app.values.monitor import DatabaseCard
from app.values.standing import Standing

logger = logging.getLogger(__name__)

_RARELY = 10
"""How many times slower the board is kept up to date while nobody asks."""
_ASKED_SECONDS = 60.0
_SILENT_SECONDS = 5.0
"""Seconds after which records that do not answer count as away."""
_STOP_SECONDS = 2.0
Standings = Callable[[], Mapping[int, Standing] | None]


class Poster:
    """Two threads, from `start` to `stop`."""

    def __init__(
        self, factory: Factory, standings: Standings, *, clock: Callable[[], datetime]
    ) -> None:
        """`standings` gives those of this process's loop, if it is the Monitor."""
        self._service = factory.monitor
        self._board = factory.board
        self._standings = standings
        self._clock = clock
        self._every = factory.settings.monitor.refresh_seconds
        self._snapshot: Snapshot | None = None
        self._error: str | None = None
        self._answered_at: float | None = None
        self._away_since: datetime | None = None
        self._asked_at = time.monotonic()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, args=(do,), name=name, daemon=True)
            for name, do in (("monitor reader", self._read), ("monitor board", self._post))
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; a read that hangs is left behind."""
        self._stopping.set()
        self._board.asked.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_STOP_SECONDS)

    def _loop(self, do: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                do()
            except Exception:
                logger.exception("the Monitor's board is kept up to date after an error")
            self._wait()

    def _wait(self) -> None:
        """Wait for the next turn; while nobody asks, for longer, or until somebody does."""
        if self._board.asked.is_set():
            self._board.asked.clear()
            self._asked_at = time.monotonic()
        if time.monotonic() - self._asked_at < _ASKED_SECONDS:
            self._stopping.wait(self._every)
        else:
            self._board.asked.wait(self._every * _RARELY)

    def _read(self) -> None:
        try:
            snapshot = self._service.snapshot(now=self._clock(), before=self._snapshot)
        except AWAY as error:
            self._error = in_words(error)
            return
        self._snapshot, self._error = snapshot, None
        self._answered_at = time.monotonic()

    def _post(self) -> None:
        if self._snapshot is None and self._error is None:
            return  # it is being read for the first time
        now = self._clock()
        document = self._service.composed(
            self._snapshot,
            now=now,
            database=self._database(now),
            standings=self._standings(),
        )
        self._board.post(document)

    def _database(self, now: datetime) -> DatabaseCard | None:
        """Return what is wrong with the database; None: nothing."""
        answered_at, fault = self._answered_at, self._error
        is_asked = time.monotonic() - self._asked_at < _ASKED_SECONDS
        bound = _SILENT_SECONDS + self._every * (1 if is_asked else _RARELY)
        if fault is None and answered_at is not None and time.monotonic() - answered_at > bound:
            fault = f"Disparo's database has not answered for {bound:g} s"
        if fault is None:
            self._away_since = None
            return None
        self._away_since = self._away_since or now
        return DatabaseCard(state="down", since=self._away_since, detail=fault)
