"""When a schedule is due: by a crontab expression, at an interval, or once.

Each trigger names a set of instants. `after` and `before` walk that one set in both directions, so
that what is due can be reckoned from either side and comes out the same.
"""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from app.values import crontab
from app.values.base import Instant, Value
from app.values.language import Language
from app.values.trigger_words import cron_words, interval_words, once_words
from app.values.wall_clock import Stretch, TimeZoneName, stretches

__all__ = ["Cron", "Interval", "Once", "TimeZoneName", "Trigger"]

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
"""Fires are reckoned within these years; before and after them there are none."""
_THREE_HOURS = timedelta(hours=3)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Cron(Value):
    """Due when the wall clock of a time zone shows what a crontab expression names.

    It means what it means to Debian's cron: the days of daylight saving too.
    """

    expression: Annotated[str, Field(max_length=1000), AfterValidator(crontab.check)]
    timezone: TimeZoneName

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the fires after `moment` (not at it), ascending, in UTC."""
        return map(_aware, _rising(self, _naive(moment)))

    def before(self, moment: datetime) -> Iterator[datetime]:
        """Yield the fires before `moment` (not at it), descending, in UTC."""
        return map(_aware, _falling(self, _naive(moment)))

    def words(self, language: Language = Language.ENGLISH) -> str:
        """Say in words when it is due, by the clock of its time zone."""
        return cron_words(self.expression, language)


class Interval(Value):
    """Due at equal distances, whatever the clocks of people do.

    The anchor is one of the fires; the others are counted from it in both directions.
    """

    every: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(days=3660))]
    anchor: Instant = _EPOCH

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.every.microseconds or self.anchor.microsecond:
            raise ValueError("an interval and its anchor are whole seconds, such as PT15M")
        return self

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the fires after `moment` (not at it), ascending, in UTC."""
        count = (_aware(_naive(moment)) - self.anchor) // self.every + 1
        return self._counted(count, 1)

    def before(self, moment: datetime) -> Iterator[datetime]:
        """Yield the fires before `moment` (not at it), descending, in UTC."""
        count = -((self.anchor - _aware(_naive(moment))) // self.every) - 1
        return self._counted(count, -1)

    def _counted(self, count: int, step: int) -> Iterator[datetime]:
        while True:
            try:
                fire = self.anchor + count * self.every
            except OverflowError:
                return
            yield fire
            count += step

    def words(self, language: Language = Language.ENGLISH) -> str:
        """Say in words when it is due."""
        return interval_words(self.every, self.anchor, language)


class Once(Value):
    """Due at one instant."""

    at: Instant

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the fire if it is after `moment`."""
        return iter([self.at] if self.at > _aware(_naive(moment)) else [])

    def before(self, moment: datetime) -> Iterator[datetime]:
        """Yield the fire if it is before `moment`."""
        return iter([self.at] if self.at < _aware(_naive(moment)) else [])

    def words(self, language: Language = Language.ENGLISH) -> str:
        """Say in words when it is due."""
        return once_words(self.at, language)


Trigger = Cron | Interval | Once


class _Quiet(NamedTuple):
    """Times of the wall clock, `[since, until)`, of which an expression names no minute."""

    since: datetime
    until: datetime


def _naive(moment: datetime) -> datetime:
    """Return `moment` in UTC without its zone: the search compares naive datetimes, for speed."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone; give an aware datetime")
    return moment.astimezone(UTC).replace(tzinfo=None)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


_NOWHERE = _Quiet(since=datetime.max, until=datetime.min)  # noqa: DTZ901 - a wall clock's time


@lru_cache(maxsize=4096)
def _walls(expression: str, stretch: Stretch) -> tuple[datetime, datetime]:
    """Return the wall clock's times `[first, end)` whose minutes run within `stretch`.

    Debian's cron (cron.c, "DST begins", "DST ends"; man 8 cron, "Special considerations"): when
    the clock jumps forward by less than three hours, a job at a fixed time that was skipped runs at
    once; when it jumps back by up to three hours, a fixed time that ran is not repeated. So for
    these jobs the stretch begins where the clock stood before it was changed. All other jobs go by
    the new time immediately, and all jobs do after a greater change.
    """
    jump = stretch.offset - stretch.before
    mended = crontab.is_fixed(expression) and -_THREE_HOURS <= jump < _THREE_HOURS
    first = stretch.start + (stretch.before if mended else stretch.offset)
    return first, stretch.end + stretch.offset


def _rising(cron: Cron, moment: datetime) -> Iterator[datetime]:
    year = max(moment.year, _FIRST_YEAR)
    quiet = _NOWHERE
    while year <= _LAST_YEAR:
        for stretch in stretches(cron.timezone, year):
            if stretch.end > moment:
                quiet = yield from _rise(cron.expression, stretch, moment, quiet)
        # Years without a fire are passed over; a year of UTC begins within one of the local year.
        year = max(year + 1, quiet.until.year - 1)


def _rise(
    expression: str, stretch: Stretch, moment: datetime, quiet: _Quiet
) -> Generator[datetime, None, _Quiet]:
    """Yield the fires of `stretch` after `moment`; return what was seen of the time beyond it."""
    first, end = _walls(expression, stretch)
    if moment >= stretch.start:
        first = max(first, moment + stretch.offset + datetime.resolution)
    if quiet.since <= first:
        first = max(first, quiet.until)
    last = None
    for wall in crontab.minutes(expression, first) if first < end else ():
        if wall >= end:
            return _Quiet(since=end, until=wall)
        # A minute that the clock skipped runs right after the jump; several run as one.
        fire = max(wall - stretch.offset, stretch.start)
        if fire != last:
            yield fire
        last = fire
    return quiet


def _falling(cron: Cron, moment: datetime) -> Iterator[datetime]:
    year = min(moment.year, _LAST_YEAR)
    quiet = _NOWHERE
    while year >= _FIRST_YEAR:
        for stretch in reversed(stretches(cron.timezone, year)):
            if stretch.start < moment:
                quiet = yield from _fall(cron.expression, stretch, moment, quiet)
        year = min(year - 1, quiet.since.year + 1)


def _fall(
    expression: str, stretch: Stretch, moment: datetime, quiet: _Quiet
) -> Generator[datetime, None, _Quiet]:
    """Yield the fires of `stretch` before `moment`; return what was seen of the time beyond it."""
    first, end = _walls(expression, stretch)
    end = min(end, moment + stretch.offset)
    if end <= quiet.until:
        end = min(end, quiet.since)
    last = None
    for wall in crontab.minutes_back(expression, end) if first < end else ():
        if wall < first:
            return _Quiet(since=wall + datetime.resolution, until=first)
        fire = max(wall - stretch.offset, stretch.start)
        if fire != last:
            yield fire
        last = fire
    return quiet
