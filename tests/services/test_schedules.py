"""Edits of schedules: no past slot becomes due by one, and the scheduler notices each."""

from datetime import timedelta
from typing import Any

import pytest

from app.db.schedules import ScheduleStore
from app.factory import Factory
from tests.scheduling import MINUTE, NOON, claim, slots, spec

NOW = NOON + timedelta(hours=3, seconds=30)
"""Three hours later, in the middle of a minute."""


def created(factory: Factory, **changes: Any) -> None:
    """Create the schedule `one` at noon."""
    factory.schedules.create(spec("one", **changes), actor="test", now=NOON)


def claimed_from(factory: Factory, *, minutes: float) -> list[float]:
    """Claim what is due so many minutes after `NOW`; return the slots, in minutes after NOW."""
    found = claim(factory, factory.schedules.get("one"), NOW + minutes * MINUTE)
    return [round(slot - (NOW - NOON) / MINUTE, 2) for slot in slots(found)]


@pytest.mark.parametrize(
    ("before", "patch"),
    [
        ({"cron": "0 0 1 1 *"}, {"cron": "* * * * *"}),
        (
            {"cron": "0 15 * * *", "timezone": "Asia/Tokyo"},
            {"cron": "* * * * *", "timezone": "UTC"},
        ),
        ({"once": NOON + timedelta(days=30)}, {"once": None, "interval": {"every": "PT1M"}}),
        ({"cron": None}, {"cron": "*/1 * * * *"}),
        (
            {"interval": {"every": "PT1M"}, "active_from": NOON + timedelta(days=1)},
            {"active_from": None},
        ),
        (
            {"interval": {"every": "PT1M"}, "active_until": NOON + timedelta(seconds=1)},
            {"active_until": None},
        ),
    ],
)
def test_another_trigger_makes_no_past_slot_due(
    anywhere: Factory, before: dict[str, Any], patch: dict[str, Any]
) -> None:
    """Though the policy catches all up: those before the edit were never due (airflow#45274)."""
    created(anywhere, policies={"catch_up": "all"}, **before)
    anywhere.schedules.change("one", patch, actor="test", now=NOW)
    assert anywhere.schedules.get("one").claimed_until == NOW
    assert claimed_from(anywhere, minutes=2) == [0.5, 1.5]


def test_an_edit_of_something_else_loses_no_slot(anywhere: Factory) -> None:
    """What is due and what is caught up (the latest) stay so when only the model is changed."""
    created(anywhere, interval={"every": "PT1H"})
    anywhere.schedules.change("one", {"model": "other"}, actor="test", now=NOW)
    found = claim(anywhere, anywhere.schedules.get("one"), NOW)
    assert slots(found) == [120, 180]
    assert {one.model for one in found} == {"other"}


def test_slots_of_a_pause_are_passed_over(anywhere: Factory) -> None:
    """A paused schedule is not due; resumed, it goes on with the next slot, whatever the policy."""
    created(anywhere, policies={"catch_up": "all"})
    anywhere.schedules.pause("one", actor="test", now=NOON)
    anywhere.schedules.change("one", {"description": "paused"}, actor="test", now=NOON + MINUTE)
    assert anywhere.schedules.get("one").due_at is None
    assert claimed_from(anywhere, minutes=-10) == []
    anywhere.schedules.resume("one", actor="test", now=NOW)
    assert claimed_from(anywhere, minutes=1) == [0.5]


def test_a_mended_schedule_starts_anew(anywhere: Factory) -> None:
    """What a damaged schedule missed is not made up for, though it was due all the time."""
    created(anywhere, policies={"catch_up": "all"})
    with anywhere.engine.begin() as connection:
        store = ScheduleStore(connection)
        found = store.get("one")
        assert found is not None
        store.set_aside(found.id, "broken")
    anywhere.schedules.replace("one", spec("one"), actor="test", now=NOW)
    assert claimed_from(anywhere, minutes=1) == [0.5]


def test_each_edit_is_noticed_by_the_scheduler(factory: Factory) -> None:
    """The number of the newest change grows with each edit, and not with what changes nothing."""
    changes = [factory.agenda.last_change()]

    def note() -> bool:
        changes.append(factory.agenda.last_change())
        return changes[-1] > changes[-2]

    created(factory)
    assert note()
    factory.schedules.replace("one", spec("one"), actor="test", now=NOW)
    assert not note()
    for edit in (factory.schedules.pause, factory.schedules.resume, factory.schedules.remove):
        edit("one", actor="test", now=NOW)
        assert note()


def test_a_declaration_is_the_same_each_time(factory: Factory) -> None:
    """A text that reads as a date is a date in the database; that is no difference."""
    declared = spec("one", parameters={"day": "2013-11-28", "share": 0.5})
    assert factory.schedules.declare(declared, "one.yaml", now=NOON)
    assert not factory.schedules.declare(declared, "one.yaml", now=NOW)
    assert factory.schedules.get("one").revision == 1
