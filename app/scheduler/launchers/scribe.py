"""The scribe: copies what the programs of dispatches print from their spools into their logs."""

import ctypes
import logging
import os
import threading
from contextlib import suppress
from pathlib import Path

from app.db.engine import AWAY
from app.scheduler.launchers import spools
from app.scheduler.launchers.copying import Copying
from app.scheduler.launchers.spools import Spool
from app.services.logs import LogService

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_IDLE_SECONDS = 1.0
_STOP_SECONDS = 15.0
_PUNCH_HOLE = 0x01 | 0x02
"""FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, of linux/falloc.h."""


class Scribe:
    """A thread that follows all spools of this machine, also those of a service that was killed."""

    def __init__(self, directory: Path, logs: LogService) -> None:
        self._directory = directory
        self._logs = logs
        self._copies: dict[str, _Copy] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="scribe", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Look now: a program has started or ended."""
        self._wake.set()

    def stop(self) -> None:
        """Copy what there is, and end."""
        self._stopping = True
        self._wake.set()
        self._thread.join(_STOP_SECONDS)

    def _loop(self) -> None:
        while not self._stopping:
            self._wake.wait(_LOOK_SECONDS if self._copies else _IDLE_SECONDS)
            self._wake.clear()
            self._look_safely()
        self._look_safely()
        for copy in self._copies.values():
            copy.close()

    def _look_safely(self) -> None:
        try:
            self.look()
        except AWAY:
            logger.info("the logs of dispatches are copied when the database is back")
        except Exception:
            logger.exception("the logs of dispatches are followed further after an error")

    def look(self) -> None:
        """Copy what is new in each spool; remove those that no program writes to any more."""
        for spool in spools.found(self._directory):
            with suppress(FileNotFoundError):
                copy = self._copies.get(spool.claim.token) or self._opened(spool)
                if copy.advance():
                    del self._copies[spool.claim.token]

    def _opened(self, spool: Spool) -> "_Copy":
        copy = _Copy(spool, self._logs)
        self._copies[spool.claim.token] = copy
        return copy


class _Copy:
    """One spool that is followed."""

    def __init__(self, spool: Spool, logs: LogService) -> None:
        self._logs = logs
        if spool.base is None:
            spool = spools.with_base(spool, logs.begin(spool.claim.dispatch))
        assert spool.base is not None  # noqa: S101 - just noted
        self._spool = spool
        self._punched = 0
        self._descriptor = os.open(spool.path, os.O_RDWR)
        self._copying = Copying(logs, spool.claim.dispatch, self._descriptor, spool.base)

    def close(self) -> None:
        """Leave the spool as it is."""
        os.close(self._descriptor)

    def advance(self) -> bool:
        """Copy what is new; return whether that was all, and the spool is gone."""
        is_over = not spools.is_written(self._descriptor)
        self._copying.advance(is_over=is_over)
        self._punch()
        if is_over:
            self._logs.close(self._spool.claim, self._copying.end)
            self.close()
            self._spool.path.unlink(missing_ok=True)
        return is_over

    def _punch(self) -> None:
        """Give the disk back what was copied, so that a program may print without end.

        A hole keeps the spool's offsets, whatever the program appends meanwhile. Where the file
        system knows no holes, the spool stays whole until the dispatch has ended.
        """
        position = self._copying.position
        if position - self._punched > 2 * self._logs.half:
            with suppress(AttributeError, OSError):
                ctypes.CDLL(None).fallocate(
                    self._descriptor, _PUNCH_HOLE, ctypes.c_long(0), ctypes.c_long(position)
                )
            self._punched = position
