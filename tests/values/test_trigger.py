"""Cron, interval and once: which instants they name, forwards, backwards and in words."""

import csv
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.values.trigger import Cron, Interval, Once, Trigger
from tests.values import debian_cron
from tests.values.expressions import EXPRESSIONS

SOURCES = {
    "fields": "man 5 crontab: commands are executed when the minute, hour, and month of year fields"
    " match the current time, and when at least one of the two day fields match",
    "example": "man 5 crontab, EXAMPLE CRON FILE",
    "either": "man 5 crontab, Note: if both fields are restricted (ie, aren't *), the command will"
    " be run when either field matches the current time",
    "star": "entry.c and cron.c: a day field whose first character is * sets DOM_STAR or DOW_STAR,"
    " and then both day fields must match",
    "sunday": "man 5 crontab: 0-7 (0 or 7 is Sun)",
    "names": "man 5 crontab: use the first three letters of the particular day or month (case"
    " doesn't matter); entry.c takes them in ranges and lists too",
    "ranges": "man 5 crontab: ranges are two numbers separated with a hyphen, inclusive",
    "lists": "man 5 crontab: a list is a set of numbers (or ranges) separated by commas",
    "steps": "man 5 crontab: skips of the number's value through the range, also after an asterisk",
    "nicknames": "entry.c: the minutes, hours and days that each @name sets",
    "calendar": "by hand: calendar; 'L', 'LW' and '#' by their definition, for Debian's cron has"
    " none",
    "skipped": "man 8 cron: if the time has moved forwards, those jobs which would have run in the"
    " time that was skipped will be run soon after the change",
    "repeated": "man 8 cron: if the time has moved backwards by less than 3 hours, those jobs that"
    " fall into the repeated time will not be re-run",
    "wildcard": "man 8 cron: jobs which are specified with wildcards are run based on the new time"
    " immediately",
    "correction": "man 8 cron: clock changes of more than 3 hours are considered to be corrections"
    " to the clock, and the new time is used immediately",
    "three hours": "cron.c: timeDiff > 3*MINUTE_COUNT; after a jump of three hours the new minute"
    " is three hours and a minute away, so it is a correction",
}
"""Where an expectation is from. "model: " before it: the model in debian_cron.py reckoned it."""

with Path(__file__).with_name("cron_cases.csv").open() as lines:
    CASES = list(csv.DictReader(lines))

DAYS = {
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "America/Sao_Paulo": ["2018-02-17", "2018-11-04"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],
    "Europe/London": ["2026-03-29", "2026-10-25"],
    "Antarctica/Troll": ["2026-03-29", "2026-10-25"],  # by two hours
    "Antarctica/Casey": ["2018-03-11", "2018-10-07"],  # by three
    "Antarctica/Vostok": ["1994-01-31", "1994-11-01"],  # by seven
    "Pacific/Apia": ["2011-12-30"],  # a day that never was
    "America/Caracas": ["2016-05-01"],  # half an hour, and not for the summer
    "Asia/Kathmandu": ["1986-01-01"],  # a quarter
    "UTC": ["2026-12-31"],
}
"""Days on which the clock was changed."""


def cron(expression: str, timezone: str = "UTC") -> Cron:
    """Make a trigger."""
    return Cron(expression=expression, timezone=timezone)


CHANGES = st.sampled_from([(zone, day) for zone, days in DAYS.items() for day in days])


def instants(low: str, high: str) -> st.SearchStrategy[datetime]:
    """Draw aware instants, fractions of seconds included."""
    first, last = datetime.fromisoformat(low), datetime.fromisoformat(high)
    return st.datetimes(first, last, timezones=st.just(UTC))


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: "{expression} {zone} {after}".format(**case)
)
def test_the_next_fire_is_the_one_that_cron_would_run(case: dict[str, str]) -> None:
    """The table, none of which was reckoned by the code under test; asked backwards too."""
    trigger, moment = cron(case["expression"], case["zone"]), datetime.fromisoformat(case["after"])
    fire = next(trigger.after(moment))
    assert fire.astimezone(ZoneInfo(case["zone"])).isoformat() == case["next"]
    assert fire.tzinfo is UTC
    assert next(trigger.before(fire + timedelta(microseconds=1))) == fire
    assert next(trigger.before(fire)) <= moment


