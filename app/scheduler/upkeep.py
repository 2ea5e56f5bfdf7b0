"""Upkeep: what the leader does now and then, in a thread of its own: no slot waits for it."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from app.db.engine import AWAY
from app.errors import NotLeaderError
from app.services.audit import AuditService
from app.services.retention import RetentionService
from app.values.lease import Lease

logger = logging.getLogger(__name__)

_FIRST_SECONDS = 60.0
_EVERY_SECONDS = 3600.0
_PAUSE_SECONDS = 0.1
"""Between two steps, so that others have their turn with the database."""


class Upkeep:
    """Lets old records of predictions, and of who did what, go as long as this service leads."""

    def __init__(
        self,
        retention: RetentionService,
        audit: AuditService,
        lease: Lease,
        *,
        clock: Callable[[], datetime],
        first_seconds: float = _FIRST_SECONDS,
    ) -> None:
        self._retention = retention
        self._audit = audit
        self._lease = lease
        self._clock = clock
        self._first_seconds = first_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin, a little after the service."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step that is being made, for which nobody waits: the lease guards it."""
        self._stopping.set()

    def _loop(self) -> None:
        pause = self._first_seconds
        while not self._stopping.wait(pause):
            pause = _EVERY_SECONDS
            try:
                self._remove_old()
            except (NotLeaderError, *AWAY) as error:
                logger.info("old records are removed later: %s", error)
            except Exception:
                logger.exception("old records could not be removed")

    def _remove_old(self) -> None:
        before = self._retention.limit(self._clock())
        self._remove(
            "requests for predictions", lambda: self._retention.remove(before, self._lease)
        )
        self._remove(
            "entries of the audit", lambda: self._audit.remove(self._lease, now=self._clock())
        )

    def _remove(self, what: str, some: Callable[[], int]) -> None:
        removed = 0
        while not self._stopping.is_set() and (count := some()):
            removed += count
            self._stopping.wait(_PAUSE_SECONDS)
        if removed:
            logger.info("%d old %s were removed from the records", removed, what)
