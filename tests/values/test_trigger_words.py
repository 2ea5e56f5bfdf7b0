"""Triggers in words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from app.values.trigger import Cron, Interval, Once
from tests.values.expressions import EXPRESSIONS


def words_of(expression: str) -> str:
    """Return what a crontab expression is in words."""
    return Cron(expression=expression, timezone="UTC").words()


WORDS = {
    "30 7 * * 1-5": "At 07:30, Monday through Friday",
    "30 19 * * *": "At 19:30",
    "* * * * *": "Every minute",
    "*/15 * * * *": "Every 15 minutes",
    "*/7 * * * *": "At 0, 7, 14, 21, 28, 35, 42, 49, and 56 minutes past the hour",
    "*/90 * * * *": "Every hour",
    "@hourly": "Every hour",
    "@daily": "At 00:00",
    "@weekly": "At 00:00, only on Sunday",
    "@monthly": "At 00:00, on day 1 of the month",
    "@yearly": "At 00:00, on day 1 of the month, only in January",
    "0 0 * * 7": "At 00:00, only on Sunday",
    "0 0 * * 5-7": "At 00:00, Friday through Sunday",
    "0 0 * * 6,0": "At 00:00, only on Saturday and Sunday",
    "0 0 * * mon,wed,fri": "At 00:00, only on Monday, Wednesday, and Friday",
    "0 0 * * 1-5/2": "At 00:00, only on Monday, Wednesday, and Friday",
    "0 6,18 * * *": "At 06:00 and 18:00",
    "0 */6 * * *": "Every 6 hours",
    "0 */5 * * *": "At 00:00, 05:00, 10:00, 15:00 and 20:00",
    "0 8-10 * * *": "At 08:00, 09:00 and 10:00",
    "23 0-23/2 * * *": "At 23 minutes past the hour, every 2 hours",
    "0 0 L * *": "At 00:00, on the last day of the month",
    "0 0 LW * *": "At 00:00, on the last weekday of the month",
    "0 0 1,L * *": "At 00:00, on day 1 of the month and on the last day of the month",
    "0 0 * * 5L": "At 00:00, on the last Friday of the month",
    "0 0 * * MON#2": "At 00:00, on the second Monday of the month",
    "0 0 * * 0,3#2": "At 00:00, only on Sunday and on the second Wednesday of the month",
    "30 4 1,15 * 5": "At 04:30, on day 1 and 15 of the month, or on Friday",
    "0 0 1-7 * 1-5": "At 00:00, between day 1 and 7 of the month, or on Monday through Friday",
    "0 0 13 * 5L": "At 00:00, on day 13 of the month, or on the last Friday of the month",
    "0 0 */10 * 5": "At 00:00, on day 1, 11, 21, and 31 of the month, but only on Friday",
    "0 0 13 * */7": "At 00:00, on day 13 of the month, but only on Sunday",
    "0 0 1-31 * 1": "At 00:00",
    "0 0 1 1,7 *": "At 00:00, on day 1 of the month, only in January and July",
    "0 0 * JAN-MAR *": "At 00:00, January through March",
}


@pytest.mark.parametrize(("expression", "words"), WORDS.items())
def test_an_expression_in_words_says_what_it_means(expression: str, words: str) -> None:
    """With "or" and "but only" between the two fields of days as cron has it."""
    assert words_of(expression) == words


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS)
def test_every_expression_has_words(expression: str) -> None:
    """And they begin and end as a phrase does."""
    words = words_of(expression)
    assert words[0].isupper()
    assert words == words.strip(" ,")
    assert "{" not in words


def test_interval_and_once_have_words() -> None:
    """With the unit in the plural where it is one."""
    assert Interval(every=timedelta(minutes=15)).words() == (
        "Every 15 minutes, counted from 1970-01-01 00:00 UTC"
    )
    anchor = datetime(2026, 11, 24, 10, 30, 5, tzinfo=UTC)
    assert Interval(every=timedelta(days=1), anchor=anchor).words() == (
        "Every day, counted from 2026-11-24 10:30:05 UTC"
    )
    assert (
        Interval(every=timedelta(seconds=93_661))
        .words()
        .startswith("Every 1 day, 2 hours, 1 minute and 1 second, counted")
    )
    assert Once(at=anchor.replace(second=0)).words() == "Once, at 2026-11-24 10:30 UTC"
