"""The leader: of all services on one database, one at a time is the scheduler."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime

from app.db.engine import AWAY
from app.factory import Factory
from app.scheduler.term import Right, Term
from app.values.lease import Lease

logger = logging.getLogger(__name__)

LEASE = "scheduler"
_STOP_SECONDS = 10.0
"""For the term to stop, and for the database to be told."""
_RENEWALS = 4
"""How many times a lease is renewed in its length, so that a slow answer does not end it."""
_MARGIN = 0.25
"""The part of a lease's length before its end from which on its holder is unsure of it."""


class Leader:
    """A thread that holds or wants the lease; while it holds it, a term is at work."""

    def __init__(
        self,
        factory: Factory,
        *,
        clock: Callable[[], datetime],
        on_queued: Callable[[], None],
    ) -> None:
        self._factory = factory
        self._clock = clock
        self._on_queued = on_queued
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._length = factory.leases.length.total_seconds()
        self._right: Right | None = None
        self._term: Term | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="leader", daemon=True)

    def start(self) -> None:
        """Start to want the lease, unless this service is to run nothing by itself."""
        if self._factory.settings.scheduler.enabled:
            self._thread.start()

    def stop(self) -> None:
        """End the term, and let another service have the lease at once.

        What hangs in the database is left behind, and so the lease ends by itself.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    @property
    def is_leader(self) -> bool:
        """Whether this service is the scheduler."""
        return self._right is not None and self._right.is_sure()

    def fault(self) -> str | None:
        """Return what is wrong with the threads of a scheduler; None: nothing, or it is none."""
        term = self._term
        if not self.is_leader:
            return None
        if term is None or not term.is_alive():
            return "the scheduler's thread does not live; it is begun anew within a second"
        return term.fault()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._safely(self._look)
            self._safely(self._end_unsure_term)
            self._stopping.wait(min(1.0, self._length / _RENEWALS))
        self._safely(self._end_term)

    def _safely(self, do: Callable[[], None]) -> None:
        """Do something that is done again soon, should it fail: this thread never dies."""
        try:
            do()
        except AWAY as error:
            logger.info("the lease of the scheduler cannot be seen to: %s", error)
        except Exception:
            logger.exception("the lease is seen to again after an error")

    def _look(self) -> None:
        """Take or renew the lease, and see that a term is at work while it is held."""
        asked_at = time.monotonic()
        lease = self._hold()
        if lease is None:
            return
        until = asked_at + self._length * (1 - _MARGIN)
        if self._right is not None and self._right.lease.token == lease.token:
            self._right.until = until
        else:
            self._right = Right(lease=lease, until=until)
        if self._term is None or not self._term.is_alive():
            logger.info("this service is the scheduler (%s, term %d)", lease.holder, lease.token)
            self._term = Term(
                self._factory, self._right, clock=self._clock, on_queued=self._on_queued
            )
            self._term.start()

    def _hold(self) -> Lease | None:
        """Renew the lease, or else take it; None while another holds it."""
        if self._right is not None:
            renewed = self._factory.leases.renew(self._right.lease)
            if renewed is not None:
                return renewed
            self._end_term()
        return self._factory.leases.take(LEASE, self._holder)

    def _end_unsure_term(self) -> None:
        """Stop APScheduler where the lease may have ended; a new term begins when it is held."""
        if self._term is not None and not self.is_leader:
            logger.warning("the lease of the scheduler could not be renewed in time")
            self._term.stop()
            self._term = None

    def _end_term(self) -> None:
        right, self._right = self._right, None
        if self._term is not None:
            self._term.stop()
            self._term = None
        if right is not None:
            try:
                self._factory.leases.give_up(right.lease)
            except AWAY:
                logger.warning("the lease could not be given up; it ends by itself")
