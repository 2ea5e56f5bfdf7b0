"""The clock on the wall of a time zone: from when to when it keeps one offset from UTC.

Datetimes are naive here: `start` and `end` are UTC, what has an offset added is local. A year at a
time is worked out and kept, because many schedules share few time zones and years.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"{name!r} is not an IANA time zone; write one such as 'America/Sao_Paulo'"
        raise ValueError(message) from None
    return name


TimeZoneName = Annotated[str, AfterValidator(_known_zone)]
"""The name of a time zone in the IANA database."""


class Stretch(NamedTuple):
    """A stretch of UTC, `[start, end)`, in which the local clock keeps its offset."""

    start: datetime
    end: datetime
    before: timedelta
    """The offset until `start`: another one if the clock was changed then."""
    offset: timedelta


@lru_cache(maxsize=4096)
def stretches(zone: str, year: int) -> tuple[Stretch, ...]:
    """Return the stretches of one year (by UTC) in `zone`, in order and without a hole."""
    info = ZoneInfo(zone)
    start, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)  # noqa: DTZ001 - UTC, see above
    starts = [start, *_changes(info, start, end)]
    return tuple(
        Stretch(begin, until, _offset(info, begin - _SECOND), _offset(info, begin))
        for begin, until in zip(starts, [*starts[1:], end], strict=True)
    )


def _offset(info: ZoneInfo, instant: datetime) -> timedelta:
    offset = instant.replace(tzinfo=UTC).astimezone(info).utcoffset()
    return timedelta(0) if offset is None else offset


def _changes(info: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """Return the instants within `(start, end)` that have another offset than the second before.

    No zone has changed its clock twice within one day since 1972, so one look a day finds all.
    """
    found = []
    day, known = start, _offset(info, start)
    while day < end:
        following = _offset(info, day + _DAY)
        if following != known:
            found.append(_change(info, day, day + _DAY))
        day, known = day + _DAY, following
    return [change for change in found if change < end]


def _change(info: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the first second of `(low, high]` that has the offset of `high`, by bisection."""
    offset = _offset(info, high)
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (low, middle) if _offset(info, middle) == offset else (middle, high)
    return high
