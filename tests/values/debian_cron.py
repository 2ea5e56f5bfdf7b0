"""A slow model of Debian's cron: it wakes up at every minute and looks whether a job is to run.

It is written from the facts of `man 5 crontab`, `man 8 cron`, and of cron.c and entry.c in Debian's
package cron 3.0pl1-162, and shares nothing with the application or with cronsim. `L` and `#`, which
Debian's cron does not know, are added from their definition: the last, the nth of a month.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
THREE_HOURS = 180
SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
NAMES = {
    3: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    4: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
NICKNAMES = {  # entry.c sets the same bits for both
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


class Job:
    """A line of a crontab."""

    def __init__(self, expression: str) -> None:
        self.fields = NICKNAMES.get(expression, expression).lower().split()
        self.bits = [_bits(position, field) for position, field in enumerate(self.fields)]
        self.starred = [field.startswith("*") for field in self.fields]

    @property
    def wild(self) -> bool:
        """cron.c: MIN_STAR or HR_STAR."""
        return self.starred[0] or self.starred[1]

    def matches(self, wall: datetime) -> bool:
        """cron.c, find_jobs: the test of the bits."""
        if wall.minute not in self.bits[0] or wall.hour not in self.bits[1]:
            return False
        if wall.month not in self.bits[3]:
            return False
        days = (self._is_day(wall), self._is_weekday(wall))
        return all(days) if self.starred[2] or self.starred[4] else any(days)

    def _is_day(self, day: date) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day in self.bits[2] or ("l" in self.bits[2] and day.day == last)

    def _is_weekday(self, day: date) -> bool:
        number = day.isoweekday() % 7
        last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        return (
            number in self.bits[4]
            or f"{number}#{(day.day + 6) // 7}" in self.bits[4]
            or (last and f"{number}l" in self.bits[4])
        )


def _bits(position: int, field: str) -> set[int | str]:
    low, high = SPANS[position]
    bits: set[int | str] = set()
    for item in field.split(","):
        if item == "l" or item[-1:] == "l" or "#" in item:
            bits.add(_special(position, item))
            continue
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        start = low if span == "*" else _number(position, first)
        stop = high if span == "*" else _number(position, last or first)
        bits.update(range(start, stop + 1, int(step or 1)))
    if position == 4 and bits & {0, 7}:
        bits |= {0, 7}  # "make sundays equivalent"
    return bits


def _special(position: int, item: str) -> str:
    day, mark, rest = item.partition("#") if "#" in item else (item[:-1], "l", "")
    return f"{_number(position, day) % 7}{mark}{rest}" if day else item


def _number(position: int, text: str) -> int:
    names = NAMES.get(position, [])
    return names.index(text) + SPANS[position][0] if text in names else int(text)


def fires(expression: str, zone: str, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the minutes of `[start, end)` in which cron starts the job, each once, ascending.

    The clock must not have been changed in the three hours before `start`. A job that cron would
    start several times in one minute (for minutes that were skipped) is yielded once.
    """
    job, local = Job(expression), ZoneInfo(zone)
    now = start.astimezone(UTC).replace(second=0, microsecond=0)
    virtual = _wall(now - MINUTE, local)
    while now < end:
        clock = _wall(now, local)
        runs, virtual = _wake(job, clock, virtual)
        if runs and now >= start:
            yield now
        now += MINUTE


def _wall(now: datetime, local: ZoneInfo) -> datetime:
    return now.astimezone(local).replace(tzinfo=None)


def _wake(job: Job, clock: datetime, virtual: datetime) -> tuple[bool, datetime]:
    """cron.c, main: the cases of timeDiff. Return whether the job runs, and virtualTime."""
    late = (clock - virtual) // MINUTE
    if late == 1:
        return job.matches(clock), clock
    missed = [virtual + count * MINUTE for count in range(1, late + 1)] if late > 0 else []
    if late > THREE_HOURS or late <= -THREE_HOURS:  # a correction: the new time at once
        return job.matches(clock), clock
    if late <= 0:  # the clock went back: only wildcard jobs, until the time is caught up with
        return job.wild and job.matches(clock), virtual
    if late > 5 and job.wild:  # the clock went forward: wildcard jobs at the new time only
        return job.matches(clock), clock
    return any(map(job.matches, missed)), clock  # "run fixed-time jobs for each minute missed"
