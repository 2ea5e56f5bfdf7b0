"""The prediction log: whatever waits is written in one transaction, and only then told of.

Group commit: while one transaction is on its way to the disk, the next one gathers.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from app.db.prediction_entries import Entry, insert, unwritten
from app.db.prediction_writer import Fault, Writer, fault, first_line, parts
from app.db.replay import Replay
from app.db.spool import Spool
from app.errors import AppError, DatabaseAwayError

__all__ = ["Entry", "PredictionLog", "insert", "unwritten"]

_log = logging.getLogger(__name__)
_AT_ONCE = 1000
"""Most requests of one transaction."""
_BYTES_AT_ONCE = 8 * 2**20
"""About the most bytes of one transaction, but that of a single larger request."""
_AGAIN_SECONDS = 0.2
_STRIKES = 5


class PredictionLog:
    """Writes entries from any thread; tells of each when it is committed, or cannot be.

    With a spool, "committed" is: in the database, or safe in the spool's file.
    """

    def __init__(
        self,
        engine: sa.Engine,
        on_done: Callable[[Sequence[Entry]], None],
        *,
        most: int,
        most_bytes: int,
        spool: Spool | None = None,
    ) -> None:
        """At most about so many entries, and so many bytes of them, are to wait."""
        self._writer = Writer(engine)
        self._on_done = on_done
        self._most = most
        self._most_bytes = most_bytes
        self._spool = spool
        self._replay = None if spool is None else Replay(spool, engine)
        self._waiting: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._parts: deque[list[Entry]] = deque()
        self._counting = threading.Lock()
        self._held = self._held_bytes = 0
        self._is_unsure = self._is_away = False
        self._stop_by = float("inf")
        self._thread = threading.Thread(target=self._run, name="prediction log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()
        if self._replay is not None:
            self._replay.start()

    def stop(self, seconds: float) -> None:
        """Write what waits, and end; what is not written within `seconds` is refused."""
        self._stop_by = time.perf_counter() + seconds
        self._waiting.put(None)
        self._thread.join(seconds + _AGAIN_SECONDS)
        if self._replay is not None:
            self._replay.stop(seconds)

    @property
    def is_full(self) -> bool:
        """Tell whether as many entries wait as may."""
        return self._held >= self._most or self._held_bytes >= self._most_bytes

    @property
    def waiting(self) -> tuple[int, int]:
        """How many entries wait, and how many bytes of them."""
        return self._held, self._held_bytes

    def put(self, entry: Entry) -> None:
        """Let an entry wait to be written."""
        with self._counting:
            self._held += 1
            self._held_bytes += entry.size
        self._waiting.put(entry)

    def _run(self) -> None:
        while batch := self._batch():
            self._is_unsure = False
            self._parts.append(batch)
            while self._parts:
                self._write(self._patient(self._parts.popleft()))
                # What cannot be written now holds up no other.
                if self._parts and not self._waiting.empty() and (more := self._batch()):
                    self._parts.append(more)
        self._writer.let_go()

    def _batch(self) -> list[Entry]:
        """Wait for an entry and take what waits with it; none: the end."""
        batch: list[Entry] = []
        size = 0
        entry = self._waiting.get()
        while entry is not None:
            batch.append(entry)
            size += entry.size
            if len(batch) >= _AT_ONCE or size >= _BYTES_AT_ONCE:
                return batch
            try:
                entry = self._waiting.get_nowait()
            except queue.Empty:
                return batch
        if batch or self._parts:
            self._waiting.put(None)  # the end comes after these
        return batch

    def _write(self, part: list[Entry]) -> None:
        if not part or (self._spool is not None and self._spool.is_needed and self._spooled(part)):
            return
        try:
            self._writer.write(part, is_unsure=self._is_unsure)
        except Exception as error:  # noqa: BLE001 - the thread must live on
            self._on_fault(part, error)
        else:
            self._notice_away(None)
            self._tell(part)

    def _on_fault(self, part: list[Entry], error: Exception) -> None:
        """Try again: as soon as the database is back, or in smaller parts, down to the bad one."""
        kind = fault(error)
        if kind in {Fault.AWAY, Fault.BROKEN}:
            self._is_unsure = True
            if self._spooled(part):
                self._notice_away(error)
                return
            if kind is Fault.AWAY or not self._writer.answers():
                self._notice_away(error)
                self._later(part, _AGAIN_SECONDS)
                return
        if len(part) > 1:
            self._parts.extend(parts(part))
        elif kind is Fault.REFUSED or not self._is_unsure or part[0].strikes >= _STRIKES:
            _log.error("a prediction could not be recorded: %s", first_line(error), exc_info=error)
            self._refuse(part, AppError(f"it could not be recorded: {first_line(error)}"))
        else:
            part[0].strikes += 1
            self._later(part, _AGAIN_SECONDS / 4)

    def _later(self, part: list[Entry], seconds: float) -> None:
        if time.perf_counter() + seconds < self._stop_by:
            time.sleep(seconds)
            self._parts.append(part)
            return
        _log.error("%s predictions were not recorded: the service ends", len(part))
        self._refuse(part, DatabaseAwayError("the service ends, and its database is away"))

    def _patient(self, entries: list[Entry]) -> list[Entry]:
        """Return the entries that can still wait; those that cannot are told so."""
        now = time.perf_counter()
        late = [entry for entry in entries if entry.commit_by <= now]
        if not late:
            return entries
        self._refuse(late, not_in_time())
        return [entry for entry in entries if entry.commit_by > now]

    def _spooled(self, part: list[Entry]) -> bool:
        """Keep entries in the spool, if there is one and it has room."""
        if self._spool is None or not self._spool.append(part):
            return False
        self._tell(part)
        return True

    def _refuse(self, entries: Sequence[Entry], error: AppError) -> None:
        for entry in entries:
            entry.error = error
        self._tell(entries)

    def _tell(self, entries: Sequence[Entry]) -> None:
        with self._counting:
            self._held -= len(entries)
            self._held_bytes -= sum(entry.size for entry in entries)
        try:
            self._on_done(entries)
        except Exception:  # noqa: BLE001 - whoever waits has gone
            _log.exception("predictions are recorded, and could not be told of")

    def _notice_away(self, error: Exception | None) -> None:
        """Say once that the database went, and once that it is back."""
        if error is not None and not self._is_away:
            _log.warning("the database is away, will try again: %s", first_line(error))
        elif error is None and self._is_away:
            _log.warning("the database is back: predictions are recorded again")
        self._is_away = error is not None


def not_in_time() -> DatabaseAwayError:
    """Return what is told of an answer that waited too long for its record."""
    return DatabaseAwayError(
        "the prediction could not be recorded in time (showroom.commit_seconds), so it is not "
        "given; try again shortly",
        retry_after=1,
    )
