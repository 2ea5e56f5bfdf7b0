"""Replays the spool into the database, each entry exactly once: its id is the table's key."""

import logging
import threading
from collections import deque

import sqlalchemy as sa

from app.db.prediction_entries import Entry
from app.db.prediction_writer import Fault, Writer, fault, first_line, parts
from app.db.spool import Spool, SpoolFile

_log = logging.getLogger(__name__)
_AT_ONCE = 500
_AGAIN_SECONDS = 0.2
_LOOKS = 10
"""After so many rounds it is looked for files of processes that are no more."""
_STRIKES = 5


class Replay:
    """A thread that brings what is spooled to the database, as soon as that is back."""

    def __init__(self, spool: Spool, engine: sa.Engine) -> None:
        self._spool = spool
        self._writer = Writer(engine)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spool replay", daemon=True)

    def start(self) -> None:
        """Begin, first with what processes before this one left."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End; what is not replayed stays in its file, for the next start."""
        self._stopping.set()
        self._thread.join(seconds)
        if not self._thread.is_alive():
            self._spool.close()

    def _run(self) -> None:
        rounds = 0
        while not self._stopping.is_set():
            try:
                self._round(look=rounds % _LOOKS == 0)
            except Exception:  # noqa: BLE001 - the thread must live on
                _log.exception("what is spooled could not be replayed, will try again")
            rounds += 1
            self._stopping.wait(_AGAIN_SECONDS)
        self._writer.let_go()

    def _round(self, *, look: bool) -> None:
        own = self._spool.own
        if self._spool.is_needed and not self._writer.answers():
            return
        self._spool.is_needed = False  # what comes from now on goes to the database again
        if own is not None and not own.is_replayed and not self.replay(own):
            return
        if look:
            for orphan in self._spool.orphans():
                if not self.replay(orphan):
                    return

    def replay(self, file: SpoolFile) -> bool:
        """Bring a file's entries to the database; False: it is away, or this process ends."""
        while not self._stopping.is_set() and not file.is_replayed:
            entries, place = file.next(_AT_ONCE)
            if entries and not self._written(entries):
                return False
            file.advance(place)
            _log.warning("%s spooled predictions are in the database now", len(entries))
        return file.is_replayed

    def _written(self, entries: list[Entry]) -> bool:
        waiting = deque([entries])
        while waiting:
            part = waiting.popleft()
            try:
                self._writer.write(part, is_unsure=True)
            except Exception as error:  # noqa: BLE001 - one bad entry holds up no other
                if not self._can_go_on(part, error):
                    return False
                waiting.extend(parts(part) if len(part) > 1 else [])
        return True

    def _can_go_on(self, part: list[Entry], error: Exception) -> bool:
        """Tell whether the parts of a failed transaction are to be tried; set a bad entry aside."""
        kind = fault(error)
        if kind is Fault.AWAY or (kind is not Fault.REFUSED and not self._writer.answers()):
            return False
        if len(part) > 1:
            return True
        part[0].strikes += 1
        if kind is not Fault.REFUSED and part[0].strikes < _STRIKES:
            self._stopping.wait(_AGAIN_SECONDS)
            return self._written(part)
        _log.error("%s is set aside in the spool: %s", part[0].id, first_line(error))
        self._spool.set_aside(part[0])
        return True
