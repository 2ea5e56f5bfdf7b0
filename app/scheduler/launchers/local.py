"""The local launcher: keeps at most `scheduler.workers` dispatches running on this machine."""

import logging
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from app.db.engine import AWAY
from app.errors import CancelledError, ClaimGoneError, LostError
from app.factory import Factory
from app.scheduler.launchers import spools
from app.scheduler.launchers.crew import Child, Crew
from app.scheduler.launchers.nursery import Nursery
from app.scheduler.launchers.post import Post
from app.scheduler.launchers.scribe import Scribe
from app.services.ends import in_record, state_after
from app.values.dispatch import Claim, Standing
from app.values.policy import Policies

logger = logging.getLogger(__name__)

_KILL_SECONDS = 5.0
_RECORD_SECONDS = 5.0
_GOODBYE_SECONDS = 30.0
"""For the kill, the records and the logs, should the database be slow to answer."""


class LocalLauncher:
    """A thread that takes dispatches from the queue, and records how their processes ended."""

    def __init__(self, factory: Factory, *, clock: Callable[[], datetime]) -> None:
        self._factory = factory
        self._clock = clock
        self._bounds = factory.settings.scheduler
        self._host = socket.gethostname()
        self._directory = factory.state / "launcher" / self._host
        self._post = Post(self._directory)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="launcher", daemon=True)

    def start(self) -> None:
        """Start the thread, unless this service is to run nothing by itself."""
        if self._bounds.enabled and self._bounds.workers:
            self._thread.start()

    def wake(self) -> None:
        """Have the launcher of this machine look at the queue now."""
        self._post.wake()

    def stop(self) -> None:
        """Stop, and with it what runs: as `scheduler.on_stop` says, within a bound."""
        self._stopping.set()
        self._post.wake()
        if self._thread.is_alive():
            grace = self._factory.settings.dispatch.grace_seconds
            drain = self._bounds.drain_seconds if self._bounds.on_stop == "drain" else 0.0
            self._thread.join(drain + grace + _GOODBYE_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._post.take():
                    self._work()
            except Exception:
                logger.exception("the launcher begins anew after an error")
            self._stopping.wait(self._bounds.poll_seconds)

    def _work(self) -> None:
        try:
            Shift(
                self._factory, self._post, self._directory, clock=self._clock, host=self._host
            ).work(self._stopping)
        finally:
            self._post.leave()


class Shift:
    """The launcher at work, as long as this process holds the post."""

    def __init__(
        self,
        factory: Factory,
        post: Post,
        directory: Path,
        *,
        clock: Callable[[], datetime],
        host: str,
    ) -> None:
        self._queue = factory.queue
        self._dispatches = factory.dispatches
        self._bounds = factory.settings.scheduler
        self._grace = factory.settings.dispatch.grace_seconds
        self._post = post
        self._clock = clock
        self._host = host
        self._spools = directory / "spools"
        self._spools.mkdir(exist_ok=True)
        nursery = Nursery(factory.settings, state=factory.state, spools=self._spools)
        self._scribe = Scribe(self._spools, factory.logs)
        self._crew = Crew(nursery, grace=self._grace, on_change=post.wake)
        self._unrecorded: list[Child] = []
        self._taking: str | None = None
        """The call to take from the queue that was not answered."""

    def work(self, stopping: threading.Event) -> None:
        """Work until told to stop, then see to what runs."""
        for spool in spools.found(self._spools):
            self._crew.adopt(spool)
        self._crew.start()
        self._scribe.start()
        while not stopping.is_set():
            self._safely(self._look)
            self._safely(self._take)
            self._post.wait(self._bounds.poll_seconds)
        self._finish()

    def _safely(self, do: Callable[[], None]) -> None:
        """Do something that the next look does again, should it fail."""
        try:
            do()
        except AWAY as error:
            logger.warning("the launcher waits for the database: %s", str(error).partition("\n")[0])
        except Exception:
            logger.exception("the launcher goes on after an error")

    def _look(self) -> None:
        """Record what has ended, and see to cancelled dispatches."""
        self._record_ends(again=False)
        running = self._crew.children()
        for child in running:
            if child.policies is None:
                self._learn_policies(child)
        if running:
            standings = self._queue.standings([child.claim for child in running])
            for child, standing in zip(running, standings, strict=True):
                self._see_to(child, standing)

    def _record_ends(self, *, again: bool) -> None:
        """Record the ends of children that did not do so; `again` queues what the stop ended."""
        ended = self._crew.ended()
        if ended:
            self._scribe.wake()
        self._unrecorded += ended
        while self._unrecorded:
            try:
                self._record(self._unrecorded[0], again=again)
            except AWAY:
                raise
            except Exception:
                number = self._unrecorded[0].claim.dispatch
                logger.exception("dispatch %d: its end is left to the scheduler", number)
            del self._unrecorded[0]

    def _record(self, child: Child, *, again: bool) -> None:
        error, now = child.verdict(), self._clock()
        if isinstance(error, LostError) and (again or child.process is None):
            told = self._queue.lose(child.claim, error, now=now, actor="launcher")
        else:
            record = in_record(error)
            state = state_after(record)
            told = self._queue.finish(child.claim, state, now=now, actor="launcher", error=record)
        if told:
            logger.warning("dispatch %d: %s", child.claim.dispatch, error.detail)

    def _learn_policies(self, child: Child) -> None:
        try:
            dispatch = self._dispatches.get(child.claim.dispatch)
        except AWAY:
            raise
        except Exception:  # a damaged row must not keep the others from being looked after
            logger.exception("dispatch %d: its limits cannot be read", child.claim.dispatch)
            self._crew.limit(child, Policies(), 0.0)
            return
        since = dispatch.started_at or self._clock()
        already = max(0.0, (self._clock() - since).total_seconds())
        self._crew.limit(child, dispatch.order.schedule.policies, already)

    def _see_to(self, child: Child, standing: Standing) -> None:
        """Ask a child to end whose dispatch was cancelled, or belongs to it no more."""
        if standing is child.standing:
            return
        child.standing = standing
        within = f"within {self._grace:g} seconds (dispatch.grace_seconds); its process was killed"
        if standing is Standing.TO_CANCEL:
            error = f"the dispatch was cancelled, and did not end {within}; nothing was delivered"
            self._crew.ask(child, signal.SIGTERM, CancelledError(error))
        elif standing is Standing.GONE:
            error = f"the dispatch was given up for lost, and its program did not end {within}"
            self._crew.doom(child, self._grace, ClaimGoneError(error))

    def _take(self) -> None:
        room = self._bounds.workers - len(self._crew.children())
        if not self._crew.is_ready or room <= 0:
            return
        for claim in self._taken(room):
            self._crew.begin(claim)
            self._scribe.wake()

    def _taken(self, room: int) -> list[Claim]:
        """Take from the queue; but first what was taken by a call whose answer was lost."""
        if self._taking is not None:
            claims = self._queue.taken(self._taking)
            self._taking = None
            return claims
        self._taking = uuid.uuid4().hex[:16]
        now = self._clock()
        claims = self._queue.take(
            room, host=self._host, launcher="local", now=now, taking=self._taking
        )
        self._taking = None
        return claims

    def _finish(self) -> None:
        """Let what runs end, hand itself back, or be killed, in this order and within bounds."""
        if self._bounds.on_stop == "drain":
            self._await_ends(self._bounds.drain_seconds, again=False)
        for child in self._crew.children():
            self._crew.ask(child, signal.SIGUSR1, None)
        self._await_ends(self._grace, again=True)
        error = LostError(
            f"the service stopped, and the dispatch did not hand itself back within "
            f"{self._grace:g} seconds (dispatch.grace_seconds); its process was killed"
        )
        for child in self._crew.children():
            self._crew.doom(child, 0.0, error)
        self._await_ends(_KILL_SECONDS, again=True)
        self._record_last_ends()
        self._scribe.stop()
        self._crew.stop()

    def _await_ends(self, seconds: float, *, again: bool) -> None:
        deadline = time.monotonic() + seconds
        while self._crew.children() and time.monotonic() < deadline:
            self._safely(lambda: self._look() if not again else self._record_ends(again=True))
            left = deadline - time.monotonic()
            self._post.wait(max(0.0, min(left, self._bounds.poll_seconds)))

    def _record_last_ends(self) -> None:
        deadline = time.monotonic() + _RECORD_SECONDS
        self._safely(lambda: self._record_ends(again=True))
        while self._unrecorded and time.monotonic() < deadline:
            self._post.wait(0.5)
            self._safely(lambda: self._record_ends(again=True))
