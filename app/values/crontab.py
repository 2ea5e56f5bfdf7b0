"""Reading a crontab expression, and the minutes of the wall clock that it names.

The rules are those of Debian's cron: `man 5 crontab` and, where that is silent, `entry.c` of the
package cron 3.0pl1. cronsim does the search. What cronsim reads otherwise than Debian's cron is
refused or written differently before cronsim sees it.
"""

from collections.abc import Iterator
from copy import copy
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from cronsim import CronSim, CronSimError

_SECOND = timedelta(seconds=1)
_EXAMPLE = "such as '30 7 * * 1-5'"

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""The names that stand for five fields."""

_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
_WEEKDAYS = "SUN MON TUE WED THU FRI SAT"


class Field(NamedTuple):
    """One of the five fields: its name, the numbers that it takes, and names for them."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    more: str = ""

    def number(self, text: str) -> int | None:
        """Return the number that `text` stands for, or nothing if it stands for none."""
        if text in self.names:
            return self.names.index(text) + self.low
        return int(text) if text.isascii() and text.isdigit() else None


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31, more=", 'L' or 'LW'"),
    Field("month", 1, 12, tuple(_MONTHS.split()), " or names such as JAN"),
    Field("day of week", 0, 7, tuple(_WEEKDAYS.split()), ", names such as MON, '5L' or '1#2'"),
)


@lru_cache(maxsize=2048)
def fields(expression: str) -> tuple[str, ...]:
    """Return the five fields of `expression`, in capitals; ValueError says what is wrong with it.

    That it fires at all is not looked at: see `check`.
    """
    texts = _five(expression)
    return tuple(
        ",".join(_item(expression, field, item) for item in text.split(","))
        for field, text in zip(FIELDS, texts, strict=True)
    )


def _five(expression: str) -> list[str]:
    text = expression.strip()
    if text.lower() == "@reboot":
        raise ValueError(
            "'@reboot' is not a time: it means the start of the machine, which a schedule does not"
            f" see; write when to run, {_EXAMPLE}"
        )
    if text.startswith("@") and text.lower() not in MACROS:
        raise ValueError(f"{expression!r} is not one of {', '.join(MACROS)}")
    texts = MACROS.get(text.lower(), text).upper().split()
    if len(texts) != len(FIELDS):
        raise ValueError(
            f"{expression!r} has {len(texts)} fields, and a crontab expression has five (minute,"
            f" hour, day of month, month, day of week), {_EXAMPLE}; for seconds use an interval"
        )
    return texts


def _item(expression: str, field: Field, item: str) -> str:
    """Return an item of a field's list as cronsim must see it to do what Debian's cron does."""
    span, slash, step = item.partition("/")
    if not slash or span == "*":
        return item
    start, dash, end = span.partition("-")
    if not dash:
        # cronsim reads 5/15 as 5-59/15; Debian's entry.c: "step specified without range" fails.
        better = "" if field.number(span) is None else f"'{span}-{field.high}/{step}' or "
        raise ValueError(
            f"{expression!r} has a step without a range in its {field.name} field: write"
            f" {better}'*/{step}' instead of {item!r}"
        )
    one = field.number(start)
    # cronsim takes 5-5/15 for 5-59/15.
    return str(one) if one is not None and one == field.number(end) and _is_step(step) else item


def _is_step(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) > 0


def check(expression: str) -> str:
    """Return `expression` with single blanks if it fires; ValueError says why it does not."""
    tidy = " ".join(expression.split())
    try:
        next(minutes(tidy, datetime(2000, 1, 1)))  # noqa: DTZ001 - a wall clock's time
    except CronSimError as error:
        if _names_no_day(tidy, error):
            raise ValueError(_never(tidy)) from None
        raise ValueError(_complaint(tidy, error)) from None
    except StopIteration:
        raise ValueError(_never(tidy)) from None
    return tidy


def _names_no_day(expression: str, error: CronSimError) -> bool:
    """Tell whether cronsim refuses a day that is well formed: because no month has it."""
    day = fields(expression)[2]
    try:
        CronSim(f"0 0 {day} * *", datetime(2000, 1, 1))  # noqa: DTZ001 - a wall clock's time
    except CronSimError:
        return False
    return str(error) == "Bad day-of-month"


def _never(expression: str) -> str:
    return (
        f"{expression!r} never fires: no date has its month and its day; write a day that the"
        " month has (as day of month, 'L' is the last one)"
    )


def _complaint(expression: str, error: CronSimError) -> str:
    name = str(error).removeprefix("Bad ").replace("-", " ")
    for field, text in zip(FIELDS, fields(expression), strict=True):
        if field.name == name:
            return (
                f"{expression!r} is not a crontab expression: its {name} field is {text!r}; write"
                f" numbers from {field.low} to {field.high}{field.more}, as '*', a list, a range"
                " (low-high) or with a step ('*/2')"
            )
    return f"{expression!r} is not a crontab expression ({error}); write one {_EXAMPLE}"


def is_fixed(expression: str) -> bool:
    """Tell whether cron takes care that a change of the clock neither skips nor repeats the job.

    It does for jobs "that run at a particular time (not specified as @hourly, nor with '*' in the
    hour or minute specifier)": man 8 cron. A field that starts with a star counts (cron.c).
    """
    minute, hour, *_ = fields(expression)
    return not minute.startswith("*") and not hour.startswith("*")


def minutes(expression: str, start: datetime) -> Iterator[datetime]:
    """Yield the wall clock's minutes from `start` on that `expression` names, ascending."""
    return _search(expression, (start - datetime.resolution).replace(microsecond=0), back=False)


def minutes_back(expression: str, end: datetime) -> Iterator[datetime]:
    """Yield the wall clock's minutes before `end` that `expression` names, descending."""
    whole = end.replace(microsecond=0)
    return _search(expression, whole if whole == end else whole + _SECOND, back=True)


def _search(expression: str, origin: datetime, *, back: bool) -> Iterator[datetime]:
    search = copy(parsed(expression, back=back))
    search.dt = origin
    return search


@lru_cache(maxsize=4096)
def parsed(expression: str, *, back: bool = False) -> CronSim:
    """Return cronsim's reading of `expression`; it is shared: copy it before it is moved."""
    # Without a time zone cronsim only counts minutes. What a change of the clock does to them
    # is decided in app.values.trigger, for both directions by one rule.
    return CronSim(" ".join(fields(expression)), datetime(2000, 1, 1), reverse=back)  # noqa: DTZ001
