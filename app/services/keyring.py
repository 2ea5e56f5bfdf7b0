"""Who shows which secret, remembered for a moment: the way to predictions asks no database.

A secret is looked up when it is first shown, in a thread, once however many requests show it at the
same time. For `auth.remember_seconds` it is then taken as found; from the middle of that time on it
is looked up anew behind the back of the request, so that none waits. So what is revoked is refused
everywhere within that time. While the database does not answer, what was found before is taken for
`auth.away_seconds`.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol, TypeVar

from app.clock import utc_now
from app.db.engine import AWAY
from app.errors import BusyError, DatabaseAwayError
from app.settings_access import Auth
from app.values.account import Principal

LOOKUPS = 4
"""Secrets that are looked up at once."""
_USE_SECONDS = 60.0
"""How often it is noted that a secret is used."""
_USES = 100
"""Notes that wait at the most; there is another occasion."""
_AWAY_SECONDS = 1.0
"""How long a database that is away is not asked again for the same secret."""
_NEVER = -float("inf")
_log = logging.getLogger(__name__)
Kept = TypeVar("Kept")


class Find(Protocol):
    """Looks up who shows a secret; None: nobody who is known."""

    def __call__(self, secret: str, /, *, now: datetime) -> Principal | None:
        """Look it up. It may block."""


class Used(Protocol):
    """Notes that a secret is used."""

    def __call__(self, secret: str, /, *, now: datetime) -> None:
        """Note it. It may block."""


@dataclass(slots=True)
class _Entry:
    """What is known of a secret, by time.monotonic."""

    principal: Principal
    confirmed_at: float
    """When the database said so."""
    taken_until: float
    noted_at: float = field(default=_NEVER)

    def is_over(self) -> bool:
        until = self.principal.until
        return until is not None and until <= utc_now()


class Keyring:
    """Remembers who shows which secret. For one event loop; `forget` may come from any thread."""

    def __init__(
        self,
        find: Find,
        bounds: Auth,
        *,
        used: Used | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = find
        self._used = used
        self._bounds = bounds
        self._clock = clock
        self._entries: dict[bytes, _Entry] = {}
        self._unknown: dict[bytes, float] = {}
        self._looking: dict[bytes, asyncio.Task[Principal | None]] = {}
        self._lookups = ThreadPoolExecutor(LOOKUPS, "lookup")
        self._notes = ThreadPoolExecutor(1, "token-use")
        self._notes_room = threading.BoundedSemaphore(_USES)
        self._forgotten = 0

    def seen(self, secret: bytes) -> Principal | None:
        """Return who shows a secret if that is known just now, without waiting; else None."""
        key = sha256(secret).digest()
        entry, now = self._entries.get(key), self._clock()
        if entry is None or now >= entry.taken_until or entry.is_over():
            return None
        if now >= entry.taken_until - self._bounds.remember_seconds / 2:
            self._look(key, secret)
        return entry.principal

    async def principal(self, secret: bytes) -> Principal | None:
        """Return who shows a secret; None: nobody who is known.

        Raises DatabaseAwayError, and BusyError when too many wait to be looked up.
        """
        if (found := self.seen(secret)) is not None:
            return found
        key = sha256(secret).digest()
        if self._unknown.get(key, _NEVER) > self._clock():
            return None
        task = self._look(key, secret)
        if task is None:
            raise BusyError(
                f"{self._bounds.lookups} requests wait already until it is looked up who sends "
                "them (auth.lookups); try again",
                retry_after=1,
            )
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Look everybody up again."""
        self._forgotten += 1
        self._entries.clear()
        self._unknown.clear()

    def stop(self) -> None:
        """Let the threads end."""
        self._lookups.shutdown(wait=False, cancel_futures=True)
        self._notes.shutdown(wait=False, cancel_futures=True)

    def _look(self, key: bytes, secret: bytes) -> asyncio.Task[Principal | None] | None:
        """Return the look-up of a secret, begun now or before; None: too many wait.

        Who was found before has a place all the same: a flood of nonsense locks nobody out.
        """
        task = self._looking.get(key)
        is_welcome = key in self._entries or len(self._looking) < self._bounds.lookups
        if task is None and is_welcome:
            task = asyncio.create_task(self._looked_up(key, secret.decode("latin-1")))
            # Whoever waits gets the error; where nobody does, it is told at the next look.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._looking[key] = task
        return task

    async def _looked_up(self, key: bytes, secret: str) -> Principal | None:
        loop, began, forgotten = asyncio.get_running_loop(), self._clock(), self._forgotten
        try:
            found = await loop.run_in_executor(self._lookups, self._ask, secret)
        except AWAY as error:
            return self._while_away(key, error)
        finally:
            self._looking.pop(key, None)
        if forgotten == self._forgotten:  # else it may have changed since
            self._remember(key, secret, found, began)
        return found

    def _ask(self, secret: str) -> Principal | None:
        return self._find(secret, now=utc_now())

    def _remember(self, key: bytes, secret: str, found: Principal | None, began: float) -> None:
        old = self._entries.pop(key, None)
        until = began + self._bounds.remember_seconds
        if found is None:
            _keep(self._unknown, key, until, most=self._bounds.remembered)
            return
        noted_at = _NEVER if old is None else old.noted_at
        entry = _Entry(found, began, until, noted_at)
        _keep(self._entries, key, entry, most=self._bounds.remembered)
        self._note(entry, secret)

    def _while_away(self, key: bytes, error: Exception) -> Principal | None:
        """Return who was found before, if that is not too long ago."""
        entry, now = self._entries.get(key), self._clock()
        if entry is None or entry.is_over() or self._is_stale(entry, now):
            _log.warning("who asks cannot be looked up: %s", error)
            raise DatabaseAwayError(
                "Disparo's database does not answer, and it alone knows who you are; try again "
                "shortly"
            ) from error
        entry.taken_until = now + max(self._bounds.remember_seconds, _AWAY_SECONDS)
        return entry.principal

    def _is_stale(self, entry: _Entry, now: float) -> bool:
        return now > entry.confirmed_at + self._bounds.away_seconds

    def _note(self, entry: _Entry, secret: str) -> None:
        """Have it noted that a secret is used, once in a while and not in the request's time."""
        now = self._clock()
        if self._used is None or now < entry.noted_at + _USE_SECONDS:
            return
        if self._notes_room.acquire(blocking=False):
            entry.noted_at = now
            self._notes.submit(self._noted, secret)

    def _noted(self, secret: str) -> None:
        assert self._used is not None  # noqa: S101 - else nothing is noted
        try:
            with contextlib.suppress(*AWAY):  # it is used again
                self._used(secret, now=utc_now())
        except Exception:  # noqa: BLE001 - the thread goes on
            _log.exception("it cannot be noted that a token is used")
        finally:
            self._notes_room.release()


def _keep(kept: dict[bytes, Kept], key: bytes, value: Kept, *, most: int) -> None:
    """Put a value in, in the place of the oldest where there are too many."""
    kept.pop(key, None)
    while len(kept) >= most:
        kept.pop(next(iter(kept)), None)
    kept[key] = value