def test_the_table_is_large_and_names_the_source_of_each_row() -> None:
    """At least 300 different questions, and many for each zone whose changes are known to be hard."""
    assert len({(case["expression"], case["zone"], case["after"]) for case in CASES}) >= 300
    assert {case["source"].removeprefix("model: ") for case in CASES} <= SOURCES.keys()
    for zone in ("America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Europe/London"):
        assert sum(case["zone"] == zone for case in CASES) >= 50


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS, CHANGES)
def test_cron_fires_as_debians_cron_does_on_days_of_a_changed_clock(
    expression: str, change: tuple[str, str]
) -> None:
    """Three days around a change, minute by minute, beside the model; and back again."""
    zone, day = change
    start = datetime.fromisoformat(f"{day}T00:00+00:00") - timedelta(hours=30)
    end = start + timedelta(days=3)
    trigger = cron(expression, zone)
    expected = list(debian_cron.fires(expression, zone, start, end))
    upwards = trigger.after(start - timedelta(microseconds=1))
    assert list(takewhile(lambda fire: fire < end, upwards)) == expected
    assert list(takewhile(lambda fire: fire >= start, trigger.before(end))) == expected[::-1]


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, CHANGES, st.timedeltas(timedelta(hours=-40), timedelta(hours=60)))
def test_before_mirrors_after_from_any_moment(
    expression: str, change: tuple[str, str], shift: timedelta
) -> None:
    """Whatever the moment: what is ahead of it, walked back from its end, is the same."""
    zone, day = change
    moment = datetime.fromisoformat(f"{day}T00:00+00:00") + shift
    trigger = cron(expression, zone)
    ahead = list(islice(trigger.after(moment), 5))
    assert all(one < other for one, other in pairwise([moment, *ahead]))
    back = trigger.before(ahead[-1] + timedelta(microseconds=1))
    assert list(islice(back, len(ahead))) == ahead[::-1]
    assert next(back) <= moment


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 3660 * 86400).map(lambda seconds: timedelta(seconds=seconds)),
    instants("1980-01-01", "2030-01-01").map(lambda moment: moment.replace(microsecond=0)),
    instants("1980-01-01", "2030-01-01"),
)
def test_an_interval_is_counted_from_its_anchor_in_both_directions(
    every: timedelta, anchor: datetime, moment: datetime
) -> None:
    """Each fire is a whole number of intervals away from the anchor, and none is left out."""
    trigger = Interval(every=every, anchor=anchor)
    ahead, behind = list(islice(trigger.after(moment), 3)), next(trigger.before(moment))
    assert ahead[0] > moment > behind
    assert (ahead[0] - anchor) % every == timedelta(0)
    assert {b - a for a, b in pairwise(ahead)} == {every}
    assert ahead[0] - behind in {every, 2 * every}  # two if the moment is a fire itself
    assert (ahead[0] - behind == 2 * every) == ((moment - anchor) % every == timedelta(0))
    assert next(trigger.before(ahead[2])) == ahead[1]


def test_an_interval_of_a_second_fires_each_second() -> None:
    """The shortest one."""
    moment = datetime(2026, 11, 24, 10, 30, 0, 500_000, tzinfo=UTC)
    fires = list(islice(Interval(every=timedelta(seconds=1)).after(moment), 3))
    assert [fire.second for fire in fires] == [1, 2, 3]
    assert all(fire.microsecond == 0 for fire in fires)


def test_once_fires_once() -> None:
    """After it is nothing more, before it is nothing, and at it neither."""
    at = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
    trigger, second = Once(at=at), timedelta(seconds=1)
    assert list(trigger.after(at - second)) == [at] == list(trigger.before(at + second))
    assert list(trigger.after(at)) == [] == list(trigger.before(at))


