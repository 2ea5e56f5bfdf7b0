"""Looks: one look at a check's target, from outside or by Disparo's own records."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.db.engine import AWAY, reading
from app.errors import BusyError
from app.monitor.crew import Crew
from app.services.finding import Finding
from app.services.schedule_health import look_at_schedule
from app.services.service_health import Local, ServiceHealth
from app.settings import Settings
from app.values.check import Check, Reading, ScheduleTarget, ServicePart, ServiceTarget
from app.values.verdict import OWN

if TYPE_CHECKING:
    from app.monitor import Probes


class LookService:
    """Takes looks, from any thread. A look always ends in a reading."""

    def __init__(
        self, engine: sa.Engine, probes: "Callable[[], Probes]", settings: Settings
    ) -> None:
        """`probes` gives what looks from outside, when it is first needed."""
        self.local = Local()
        self._reading = reading(engine)
        self._probes = probes
        self._health = ServiceHealth(settings, self.local)
        self._most = settings.monitor.tests
        self._testers = Crew(self._most, most_abandoned=self._most, name="check test")

    def prepare(self, checks: Iterable[Check]) -> None:
        """Load what looks at these need: loading takes seconds, which no look has to spare."""
        kinds = {check.target.kind for check in checks} - {"schedule", "service"}
        if kinds:
            self._probes().prepare(kinds)

    def look(self, check: Check, now: datetime) -> Reading:
        """Look at the check's target once."""
        target = check.target
        try:
            if isinstance(target, ScheduleTarget | ServiceTarget):
                return self._own(target, now)
            return self._probes().look(target, timeout=check.timeout, now=now)
        except AWAY:
            return _away(0.0)

    def test(self, check: Check, now: datetime) -> "Future[Reading]":
        """Take a look that is not recorded, in a thread of its own. Raises BusyError."""
        future = self._testers.submit(lambda: self.look(check, now))
        if future is None:
            raise BusyError(
                f"{self._most} tests of checks are under way (monitor.tests); try again shortly",
                retry_after=1,
            )
        return future

    def leave(self, future: "Future[Reading]") -> None:
        """Wait no more for a test."""
        self._testers.abandon(future)

    def _own(self, target: ScheduleTarget | ServiceTarget, now: datetime) -> Reading:
        start = time.monotonic()
        try:
            found = self._found(target, now)
        except AWAY as error:
            is_database = isinstance(target, ServiceTarget) and target.part is ServicePart.DATABASE
            if not is_database:
                return _away(time.monotonic() - start)
            found = Finding.bad("database", f"Disparo's database does not answer: {_first(error)}")
        return Reading(seconds=time.monotonic() - start, **dict(found))

    def _found(self, target: ScheduleTarget | ServiceTarget, now: datetime) -> Finding:
        with self._reading.begin() as connection:
            if isinstance(target, ScheduleTarget):
                return look_at_schedule(connection, target, now=now)
            return self._health.look(connection, target.part, now=now)


def _away(seconds: float) -> Reading:
    words = "Disparo's database does not answer, in whose records this look begins"
    return Reading(ok=False, seconds=seconds, detail=words, failed_step=OWN)


def _first(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).split("\n")[0][:300]
