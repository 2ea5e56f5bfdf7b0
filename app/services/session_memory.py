"""Who the newest sessions belong to, in memory: most requests of a page ask no database."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from app.values.account import Principal

_MOST = 10_000


class SessionMemory:
    """What was found lately, by the digest of a session's secret.

    What is known is told for `seconds`, so other services' changes work within that time. A change
    of this process's own forgets all: also what is being looked up while it is made.
    """

    def __init__(self, seconds: float) -> None:
        self._length = timedelta(seconds=seconds)
        self._known: dict[str, tuple[datetime, Principal]] = {}
        self._changes = 0
        self._lock = threading.Lock()
        self.on_forget: Callable[[], None] | None = None
        """Who else remembers sessions, and is to forget them."""

    def get(self, digest: str, now: datetime) -> Principal | None:
        """Return whose session it is; None: the database must be asked."""
        found = self._known.get(digest)
        if found is None:
            return None
        at, principal = found
        return principal if at <= now < at + self._length else None

    @property
    def changes(self) -> int:
        """How often all was forgotten: `put` wants to know it from before the look-up."""
        return self._changes

    def put(self, digest: str, principal: Principal, now: datetime, *, changes: int) -> None:
        """Remember what was found."""
        with self._lock:
            if changes != self._changes:
                return
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[digest] = (now, principal)

    def forget(self) -> None:
        """Forget all."""
        with self._lock:
            self._changes += 1
            self._known.clear()
        if self.on_forget is not None:
            self.on_forget()
