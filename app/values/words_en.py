"""Triggers in English words.

cron-descriptor knows the words. It is given the sets that an expression means, not its text: so
steps that do not come out even are told as lists, and names, 7 and lists come out right. The two
fields of days are put together here, for cron-descriptor does not know when "and" holds.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from cron_descriptor import DescriptionTypeEnum, ExpressionDescriptor
from cronsim import CronSim

from app.values.cron_sets import LISTED_TIMES, even_step, runs

BY_HAND = "Only by hand"
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def described(search: CronSim) -> str:
    """Return what an expression means: "At 07:30, Monday through Friday"."""
    month = _text(search.months, range(1, 13))
    months = _library(f"0 0 * {month} *", DescriptionTypeEnum.MONTH)
    return _time(search) + _days(search) + months


def every(length: timedelta, anchor: datetime) -> str:
    """Return an interval: "Every 15 minutes, counted from 1970-01-01 00:00 UTC"."""
    return f"Every {_duration(length)}, counted from {_moment(anchor)}"


def once(moment: datetime) -> str:
    """Return a single instant: "Once, at 2026-11-24 10:30 UTC"."""
    return f"Once, at {_moment(moment)}"


def _time(search: CronSim) -> str:
    minute = _text(search.minutes, range(60), even=True)
    hour = _text(search.hours, range(24), even=True)
    if minute.isdigit() and "-" in hour and len(search.hours) <= LISTED_TIMES:
        hour = ",".join(map(str, sorted(search.hours)))
    return _library(f"{minute} {hour} * * *")


def _days(search: CronSim) -> str:
    """Say which days, by the day of the month, the day of the week or both."""
    month_days, week_days = _days_of_month(search), _days_of_week(search)
    if search.day_and:
        if month_days and week_days:
            return f", {' and '.join(month_days)}, but only {' or '.join(map(_on, week_days))}"
        return "".join(f", {' and '.join(days)}" for days in (month_days, week_days) if days)
    if month_days and week_days:
        return f", {' and '.join(month_days)}, or {' or '.join(map(_on, week_days))}"
    return ""  # one of the two fields names every day, and either is enough


def _days_of_month(search: CronSim) -> list[str]:
    numbers = {day for day in search.days if day > 0}
    texts = [_text(numbers, range(1, 32))] if numbers else []
    texts += ["L"] if CronSim.LAST in search.days else []
    texts += ["LW"] if CronSim.LAST_WEEKDAY in search.days else []
    if texts[0] == "*":
        return []
    return _phrases((f"0 0 {text} * *" for text in texts), DescriptionTypeEnum.DAYOFMONTH)


def _days_of_week(search: CronSim) -> list[str]:
    numbers = {day % 7 for day in search.weekdays if isinstance(day, int)}
    if len(numbers) == 7:  # noqa: PLR2004 - days of a week
        return []
    if {0, 6} <= numbers:  # a weekend is told as Saturday and Sunday
        numbers = numbers - {0} | {7}
    texts = [_text(numbers, range(8))] if numbers else []
    special = sorted(day for day in search.weekdays if not isinstance(day, int))
    texts += [f"{day}L" if nth == CronSim.LAST else f"{day}#{nth}" for day, nth in special]
    return _phrases((f"0 0 * * {text}" for text in texts), DescriptionTypeEnum.DAYOFWEEK)


def _on(days: str) -> str:
    """Return "on Monday through Friday" for that range alone, "on Friday" for "only on Friday"."""
    days = days.removeprefix("only ")
    return days if days.startswith("on ") else f"on {days}"


def _text(numbers: Collection[int], whole: range, *, even: bool = False) -> str:
    """Write a set of numbers as a field: a star, an even step, or a list with ranges."""
    step = even_step(numbers, whole)
    if step == 1:
        return "*"
    if even and step:
        return f"*/{step}"
    spans = runs(sorted(numbers))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in spans)


def _phrases(expressions: Iterable[str], part: DescriptionTypeEnum) -> list[str]:
    return [_library(expression, part).removeprefix(", ") for expression in expressions]


def _library(expression: str, part: DescriptionTypeEnum = DescriptionTypeEnum.FULL) -> str:
    descriptor = ExpressionDescriptor(expression, use_24hour_time_format=True, locale_code="en_US")
    return str(descriptor.get_description(part))


def _duration(length: timedelta) -> str:
    """Return a whole number of seconds in words: "15 minutes", "day", "1 day and 6 hours"."""
    rest, parts = length // timedelta(seconds=1), []
    for unit, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        parts += [f"{count} {unit}{'s' if count > 1 else ''}"] if count else []
    if len(parts) == 1:
        return parts[0].removeprefix("1 ")
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _moment(moment: datetime) -> str:
    """Return an instant as people write it: "1970-01-01 00:00 UTC"."""
    precise = "seconds" if moment.second or moment.microsecond else "minutes"
    return f"{moment.replace(tzinfo=None).isoformat(' ', timespec=precise)} UTC"
