"""Triggers in the words of Brazil.

cron-descriptor's Portuguese is Portugal's, half of it is missing, and all days have one gender in
it. So these words are our own; they are made of the sets of numbers that an expression means.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import product

from cronsim import CronSim

from app.values.cron_sets import LISTED_TIMES, even_step, runs

BY_HAND = "Somente manual"
_MONTHS = ["janeiro", "fevereiro", "março", "abril", "maio", "junho"]
_MONTHS += ["julho", "agosto", "setembro", "outubro", "novembro", "dezembro"]
_DAYS = ["domingo", "segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"]
_MASCULINE = {0, 6, 7}
_UNITS = (
    ("dia", "dias", 86400),
    ("hora", "horas", 3600),
    ("minuto", "minutos", 60),
    ("segundo", "segundos", 1),
)
_HOURS, _MINUTES = range(24), range(60)
_MONTH_DAYS, _WEEK_DAYS, _YEAR = 31, 7, 12


def described(search: CronSim) -> str:
    """Return what an expression means: "Às 07:30, de segunda a sexta-feira"."""
    is_one = len(search.minutes) == 1
    time = (_one_minute if is_one else _minutes)(search.minutes, search.hours)
    return time + _days(search) + _months(search.months)


def every(length: timedelta, anchor: datetime) -> str:
    """Return an interval: "A cada 15 minutos, a contar de 01/01/1970 00:00 UTC"."""
    return f"A cada {_duration(length)}, a contar de {_moment(anchor)}"


def once(moment: datetime) -> str:
    """Return a single instant: "Uma vez, em 24/11/2026 10:30 UTC"."""
    return f"Uma vez, em {_moment(moment)}"


def _one_minute(minutes: Collection[int], hours: Collection[int]) -> str:
    """Say one minute of some hours."""
    minute, step = min(minutes), even_step(hours, _HOURS)
    if step:
        count = "hora" if step == 1 else f"{step} horas"
        return f"A cada {count}" + (f", no minuto {minute}" if minute else "")
    if len(hours) <= LISTED_TIMES:
        return _times(minutes, hours)
    spans = (
        f"às {_clock(low, minute)}"
        if low == high
        else f"das {_clock(low, minute)} às {_clock(high, minute)}"
        for low, high in runs(sorted(hours))
    )
    return f"A cada hora, {_listed(spans)}"


def _minutes(minutes: Collection[int], hours: Collection[int]) -> str:
    """Say several minutes of some hours."""
    (low, high), *others = runs(sorted(minutes))
    if len(hours) == 1 and not others:
        hour = min(hours)
        return f"A cada minuto, das {_clock(hour, low)} às {_clock(hour, high)}"
    if step := even_step(minutes, _MINUTES):
        count = "minuto" if step == 1 else f"{step} minutos"
        return f"A cada {count}{_of_hours(hours)}"
    if len(minutes) * len(hours) <= LISTED_TIMES:
        return _times(minutes, hours)
    return f"Nos minutos {_numbers(minutes)} de cada hora{_of_hours(hours)}"


def _of_hours(hours: Collection[int]) -> str:
    if len(hours) == len(_HOURS):
        return ""
    (low, high), *others = runs(sorted(hours))
    if others:
        return f", nas horas {_numbers(hours)}"
    return f", das {_clock(low, 0)} às {_clock(high, 59)}"


def _times(minutes: Collection[int], hours: Collection[int]) -> str:
    return f"Às {_listed(_clock(*one) for one in product(sorted(hours), sorted(minutes)))}"


def _clock(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


def _days(search: CronSim) -> str:
    """Say which days, by the day of the month, the day of the week or both."""
    month_days, week_days = _days_of_month(search), _days_of_week(search)
    if month_days and week_days:
        both = "mas somente" if search.day_and else "ou"
        return f", {_listed(month_days)}, {both} {_listed(week_days, last='ou')}"
    if search.day_and:
        return "".join(f", {_listed(days)}" for days in (month_days, week_days) if days)
    return ""  # one of the two fields names every day, and either is enough


def _days_of_month(search: CronSim) -> list[str]:
    numbers = {day for day in search.days if day > 0}
    if len(numbers) == _MONTH_DAYS:
        return []
    places = "no dia" if len(numbers) == 1 else "nos dias"
    told = [f"{places} {_numbers(numbers, one='1º')} do mês"] if numbers else []
    told += ["no último dia do mês"] if CronSim.LAST in search.days else []
    return told + (["no último dia útil do mês"] if CronSim.LAST_WEEKDAY in search.days else [])


def _days_of_week(search: CronSim) -> list[str]:
    numbers = {day % 7 for day in search.weekdays if isinstance(day, int)}
    if len(numbers) == _WEEK_DAYS:
        return []
    if {0, 6} <= numbers:  # a weekend is told as Saturday and Sunday
        numbers = numbers - {0} | {7}
    spans = list(runs(sorted(numbers)))
    single = [low for low, high in spans if low == high]
    told = [_from_to(low, high) for low, high in spans if low != high]
    told += _weekly("às", "-feiras", [day for day in single if day not in _MASCULINE])
    told += _weekly("aos", "", [day for day in single if day in _MASCULINE])
    special = sorted(day for day in search.weekdays if not isinstance(day, int))
    return told + [_monthly(day, nth) for day, nth in special]


def _from_to(low: int, high: int) -> str:
    """Return "de segunda a sexta-feira", which is said once, and "de sexta-feira a domingo"."""
    first = _DAYS[low] if high not in _MASCULINE else _day(low)
    return f"de {first} a {_day(high)}"


def _weekly(article: str, kind: str, days: Sequence[int]) -> list[str]:
    """Return "às segundas e quartas-feiras", or "aos sábados e domingos"."""
    return [f"{article} {_listed(f'{_DAYS[day]}s' for day in days)}{kind}"] if days else []


def _monthly(day: int, nth: int) -> str:
    """Return "na 2ª segunda-feira do mês", or "no último sábado do mês"."""
    place, last, mark = ("no", "último", "º") if day in _MASCULINE else ("na", "última", "ª")
    which = last if nth == CronSim.LAST else f"{nth}{mark}"
    return f"{place} {which} {_day(day)} do mês"


def _day(day: int) -> str:
    return _DAYS[day] if day in _MASCULINE else f"{_DAYS[day]}-feira"


def _months(months: Collection[int]) -> str:
    if len(months) == _YEAR:
        return ""
    spans = [(_MONTHS[low - 1], _MONTHS[high - 1]) for low, high in runs(sorted(months))]
    single = [low for low, high in spans if low == high]
    told = [f"em {_listed(single)}"] if single else []
    told += [f"de {low} a {high}" for low, high in spans if low != high]
    return f", {'somente ' if single else ''}{_listed(told)}"


def _numbers(numbers: Collection[int], *, one: str = "1") -> str:
    """Return "1, 4 e 8 a 12"."""
    names = {1: one}
    return _listed(
        " a ".join(names.get(end, str(end)) for end in ((low,) if low == high else (low, high)))
        for low, high in runs(sorted(numbers))
    )


def _listed(parts: Iterable[str], *, last: str = "e") -> str:
    """Return "a, b e c"."""
    *others, end = parts
    return f"{', '.join(others)} {last} {end}" if others else end


def _duration(length: timedelta) -> str:
    """Return a whole number of seconds: "15 minutos", "dia", "1 dia e 6 horas"."""
    rest, parts = length // timedelta(seconds=1), []
    for one, more, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        parts += [f"{count} {one if count == 1 else more}"] if count else []
    return parts[0].removeprefix("1 ") if len(parts) == 1 else _listed(parts)


def _moment(moment: datetime) -> str:
    """Return an instant as Brazilians write it: "24/11/2026 10:30 UTC"."""
    seconds = ":%S" if moment.second or moment.microsecond else ""
    return moment.strftime(f"%d/%m/%Y %H:%M{seconds} UTC")
