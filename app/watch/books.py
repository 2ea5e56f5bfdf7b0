"""The books: a thread that holds the Monitor's lease, and writes what the pacer finds.

It alone of the two waits for the database. While that is away the pacer goes on.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime

from app.db.engine import AWAY
from app.errors import NotLeaderError
from app.factory import Factory
from app.rhythm import Beat, Rhythm
from app.services.watching import Agenda, Batch, in_parts
from app.values.lease import Lease
from app.watch.pacer import Pacer

logger = logging.getLogger(__name__)

LEASE = "monitor"
_FOLLOW_SECONDS = 0.5
"""How often changes of checks are looked for: an edit works within a second."""
_RENEWALS = 4
_FORGET_SECONDS = 60.0
_AT_ONCE = 1000
"""Most results of one transaction."""
_STOP_SECONDS = 5.0


class Books:
    """Holds or wants the lease; while it holds it, the pacer has something to do."""

    def __init__(self, factory: Factory, pacer: Pacer, *, clock: Callable[[], datetime]) -> None:
        self._watch = factory.watching
        self._looks = factory.looks
        self._leases = factory.leases
        self._retention = factory.check_retention
        self._pacer = pacer
        self._clock = clock
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._lease: Lease | None = None
        self._seen = -1
        self._pending: Batch | None = None
        self._is_unsure = False
        self._is_away = False
        length = factory.leases.length.total_seconds()
        self._rhythm = Rhythm(
            Beat(do=self._hold, every=min(1.0, length / _RENEWALS)),
            Beat(do=self._follow, every=_FOLLOW_SECONDS),
            Beat(do=self._write, every=factory.settings.monitor.write_seconds),
            Beat(do=self._forget, every=_FORGET_SECONDS),
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="monitor records", daemon=True)

    def start(self) -> None:
        """Begin to want the lease."""
        self._thread.start()

    def stop(self) -> None:
        """Write what there is, and let another have the lease at once."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    @property
    def is_at_work(self) -> bool:
        """Whether this service is the Monitor, as far as it knows."""
        return self._lease is not None

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._safely(self._rhythm.keep)
            self._stopping.wait(self._rhythm.pause())
        self._safely(self._write)
        self._safely(self._give_up)

    def _safely(self, do: Callable[[], None]) -> None:
        """Do something that is done again soon, should it fail: this thread never dies."""
        try:
            do()
            self._note_away(None)
        except NotLeaderError:
            logger.warning("another service has become the Monitor; this one looks at nothing")
            self._end()
        except AWAY as error:
            self._note_away(error)
        except Exception:
            logger.exception("the Monitor's records are seen to again after an error")

    def _note_away(self, error: Exception | None) -> None:
        if self._is_away == (error is not None):
            return
        self._is_away = error is not None
        if error is not None:
            logger.warning("the database is away, the Monitor looks on and writes later: %s", error)
        else:
            logger.warning("the database is back for the Monitor")

    def _hold(self) -> None:
        """Renew the lease, or else take it."""
        if self._lease is not None:
            renewed = self._leases.renew(self._lease)
            if renewed is not None:
                self._lease = renewed
                return
            self._end()
        taken = self._leases.take(LEASE, self._holder)
        if taken is not None:
            self._begin(taken)

    def _begin(self, lease: Lease) -> None:
        agenda = self._agenda()
        self._pacer.follow(agenda, self._watch.standings())
        self._seen, self._lease = agenda.change, lease
        logger.info("this service is the Monitor (%s, term %d)", lease.holder, lease.token)

    def _agenda(self) -> Agenda:
        agenda = self._watch.agenda()
        self._looks.prepare(one.spec for one in agenda.checks if one.spec is not None)
        return agenda

    def _end(self) -> None:
        self._lease, self._pending = None, None
        self._pacer.end()

    def _give_up(self) -> None:
        if self._lease is not None:
            self._leases.give_up(self._lease)

    def _follow(self) -> None:
        if self._lease is None or self._watch.last_change() == self._seen:
            return
        agenda = self._agenda()
        self._pacer.follow(agenda)
        self._seen = agenda.change

    def _write(self) -> None:
        """Write all that was found, and tell of flips."""
        while self._lease is not None:
            if self._pending is None:
                self._pending = self._pacer.fetch(_AT_ONCE)
            if self._pending == Batch():
                self._pending = None
                break
            self._put(self._pending, self._lease)
            self._pending, self._is_unsure = None, False
        while self._lease is not None and self._watch.tell(self._lease, now=self._clock()):
            pass

    def _put(self, batch: Batch, lease: Lease) -> None:
        """Write a batch; what cannot be written of it is left out, and logged."""
        try:
            self._watch.write(batch, lease, is_unsure=self._is_unsure)
        except NotLeaderError:
            raise
        except AWAY:
            self._is_unsure = True
            raise
        except Exception:
            parts = in_parts(batch)
            logger.exception("results of %d checks could not be written at once", len(parts))
            for part in parts:
                self._put_alone(part, lease)

    def _put_alone(self, part: Batch, lease: Lease) -> None:
        try:
            self._watch.write(part, lease, is_unsure=True)
        except (NotLeaderError, *AWAY):
            raise
        except Exception:
            logger.exception("the results of a check could not be written; they are left out")

    def _forget(self) -> None:
        """Let old results go, some at a time."""
        if self._lease is not None:
            deadline = time.monotonic() + self._leases.length.total_seconds() / _RENEWALS
            while self._retention.remove(self._lease, now=self._clock()):
                if time.monotonic() > deadline:
                    break
