"""The pacer: looks at checks when they are due and judges them, in memory alone.

It never waits for the database: what it finds is fetched by who writes it.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta

from app.db.check_results import Judged
from app.monitor.crew import Crew
from app.services.watching import Agenda, Batch
from app.settings_sections import Monitor
from app.values.check import Check, Reading
from app.values.check_view import StoredCheck
from app.values.maintenance import Maintenance
from app.values.standing import Damping, Need, NewFlip, Standing, Verdict
from app.values.verdict import judged, paused, suspects
from app.watch.rota import Rota
from app.watch.watched import Watched, broken, hung

logger = logging.getLogger(__name__)

_GRACE = 1.0
"""Seconds beyond its time-out after which a look is abandoned."""
_IDLE = 60.0
_STOP_SECONDS = 5.0
_EARLY = 1.0
"""Seconds that a look must be old before what depends on its check asks for another one."""
_WINDOWS = timedelta(seconds=1)
"""How often it is reckoned which maintenance windows are open."""
Take = Callable[[Check, datetime], Reading]
"""Takes a look at a check."""


class Pacer:
    """One thread that begins looks; the threads of a crew take them."""

    def __init__(self, take: Take, bounds: Monitor, *, clock: Callable[[], datetime]) -> None:
        self._take = take
        self._clock = clock
        self._damping = Damping(changes=bounds.flap_changes, seconds=bounds.flap_seconds)
        self._crew = Crew(bounds.threads, most_abandoned=bounds.abandoned, name="probe")
        self._turn = threading.Condition()
        self._rota = Rota()
        self._watched: dict[int, Watched] = {}
        self._ids: dict[str, int] = {}
        self._under_way: set[int] = set()
        self._windows: tuple[Maintenance, ...] = ()
        self._open: tuple[datetime, list[Maintenance]] | None = None
        self._judged: deque[Judged] = deque(maxlen=bounds.queue)
        self._flips: deque[NewFlip] = deque(maxlen=bounds.queue)
        self._changed: dict[int, Standing] = {}
        self._is_stopping = False
        self.dropped = 0
        """Results that were not written: too many waited."""
        self.latest = 0.0
        """By how many seconds a look began late at the most, since the start."""
        self._thread = threading.Thread(target=self._loop, name="monitor", daemon=True)

    def start(self) -> None:
        """Begin; there is nothing to look at until an agenda is followed."""
        self._thread.start()

    def stop(self) -> None:
        """End. Looks that are under way are left behind."""
        with self._turn:
            self._is_stopping = True
            self._turn.notify()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)
        self._crew.stop()

    def follow(self, agenda: Agenda, standings: Mapping[int, Standing] | None = None) -> None:
        """Look at what the agenda holds from now on. At first, `standings` says how it stood."""
        with self._turn:
            if standings is not None:
                self._forget()
            self._windows, self._open = agenda.windows, None
            found = {one.id: one for one in agenda.checks if one.spec is not None}
            for gone in self._watched.keys() - found.keys():
                self._drop(gone)
            changed = [one for one in found.values() if not self._knows(one)]
            for place, stored in enumerate(changed):
                self._take_over(stored, place, standings)
            self._ids = {one.spec.name: n for n, one in self._watched.items()}
            self._turn.notify()

    def _knows(self, stored: StoredCheck) -> bool:
        known = self._watched.get(stored.id)
        return known is not None and known.stored == stored

    def _take_over(
        self, stored: StoredCheck, place: int, standings: Mapping[int, Standing] | None
    ) -> None:
        """Watch a check that is new, or changed: it is looked at soon."""
        known = self._watched.get(stored.id)
        standing = known.standing if known else (standings or {}).get(stored.id)
        watched = Watched(
            stored=stored,
            standing=standing or Standing(since=self._clock()),
            stuck=None if known is None else known.stuck,
        )
        self._drop(stored.id)
        self._watched[stored.id] = watched
        if stored.paused:
            verdict = paused(watched.spec, watched.standing, now=self._clock())
            self._note(stored.id, watched, verdict)
        else:
            due = watched.first_due(time.monotonic(), place, is_start=standings is not None)
            self._rota.set(stored.id, due)

    def end(self) -> None:
        """Look at nothing, and forget what was found: another service is the Monitor."""
        with self._turn:
            self._forget()

    def fetch(self, most: int) -> Batch:
        """Return what was found since the last call, of results at most so many."""
        with self._turn:
            number = min(most, len(self._judged))
            batch = Batch(
                judged=tuple(self._judged.popleft() for _ in range(number)),
                standings=dict(self._changed),
                flips=tuple(self._flips),
            )
            self._flips.clear()
            self._changed.clear()
            return batch

    def stand(self) -> dict[int, Standing]:
        """Return how all checks stand now."""
        with self._turn:
            return {n: one.standing for n, one in self._watched.items()}

    @property
    def abandoned(self) -> int:
        """Looks that hang and were left behind."""
        return self._crew.abandoned

    def _drop(self, n: int) -> None:
        """Watch a check no more. A look that is under way is left behind."""
        gone = self._watched.pop(n, None)
        if gone is not None and gone.look is not None:
            self._crew.abandon(gone.look)
        self._rota.remove(n)
        self._under_way.discard(n)

    def _forget(self) -> None:
        for n in list(self._watched):
            self._drop(n)
        self._judged.clear()
        self._flips.clear()
        self._changed.clear()

    def _loop(self) -> None:
        with self._turn:
            while not self._is_stopping:
                try:
                    self._abandon_late()
                    self._begin_due()
                except Exception:
                    logger.exception("the Monitor goes on after an error")
                self._turn.wait(self._pause())

    def _pause(self) -> float:
        """Return the seconds until something is to be done."""
        moments = [self._watched[n].until for n in self._under_way]
        due = self._rota.next()
        if due is not None and self._crew.has_room:
            moments.append(due)
        return max(0.0, min([*moments, time.monotonic() + _IDLE]) - time.monotonic())

    def _begin_due(self) -> None:
        while self._crew.has_room and (found := self._rota.pop(time.monotonic())) is not None:
            n, due = found
            watched, now = self._watched[n], time.monotonic()
            self.latest = max(self.latest, now - due)
            watched.next = watched.due_after(due)
            if watched.stuck is not None and not watched.stuck.done():
                self._judge(n, watched, hung(watched.spec, watched.spec.timeout))
                continue
            watched.stuck = None
            self._begin(n, watched, now)

    def _begin(self, n: int, watched: Watched, now: float) -> None:
        spec, at = watched.spec, self._clock()
        look = self._crew.submit(lambda: self._take(spec, at))
        if look is None:  # its last thread hangs since
            self._rota.set(n, now)
            return
        watched.look, watched.until = look, now + spec.timeout + _GRACE
        self._under_way.add(n)
        look.add_done_callback(lambda done: self._done(n, done))

    def _done(self, n: int, look: "Future[Reading]") -> None:
        """Take what a look has found; called by its thread."""
        with self._turn:
            watched = self._watched.get(n)
            if watched is None or watched.look is not look or self._is_stopping:
                return  # it was abandoned, or the check is another one by now
            error = look.exception()
            if error is not None:
                logger.error("the look at %s failed", watched.spec.name, exc_info=error)
            self._judge(n, watched, broken(error) if error else look.result())
            self._turn.notify()

    def _abandon_late(self) -> None:
        now = time.monotonic()
        for n in [n for n in self._under_way if self._watched[n].until <= now]:
            watched = self._watched[n]
            if watched.look is not None and self._crew.abandon(watched.look):
                logger.warning("the look at %s hangs; it is left behind", watched.spec.name)
                watched.stuck = watched.look
                self._judge(n, watched, hung(watched.spec, watched.spec.timeout))

    def _judge(self, n: int, watched: Watched, reading: Reading) -> None:
        watched.look = None
        self._under_way.discard(n)
        now, needs = self._clock(), self._needs(watched.spec)
        verdict = judged(
            watched.spec,
            watched.standing,
            reading,
            now=now,
            needs=needs,
            damping=self._damping,
            muted_by=self._muted_by(watched.spec.name, now),
        )
        self._note(n, watched, verdict)
        self._record(n, verdict.standing)
        self._rota.set(n, max(watched.next, time.monotonic()))
        self._hasten(suspects(watched.spec, verdict.standing, needs))

    def _needs(self, spec: Check) -> list[Need]:
        found = ((name, self._ids.get(name)) for name in spec.depends_on)
        return [
            Need(name=name, standing=self._watched[n].standing)
            for name, n in found
            if n is not None
        ]

    def _muted_by(self, name: str, now: datetime) -> str | None:
        if self._open is None or not timedelta(0) <= now - self._open[0] < _WINDOWS:
            self._open = now, [one for one in self._windows if one.is_open(now)]
        for window in self._open[1]:
            if not window.checks or name in window.checks:
                return f"maintenance window {window.name}"
        return None

    def _note(self, n: int, watched: Watched, verdict: Verdict) -> None:
        watched.standing = verdict.standing
        self._changed[n] = verdict.standing
        if verdict.flip is not None:
            self._flips.append(verdict.flip)

    def _record(self, n: int, standing: Standing) -> None:
        assert standing.last is not None  # noqa: S101 - it was judged just now
        if len(self._judged) == self._judged.maxlen:
            self.dropped += 1
        self._judged.append(Judged(check_id=n, state=standing.state, result=standing.last))

    def _hasten(self, names: Iterable[str]) -> None:
        """Look soon at what something that fails depends on: it may be the cause."""
        soon, now = time.monotonic(), self._clock()
        for name in names:
            n = self._ids[name]
            due, last = self._rota.due_at(n), self._watched[n].standing.last
            is_old = last is None or (now - last.at).total_seconds() >= _EARLY
            if is_old and due is not None and due > soon:
                self._rota.set(n, soon)
