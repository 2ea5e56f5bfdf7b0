"""Which slots are due: a pure rule over trigger, policy and time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.values.due import Due, due
from tests.scheduling import MINUTE, NOON, spec

MISSED_AFTER = timedelta(minutes=2)


def found(minutes: float, after: datetime = NOON, **policies: Any) -> Due:
    """Return what is due so many minutes after noon."""
    schedule = spec(policies=policies)
    return due(schedule, after=after, now=NOON + minutes * MINUTE, missed_after=MISSED_AFTER)


def minutes(slots: tuple[datetime, ...]) -> list[float]:
    """Return slots as minutes after noon."""
    return [(slot - NOON) / MINUTE for slot in slots]


def test_the_slot_of_now_is_due_and_the_one_before_is_decided() -> None:
    """What is due lies after the last decided instant, up to and with now."""
    assert minutes(found(1).slots) == [1]
    assert minutes(found(0.99).slots) == []


def test_slots_in_time_are_all_due_whatever_the_policy() -> None:
    """A look that comes a little late loses nothing."""
    for policy in ("skip", "latest", "all"):
        assert minutes(found(1.9, catch_up=policy).fresh) == [1]


@pytest.mark.parametrize(
    ("policy", "missed", "passed_over"),
    [("skip", [], 8), ("latest", [8], 7), ("all", [1, 2, 3, 4, 5, 6, 7, 8], None)],
)
def test_missed_slots_are_caught_up_by_policy(
    policy: str, missed: list[float], passed_over: float | None
) -> None:
    """Ten minutes after the last look, all but the slots in time have been missed."""
    answer = found(10, catch_up=policy)
    assert minutes(answer.missed) == missed
    assert minutes(answer.fresh) == [9, 10]
    last = answer.passed_over
    assert (None if last is None else (last - NOON) / MINUTE) == passed_over


def test_catching_up_all_has_a_bound_and_keeps_the_newest() -> None:
    """Of thirty days of missed minutes, the newest hundred are dispatched, the oldest first."""
    answer = found(30 * 24 * 60, catch_up="all", catch_up_limit=100)
    assert len(answer.missed) == 100
    assert minutes(answer.missed)[-1] == 30 * 24 * 60 - 2
    assert list(answer.missed) == sorted(answer.missed)
    assert answer.passed_over == answer.missed[0] - MINUTE


def test_a_schedule_is_due_only_while_it_is_active() -> None:
    """Slots before `active_from` and from `active_until` on are none."""
    schedule = spec(active_from=NOON + 3 * MINUTE, active_until=NOON + 5 * MINUTE)
    answer = due(schedule, after=NOON, now=NOON + 9 * MINUTE, missed_after=timedelta(hours=1))
    assert minutes(answer.slots) == [3, 4]


def test_a_schedule_by_hand_is_never_due() -> None:
    """Without cron, interval and once there are no slots."""
    schedule = spec(interval=None)
    assert due(schedule, after=NOON, now=NOON + MINUTE, missed_after=MISSED_AFTER) == Due()


@given(looks=st.lists(st.floats(0.01, 30), min_size=1, max_size=20))
def test_many_looks_find_what_one_look_finds(looks: list[float]) -> None:
    """However often and irregularly one looks, each slot is due once, and none is lost."""
    schedule = spec(policies={"catch_up": "all", "catch_up_limit": 10_000})
    at, slots = NOON, list[datetime]()
    for pause in looks:
        later = at + pause * MINUTE
        slots += due(schedule, after=at, now=later, missed_after=MISSED_AFTER).slots
        at = later
    whole = due(schedule, after=NOON, now=at, missed_after=MISSED_AFTER)
    assert tuple(slots) == whole.slots
