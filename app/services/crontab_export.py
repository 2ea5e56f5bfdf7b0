"""Crontabs written: lines that run the same dispatches under the system's cron."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa

from app.db.engine import reading
from app.db.schedules import ScheduleStore
from app.services.edits import sound
from app.services.zones import same_clock
from app.values import crontab
from app.values.schedule import Schedule, StoredSchedule

_HEAD = """\
# Disparo's schedules for the system's cron. A line runs its schedule's newest slot, unless that is
# dispatched already: so cron and Disparo's own scheduler may run side by side, and each slot is
# dispatched once. Debian's cron goes by the machine's time zone alone and pays no heed to CRON_TZ
# (man 8 cron): schedules of another zone are commented out. Cronie, among others, heeds it.
"""


class CrontabExportService:
    """Writes crontabs."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = reading(engine)

    def write(
        self,
        names: Sequence[str] | None,
        *,
        command: str,
        environment: Mapping[str, str],
        timezone: str,
        every_zone: bool = False,
        now: datetime,
    ) -> str:
        """Return a crontab of these schedules, by default all, for a machine in `timezone`.

        `every_zone` is for a cron that heeds CRON_TZ. What cron cannot do is named in a comment.
        Raises NotFoundError.
        """
        stored = self._stored(names)
        variables = "".join(f"{name}={value}\n" for name, value in environment.items())
        writer = _Writer(command=command, timezone=timezone, every_zone=every_zone, now=now)
        return _HEAD + variables + "".join(writer.lines(stored))

    def _stored(self, names: Sequence[str] | None) -> list[StoredSchedule]:
        with self._engine.begin() as connection:
            store = ScheduleStore(connection)
            if names is not None:
                return [sound(name, store.get(name)) for name in names]
            found = store.page(limit=1_000_000)
            return [one for one in found if isinstance(one, StoredSchedule)]


class _Writer:
    """Writes the lines of one crontab."""

    def __init__(self, *, command: str, timezone: str, every_zone: bool, now: datetime) -> None:
        self._command = shlex.quote(command).replace("%", "\\%")
        self._timezone = timezone
        self._every_zone = every_zone
        self._now = now

    def lines(self, stored: Sequence[StoredSchedule]) -> Iterator[str]:
        def by_zone(one: StoredSchedule) -> tuple[bool, str, str]:
            zone = one.spec.timezone
            return (not self._is_here(zone), zone, one.spec.name)

        for zone, ones in groupby(sorted(stored, key=by_zone), lambda one: one.spec.timezone):
            yield f"\n{self._off(zone)}CRON_TZ={zone}\n"
            for one in ones:
                yield self._line(one)

    def _is_here(self, zone: str) -> bool:
        return same_clock(zone, self._timezone, self._now.year)

    def _off(self, zone: str) -> str:
        return "" if self._every_zone or self._is_here(zone) else "# "

    def _line(self, one: StoredSchedule) -> str:
        spec = one.spec
        if (reason := _obstacle(one, self._now)) is not None:
            return f"# {spec.name} is left out: {reason}\n"
        line = f"{spec.cron}  {self._command} dispatch run {spec.name} --slot now\n"
        off = self._off(spec.timezone)
        told = f"# {spec.name} goes by {spec.timezone}, this machine by {self._timezone}:\n"
        return f"{told}{off}{line}" if off else line


def _obstacle(one: StoredSchedule, now: datetime) -> str | None:
    """Return why cron cannot run a schedule as it is; None: it can."""
    spec = one.spec
    if one.paused:
        return "it is paused"
    if spec.cron is None:
        return f"cron has no such times ({spec.words()})"
    if _is_extended(spec):
        return f"Debian's cron does not know {spec.cron!r}"
    is_later = spec.active_from is not None and spec.active_from > now
    if is_later or spec.active_until is not None:
        return "cron knows no active_from and active_until"
    return None


def _is_extended(spec: Schedule) -> bool:
    _, _, day, _, week_day = crontab.fields(spec.cron or "")
    names = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
    return (
        "L" in day
        or "#" in week_day
        or any(item.endswith("L") and item not in names for item in week_day.split(","))
    )
