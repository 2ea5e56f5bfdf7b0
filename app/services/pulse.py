"""The pulse of a running dispatch: it shows life, writes progress, and learns when to stop."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Self

import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.engine import AWAY
from app.errors import AppError, CancelledError, ClaimGoneError, TimedOutError
from app.values.dispatch import Claim, Progress, Standing

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why a dispatch is to stop before its end."""

    CANCEL = "cancel"
    TIME_OUT = "time out"
    HAND_BACK = "hand back"
    """The service stops; another one is to run the dispatch."""
    TOLD = "told"
    """Slurm has told it to end, and says why: that is recorded by the launcher."""
    GONE = "gone"
    """It was given up for lost, or taken by another program."""


class Stop:
    """Tells a dispatch to stop. Of several reasons the first one counts."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.reason: Reason | None = None

    def set(self, reason: Reason) -> None:
        """Stop for this reason; safe in a signal handler."""
        if self.reason is None:
            self.reason = reason
        self.event.set()

    def check(self) -> None:
        """Raise what the reason means, if there is one."""
        if self.reason is not None:
            raise self.error()

    def error(self) -> AppError:
        """Return what the record says."""
        match self.reason:
            case Reason.TIME_OUT:
                return TimedOutError(
                    "the dispatch ran longer than its schedule's time_out; nothing of it was "
                    "delivered"
                )
            case Reason.GONE:
                return ClaimGoneError(
                    "the dispatch was given up for lost; nothing of this run was delivered"
                )
            case Reason.TOLD:
                return CancelledError("Slurm has told the dispatch to end; nothing was delivered")
            case _:
                return CancelledError("the dispatch was cancelled; nothing of it was delivered")


class Pulse:
    """A thread that writes progress and heartbeat, whatever the dispatch is busy with."""

    def __init__(
        self,
        engine: sa.Engine,
        claim: Claim,
        stop: Stop,
        *,
        progress: Callable[[], Progress],
        clock: Callable[[], datetime],
        seconds: float,
        time_out: float | None,
    ) -> None:
        self._engine = engine
        self._claim = claim
        self._stop = stop
        self._progress = progress
        self._clock = clock
        self._seconds = seconds
        self._deadline = None if time_out is None else time.monotonic() + time_out
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def beat(self) -> None:
        """Show life now, and learn how the dispatch stands."""
        with self._engine.begin() as connection:
            standing = DispatchStore(connection).record(
                self._claim, self._progress(), self._clock()
            )
        if standing is Standing.GONE:
            self._stop.set(Reason.GONE)
        elif standing is Standing.TO_CANCEL:
            self._stop.set(Reason.CANCEL)

    def require(self) -> None:
        """Raise unless the dispatch is to go on. While the database is away it does."""
        with suppress(*AWAY):
            self.beat()
        self._stop.check()

    def _loop(self) -> None:
        while not self._ended.wait(self._pause()):
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._stop.set(Reason.TIME_OUT)
            try:
                self.beat()
            except AWAY:
                logger.warning("dispatch %d: progress not recorded yet", self._claim.dispatch)

    def _pause(self) -> float:
        if self._deadline is None or self._stop.event.is_set():
            return self._seconds
        return max(0.0, min(self._seconds, self._deadline - time.monotonic()))