def test_triggers_end_where_the_years_do() -> None:
    """Far away there are no fires, and no error either."""
    late = datetime(2999, 12, 31, 12, tzinfo=UTC)
    early = datetime(1900, 1, 1, 12, tzinfo=UTC)
    assert list(cron("0 0 * * *").after(late)) == []
    assert list(cron("0 0 * * *").before(early)) == [early.replace(hour=0)]
    assert next(cron("0 0 29 2 *").after(datetime(1, 1, 1, tzinfo=UTC))).year == 1904
    assert next(cron("0 0 29 2 *").before(datetime(9999, 12, 31, tzinfo=UTC))).year == 2996
    rare = Interval(every=timedelta(days=1000))
    assert list(rare.after(datetime(9999, 1, 1, tzinfo=UTC))) == []
    assert list(rare.before(datetime(1, 1, 1, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    "trigger",
    [
        cron("0 0 * * *"),
        Interval(every=timedelta(hours=1)),
        Once(at=datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_time_zone_is_refused_at_once(trigger: Trigger) -> None:
    """Not only when the first fire is asked for."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - which is the point
    with pytest.raises(ValueError, match="has no time zone"):
        trigger.after(naive)
    with pytest.raises(ValueError, match="has no time zone"):
        trigger.before(naive)


REFUSED = {
    "0 0 31 2 *": "never fires",
    "0 0 30 2 *": "never fires",
    "0 0 31 4,6,9,11 *": "never fires",
    "0 0 30,31 2 */2": "never fires",
    "0 0 */29 2 1#4": "never fires",
    "0 0 7 * * *": "has 6 fields",
    "0 0 * *": "has 4 fields",
    "": "has 0 fields",
    "@reboot": "start of the machine",
    "@secondly": "is not one of @hourly",
    "60 * * * *": "minute field is '60'",
    "5-64/30 * * * *": "minute field is '5-64/30'",
    "* 24 * * *": "hour field is '24'",
    "* * 0 * *": "day of month field is '0'",
    "* * 32 * *": "day of month field is '32'",
    "* * * 0 *": "month field is '0'",
    "* * * 13 *": "month field is '13'",
    "* * * foo *": "month field is 'FOO'",
    "* * * * 8": "day of week field is '8'",
    "* * * * fri-sun": "day of week field is 'FRI-SUN'",
    "* * * * 1#6": "day of week field is '1#6'",
    "* * * * 1#0": "day of week field is '1#0'",
    "* * * * L": "day of week field is 'L'",
    "30-10 * * * *": "minute field is '30-10'",
    "*/0 * * * *": "minute field is '*/0'",
    "1,,2 * * * *": "minute field is '1,,2'",
    "-5 * * * *": "minute field is '-5'",
    "5/15 * * * *": "write '5-59/15'",
    "0 1/2 * * *": "write '1-23/2'",
    "0 0 L/2 * *": "step without a range",
    "٣ * * * *": "minute field",
    "a b c d e": "minute field is 'A'",
    "? * * * *": "minute field",
    "0 0 15W * *": "day of month field is '15W'",
}


@pytest.mark.parametrize(("expression", "told"), REFUSED.items())
def test_an_expression_that_is_wrong_is_refused_with_what_to_write(
    expression: str, told: str
) -> None:
    """The sentence names the expression and the field."""
    with pytest.raises(ValidationError) as caught:
        cron(expression)
    (error,) = caught.value.errors()
    assert told in error["msg"]
    assert repr(expression) in error["msg"]


def test_an_endless_expression_is_refused() -> None:
    """Before it is parsed."""
    with pytest.raises(ValidationError, match="at most 1000 characters"):
        cron(",".join(["1"] * 1000) + " * * * *")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "America", "EDT5"])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    """The sentence shows how one is written."""
    with pytest.raises(ValidationError, match="is not an IANA time zone"):
        cron("0 0 * * *", zone)


@pytest.mark.parametrize("every", ["PT0S", "PT0.5S", "PT1.5S", "-PT1H", "P4000D"])
def test_an_interval_that_is_none_is_refused(every: str) -> None:
    """From a second to ten years, in whole seconds."""
    with pytest.raises(ValidationError):
        TypeAdapter(Interval).validate_python({"every": every})


def test_blanks_of_an_expression_do_not_matter() -> None:
    """Two texts of one meaning are one value."""
    assert cron(" 30\t7  * * 1-5 ") == cron("30 7 * * 1-5")


@pytest.mark.parametrize(
    "trigger",
    [
        cron("30 7 * * 1-5", "America/Sao_Paulo"),
        cron("@daily"),
        Interval(every=timedelta(minutes=15)),
        Once(at=datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_trigger_survives_json(trigger: Trigger) -> None:
    """The three are told apart by their fields."""
    adapter: TypeAdapter[Trigger] = TypeAdapter(Trigger)
    assert adapter.validate_json(adapter.dump_json(trigger)) == trigger
