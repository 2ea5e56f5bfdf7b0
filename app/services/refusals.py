"""Refused attempts, on record without filling it: the first of its kind, then how many more.

A kind is who was refused whence, and how: in `audit.window_seconds` it makes two events at the
most, and beyond `audit.refusals` kinds the rest count together. They are written by a thread of its
own: no refusal waits for the database.
"""

import logging
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.clock import utc_now
from app.db.engine import AWAY
from app.db.events import EventStore
from app.settings_access import Audit
from app.values.audit import REFUSED, REFUSED_AGAIN

_WRITE_SECONDS = 1.0
_SUBJECT = "request"
_OTHERS = "others"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Somebody was refused."""

    actor: str
    address: str
    request: str | None
    status: int
    method: str
    path: str
    reason: str

    @property
    def kind(self) -> tuple[str, str, int]:
        """What is counted together."""
        return (self.actor, self.address, self.status)

    def detail(self) -> dict[str, object]:
        """Return what the event tells of it."""
        names = ("status", "method", "path", "reason")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class _Tally:
    """How many of a kind there were since the first one."""

    first: Refusal
    began_at: datetime
    last_at: datetime
    more: int = 0


@dataclass(frozen=True, slots=True)
class _Told:
    """What is to be written."""

    name: str
    at: datetime
    refusal: Refusal
    detail: dict[str, object]


class RefusalService:
    """Counts who was refused, and writes it down."""

    def __init__(self, engine: sa.Engine, bounds: Audit) -> None:
        self._engine = engine
        self._window = timedelta(seconds=bounds.window_seconds)
        self._most = bounds.refusals
        self._tallies: dict[tuple[str, str, int], _Tally] = {}
        self._waiting: deque[_Told] = deque(maxlen=4 * bounds.refusals)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._loop, name="refusals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._try_to_write(utc_now(), is_last=True)

    def note(self, refusal: Refusal, *, now: datetime) -> None:
        """Count a refusal. It waits for nothing."""
        with self._lock:
            kind = refusal.kind
            if kind not in self._tallies and len(self._tallies) >= self._most:
                kind = (_OTHERS, _OTHERS, refusal.status)
            if (tally := self._tallies.get(kind)) is not None:
                tally.more += 1
                tally.last_at = now
                return
            self._tallies[kind] = _Tally(refusal, now, now)
            self._waiting.append(_Told(REFUSED, now, refusal, refusal.detail()))

    def write(self, now: datetime, *, is_last: bool = False) -> None:
        """Write what waits, and of each window that is over how many more there were."""
        self._close(now, is_last=is_last)
        while self._waiting:
            told = list(self._waiting)
            with self._engine.begin() as connection:
                store = EventStore(connection)
                for one in told:
                    store.add(
                        _SUBJECT, one.name, one.at, actor=one.refusal.actor, detail=one.detail,
                        address=one.refusal.address, request=one.refusal.request,
                    )  # fmt: skip
            with self._lock:
                for _ in told:
                    self._waiting.popleft()

    def _close(self, now: datetime, *, is_last: bool) -> None:
        with self._lock:
            for kind, tally in list(self._tallies.items()):
                if is_last or now >= tally.began_at + self._window:
                    del self._tallies[kind]
                    if tally.more:
                        self._waiting.append(_again(tally, is_mixed=kind[0] == _OTHERS))

    def _loop(self) -> None:
        while not self._stopping.wait(_WRITE_SECONDS):
            self._try_to_write(utc_now())

    def _try_to_write(self, now: datetime, *, is_last: bool = False) -> None:
        try:
            self.write(now, is_last=is_last)
        except AWAY as error:
            _log.info("refused attempts are written later: %s", error)
        except Exception:  # noqa: BLE001 - the thread goes on
            _log.exception("refused attempts cannot be written")


def _again(tally: _Tally, *, is_mixed: bool) -> _Told:
    detail = tally.first.detail() | {
        "more": tally.more,
        "since": tally.began_at.isoformat(),
        "until": tally.last_at.isoformat(),
        "others": is_mixed,
    }
    return _Told(REFUSED_AGAIN, tally.last_at, tally.first, detail)
