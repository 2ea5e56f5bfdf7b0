"""Silence: running dispatches that show no life are given up for lost."""

import logging
import time
from datetime import datetime

from app.errors import LostError
from app.services.queue import QueueService
from app.values.dispatch import Dispatch

logger = logging.getLogger(__name__)


class Silence:
    """Watches heartbeats change, by this process's own monotonic clock.

    So neither a wrong clock of another host nor a jump of this one's makes a dispatch lost. What
    was seen is forgotten when the database was away: nobody could show life then.
    """

    def __init__(self, queue: QueueService, limit: float) -> None:
        self._queue = queue
        self._limit = limit
        self._seen: dict[int, tuple[datetime | None, float]] = {}

    def forget(self) -> None:
        """Begin to watch anew."""
        self._seen.clear()

    def look(self, now: datetime) -> list[int]:
        """Give up what has been silent for longer than the limit; return its ids."""
        running = {dispatch.id: dispatch for dispatch in self._queue.running()}
        moment = time.monotonic()
        self._seen = {
            n: self._seen[n]
            if n in self._seen and self._seen[n][0] == one.heartbeat_at
            else (one.heartbeat_at, moment)
            for n, one in running.items()
        }
        silent = [n for n, (_, since) in self._seen.items() if moment - since > self._limit]
        return [n for n in silent if self._give_up(running[n], now)]

    def _give_up(self, dispatch: Dispatch, now: datetime) -> bool:
        error = LostError(
            f"its program on {dispatch.host} (process {dispatch.process}) has shown no life for "
            f"{self._limit:g} seconds (scheduler.lost_after), the last time at "
            f"{dispatch.heartbeat_at}",
            host=dispatch.host,
            process=dispatch.process,
        )
        lost = self._queue.give_up(dispatch, error, now=now, retry=False)
        if lost:
            logger.warning("dispatch %d is lost: %s", dispatch.id, error.detail)
        return lost
