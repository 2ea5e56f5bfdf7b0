"""The crew: the children that run dispatches, and the thread that watches over them.

The thread never touches the database, so that a limit is kept while that is away.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from app.errors import AppError, LostError, TimedOutError
from app.scheduler.launchers import spools, verdicts
from app.scheduler.launchers.nursery import Nursery
from app.scheduler.launchers.spools import Spool
from app.scheduler.launchers.warm import Born, Ended, Message, Ready
from app.values.dispatch import Claim, Standing
from app.values.policy import Policies

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25
_IDLE_SECONDS = 1.0
_BIRTH_SECONDS = 5.0
"""After which a child that the warm process left unborn is given up."""


@dataclass(kw_only=True)
class Child:
    """A process that runs one dispatch."""

    claim: Claim
    process: int | None = None
    """Its id, and that of its process group; None until it is born."""
    started_at: float = field(default_factory=time.monotonic)
    oom_kills: int = field(default_factory=verdicts.oom_kills)
    policies: Policies | None = None
    """None until they are known."""
    is_ours: bool = True
    """Whether the warm process tells of its end; else its spool does."""
    dooms: list[tuple[float, AppError]] = field(default_factory=list)
    """When to kill it, by the monotonic clock, and what the record is to say then."""
    standing: Standing = Standing.ONGOING
    """How its dispatch stood when it was last looked at."""
    killed_for: AppError | None = None
    status: int | None = None

    def verdict(self) -> AppError:
        """Return why it ended, if its record does not tell."""
        if self.process is None:
            return LostError("the launcher could not start its process; see the service's log")
        out_of_memory = verdicts.oom_kills() > self.oom_kills
        return self.killed_for or verdicts.of_status(
            self.status, kernel_was_out_of_memory=out_of_memory
        )


class Crew:
    """Starts children, keeps them to their limits, and tells when one has ended."""

    def __init__(self, nursery: Nursery, *, grace: float, on_change: Callable[[], None]) -> None:
        self._nursery = nursery
        self._spools = nursery.spools
        self._grace = grace
        self._on_change = on_change
        self._lock = threading.Lock()
        self._children: dict[str, Child] = {}
        self._ended: list[Child] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="launcher's watch", daemon=True)

    def start(self) -> None:
        """Start the thread, which starts the warm process."""
        self._thread.start()

    def stop(self) -> None:
        """Stop to watch. Children that still run go on."""
        self._stopping.set()
        self._thread.join(_IDLE_SECONDS + 10)

    @property
    def is_ready(self) -> bool:
        """Whether a child starts at once."""
        return self._nursery.process is not None

    def children(self) -> list[Child]:
        """Return those that run."""
        with self._lock:
            return list(self._children.values())

    def ended(self) -> list[Child]:
        """Return those that have ended since the last call."""
        with self._lock:
            ended, self._ended = self._ended, []
            return ended

    def begin(self, claim: Claim) -> None:
        """Let a child run a dispatch."""
        child = Child(claim=claim)
        with self._lock:
            self._children[claim.token] = child
        if not self._nursery.begin(claim):
            child.is_ours = False  # it is found missing, and told of

    def adopt(self, spool: Spool) -> None:
        """Watch over a child of a service that was killed."""
        child = Child(claim=spool.claim, process=spool.process, is_ours=False)
        with self._lock:
            self._children[spool.claim.token] = child

    def ask(self, child: Child, number: int, then: AppError | None) -> None:
        """Ask a child to end; after the grace kill it, and have the record say why."""
        _signal(child, number)
        if then is not None:
            self.doom(child, self._grace, then)

    def doom(self, child: Child, seconds: float, error: AppError) -> None:
        """Kill a child that has not ended by then."""
        child.dooms.append((time.monotonic() + seconds, error))

    def limit(self, child: Child, policies: Policies, already: float) -> None:
        """Tell the limits of a child that has run for `already` seconds."""
        child.policies = policies
        if policies.time_out is not None:
            left = policies.time_out.total_seconds() - already
            error = TimedOutError(
                f"the dispatch ran longer than its schedule's time_out ({policies.time_out}) and "
                f"did not end within {self._grace:g} seconds more (dispatch.grace_seconds); its "
                "process was killed, and nothing of it was delivered"
            )
            self.doom(child, left + self._grace, error)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception:
                logger.exception("the launcher goes on watching its children after an error")
                self._stopping.wait(_IDLE_SECONDS)
        self._nursery.stop()

    def _look(self) -> None:
        self._nursery.start()
        messages = self._nursery.messages(_LOOK_SECONDS if self._children else _IDLE_SECONDS)
        if messages is None:
            logger.warning("the launcher's warm process is gone; another one is started")
            self._disown()
        for message in messages or ():
            self._hear(message)
        for child in self.children():
            self._enforce(child)
            if not child.is_ours and self._is_over(child):
                self._end(child)

    def _hear(self, message: Message) -> None:
        if isinstance(message, Ready):
            self._on_change()
            return
        child = self._children.get(message.token)
        if child is not None and isinstance(message, Born):
            child.process = message.process
        elif child is not None and isinstance(message, Ended):
            child.status = message.status
            self._end(child)

    def _disown(self) -> None:
        for child in self.children():
            child.is_ours = False
            child.started_at = child.started_at if child.process else time.monotonic()

    def _is_over(self, child: Child) -> bool:
        """Tell whether a child of another warm process has ended: then its spool has no writer."""
        spool = spools.of_claim(self._spools, child.claim.token)
        if spool is not None and child.process is None:
            child.process = spool.process
        if spool is None and child.process is None:
            return time.monotonic() > child.started_at + _BIRTH_SECONDS
        return spool is None or not spools.has_writer(spool)

    def _end(self, child: Child) -> None:
        with self._lock:
            if self._children.pop(child.claim.token, None) is not None:
                self._ended.append(child)
        self._on_change()

    def _enforce(self, child: Child) -> None:
        """Kill the child if its time has come, or its memory is beyond its limit."""
        if child.process is None:
            return
        most = child.policies.memory_limit if child.policies else None
        if most is not None and child.killed_for is None:
            resident = verdicts.resident_memory(child.process)
            if resident > most:
                self.doom(child, 0.0, verdicts.over_limit(resident, most))
        now = time.monotonic()
        due = [error for at, error in sorted(child.dooms, key=lambda one: one[0]) if at <= now]
        if due:
            child.killed_for = child.killed_for or due[0]
            _signal(child, signal.SIGKILL)


def _signal(child: Child, number: int) -> None:
    """Send a signal: SIGKILL to the whole group, others to the program alone."""
    if child.process is None:
        return
    with suppress(ProcessLookupError, PermissionError):
        if number != signal.SIGKILL:
            os.kill(child.process, number)
            return
        with suppress(ProcessLookupError):
            os.killpg(child.process, number)
        os.kill(child.process, number)
