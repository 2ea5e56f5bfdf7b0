"""A term: the time in which this service is the scheduler.

One thread answers APScheduler's rings by claiming slots, follows the changes of schedules, looks
after what APScheduler may have missed, and gives silent dispatches up for lost.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.db.engine import AWAY
from app.errors import NotLeaderError
from app.factory import Factory
from app.rhythm import Beat, Rhythm
from app.scheduler.jobs import Jobs
from app.scheduler.silence import Silence
from app.scheduler.upkeep import Upkeep
from app.values.lease import Lease

logger = logging.getLogger(__name__)

_FOLLOW_SECONDS = 0.5
"""How often changes of schedules are looked for: an edit works within a second."""
_SWEEP_SECONDS = 1.0
_NOT_RUNG = timedelta(seconds=1)
"""A slot that is due for so long has not been rung for."""
_COMPARE_SECONDS = 60.0
_STOP_SECONDS = 5.0
_NEVER = datetime.max.replace(tzinfo=UTC)
_AT_ONCE = 200
"""Most schedules that one transaction claims."""


@dataclass(kw_only=True)
class Right:
    """The right to claim, and until when it is sure. The leader renews it."""

    lease: Lease
    until: float
    """By this process's monotonic clock."""

    def is_sure(self) -> bool:
        """Tell whether no other service can hold the lease yet."""
        return time.monotonic() < self.until


class Term:
    """The scheduler at work, from `start` to `stop`."""

    def __init__(
        self,
        factory: Factory,
        right: Right,
        *,
        clock: Callable[[], datetime],
        on_queued: Callable[[], None],
    ) -> None:
        self._factory = factory
        self._right = right
        self._clock = clock
        self._on_queued = on_queued
        self._rings: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._jobs: Jobs | None = None
        lost_after = factory.settings.scheduler.lost_after
        self._silence = Silence(factory.queue, lost_after)
        self._rhythm = Rhythm(
            Beat(do=self._watch, every=_FOLLOW_SECONDS),
            Beat(do=self._compare, every=_COMPARE_SECONDS),
            Beat(do=self._follow, every=_FOLLOW_SECONDS),
            Beat(do=self._sweep, every=_SWEEP_SECONDS),
            Beat(do=self._listen, every=min(5.0, lost_after / 4)),
        )
        self._next: dict[int, datetime] = {}
        """When schedules are due next, as far as this term has claimed them itself."""
        self._is_away = False
        self._upkeep = Upkeep(factory.retention, factory.audit, right.lease, clock=clock)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start the thread, which starts APScheduler."""
        self._thread.start()
        self._upkeep.start()

    def stop(self) -> None:
        """Stop, and wait for the last claim to end; one that hangs has no right any more."""
        self._right.until = 0.0
        self._upkeep.stop()
        self._stopping.set()
        self._rings.put(None)
        if self._thread.is_alive():  # not so if it could not be started
            self._thread.join(_STOP_SECONDS)

    def is_alive(self) -> bool:
        """Tell whether it is at work."""
        return self._thread.is_alive()

    def fault(self) -> str | None:
        """Return what is wrong with it; None: nothing."""
        if self._jobs is not None and not self._jobs.is_alive():
            return "APScheduler's thread has died; it is replaced within a second"
        return "the scheduler waits for the database" if self._is_away else None

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._turn()
                self._note_away(None)
            except NotLeaderError:
                logger.warning("another service has become the scheduler; this one claims no more")
                break
            except AWAY as error:
                self._note_away(error)
                self._stopping.wait(_FOLLOW_SECONDS)
            except Exception:
                logger.exception("the scheduler goes on after an error")
                self._stopping.wait(_FOLLOW_SECONDS)
        if self._jobs is not None:
            self._jobs.stop()

    def _note_away(self, error: Exception | None) -> None:
        if error is not None:
            self._silence.forget()
        if self._is_away != (error is not None):
            self._is_away = error is not None
            words = "the database is away, the scheduler waits: %s"
            logger.warning(words, error) if error else logger.warning("the database is back")

    def _turn(self) -> None:
        self._rhythm.keep()
        if rung := self._rung():
            self._answer(rung)

    def _rung(self) -> list[int]:
        """Return all schedules that have rung, waiting for the first one."""
        ids: dict[int, None] = {}
        try:
            ring = self._rings.get(timeout=self._rhythm.pause())
            while ring is not None:
                ids[ring] = None
                if len(ids) >= _AT_ONCE:
                    break
                ring = self._rings.get_nowait()
        except queue.Empty:
            pass
        return list(ids)

    def _answer(self, rung: list[int]) -> None:
        """Claim for the schedules that rang, and for all others that are due by now.

        APScheduler rings for one after the other, and keeps its own books in between; when the
        first of many rings, all are claimed, and most rings find nothing left to do.
        """
        now = self._clock()
        waiting = [n for n in rung if self._next.get(n, now) <= now]
        if waiting:
            due = self._factory.slots.overdue(before=now, limit=_AT_ONCE)
            self._claim(list(dict.fromkeys(waiting + due)))

    def _claim(self, ids: list[int]) -> None:
        """Claim what is due of these schedules. Once the right is unsure, leave it to others."""
        if not self._right.is_sure():
            return
        claimed = self._factory.slots.claim(ids, self._right.lease, now=self._clock())
        if any(one.dispatches for one in claimed):
            self._on_queued()
        self._next |= {one.schedule: one.due_at or _NEVER for one in claimed}
        for gone in set(ids) - {one.schedule for one in claimed}:
            self._ringing().forget(gone)

    def _ringing(self) -> Jobs:
        if self._jobs is None:
            self._jobs = Jobs(self._factory, self._rings.put)
            self._jobs.start()
        return self._jobs

    def _watch(self) -> None:
        """Replace APScheduler where its thread has died, of which it tells nobody."""
        if not self._ringing().is_alive():
            logger.error("APScheduler's thread has died; it is replaced")
            self._ringing().stop()
            self._jobs = None
            self._compare()

    def _compare(self) -> None:
        self._ringing().compare()
        self._next.clear()

    def _follow(self) -> None:
        if self._ringing().follow():
            self._next.clear()  # a change may make a schedule due sooner

    def _sweep(self) -> None:
        """Claim what was not rung for: after a jump of the clock, or a failure of APScheduler."""
        before = self._clock() - _NOT_RUNG
        if ids := self._factory.slots.overdue(before=before, limit=_AT_ONCE):
            self._claim(ids)

    def _listen(self) -> None:
        if self._right.is_sure() and self._silence.look(self._clock()):
            self._on_queued()
