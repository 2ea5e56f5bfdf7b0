"""Maintenance windows: when they are open, by the clock of their time zone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from app.values.maintenance import Maintenance


def window(**fields: Any) -> Maintenance:
    """Return a window."""
    return Maintenance.model_validate({"name": "w", **fields})


def at(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    """Return an instant of 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_window_from_until_is_meant_by_its_clock() -> None:
    """Its start belongs to it, its end does not; an offset goes before the time zone."""
    once = window(
        starts="2026-03-02T20:00:00", ends="2026-03-02T22:00:00", timezone="America/New_York"
    )
    open_at = [once.is_open(one) for one in (at(3, 0, 59), at(3, 1), at(3, 2, 59), at(3, 3))]
    assert open_at == [False, True, True, False]
    offset = window(
        starts="2026-03-02T20:00:00Z", ends="2026-03-02T22:00:00Z", timezone="Asia/Tokyo"
    )
    assert offset.is_open(at(2, 20))


def test_a_window_comes_again_and_again() -> None:
    """From each fire of its cron for its duration, over midnight too."""
    again = window(cron="30 23 * * 0", duration="PT2H")
    open_at = [
        again.is_open(one) for one in (at(1, 23, 29), at(1, 23, 30), at(2, 1, 29), at(2, 1, 30))
    ]
    assert open_at == [False, True, True, False]


def test_a_window_lasts_its_duration_when_clocks_change() -> None:
    """In the night of 8 March 2026 New York's clocks jump from 2 to 3."""
    again = window(cron="30 1 * * *", duration="PT1H", timezone="America/New_York")
    assert [again.is_open(at(8, 6, n)) for n in (29, 30, 59)] == [False, True, True]
    assert [again.is_open(at(8, 7, n)) for n in (29, 30)] == [True, False]


def test_an_open_window_says_when_it_closes() -> None:
    """One that begins again before it ends goes on; one that always does never closes."""
    once = window(starts="2026-03-02T20:00:00", ends="2026-03-02T22:00:00")
    assert once.closes_at(at(2, 21)) == at(2, 22)
    again = window(cron="30 23 * * *", duration="PT2H")
    assert again.closes_at(at(2, 0)) == at(2, 1, 30)
    chained = window(cron="0,30 8-9 * * *", duration="PT40M")
    assert chained.closes_at(at(2, 8)) == at(2, 10, 10)
    assert window(cron="0 2 * * 0", duration="P1M").closes_at(at(2, 8)) is None
    assert window(cron="* * * * *", duration="PT1M").closes_at(at(2, 8)) is None


def test_a_window_says_when_it_opens_next() -> None:
    """One from an instant until another is over after it."""
    once = window(starts="2026-03-02T20:00:00", ends="2026-03-02T22:00:00")
    assert [once.opens_at(at(2, hour)) for hour in (19, 22)] == [at(2, 20), None]
    assert window(cron="30 23 * * *", duration="PT2H").opens_at(at(2, 2)) == at(2, 23, 30)


def test_a_window_is_for_the_checks_that_it_names() -> None:
    """And for all, if it names none."""
    always: dict[str, Any] = {"cron": "0 0 * * *", "duration": "P1D"}
    assert window(**always).covers("a", at(2, 12))
    named = window(**always, checks=["a"])
    assert named.covers("a", at(2, 12))
    assert not named.covers("b", at(2, 12))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"starts": "2026-03-02T20:00:00"},
        {"cron": "0 0 * * *"},
        {"duration": "PT1H"},
        {"starts": "2026-03-02T20:00:00", "ends": "2026-03-02T20:00:00"},
        {"starts": "2026-03-02T20:00:00", "ends": "2026-03-03T20:00:00", "cron": "0 0 * * *"},
        {"cron": "0 0 * * *", "duration": "PT0S"},
        {"cron": "0 0 * * *", "duration": "P32D"},
        {"cron": "0 0 * * *", "duration": "PT1H", "timezone": "Mars/Base"},
    ],
)
def test_what_is_no_window_is_refused(fields: dict[str, Any]) -> None:
    """It has a start and an end, or a cron and a duration."""
    with pytest.raises(ValidationError):
        window(**fields)
