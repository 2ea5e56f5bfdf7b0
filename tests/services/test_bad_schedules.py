"""Bad schedules: whatever is wrong with one, the others of the same look are claimed."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.db.tables import schedules
from app.errors import NotLeaderError
from app.factory import Factory
from app.services import slots as module
from app.services.slots import POSTPONED, Claimed
from app.values.schedule import StoredSchedule
from tests.scheduling import MINUTE, NOON, claim, declared, events, lease

FAILS = {
    "sqlite": "CREATE TRIGGER fails BEFORE INSERT ON dispatches WHEN NEW.schedule = 'bad' "
    "BEGIN SELECT json('no JSON'); END",
    "mysql": "CREATE TRIGGER fails BEFORE INSERT ON dispatches FOR EACH ROW "
    "IF NEW.schedule = 'bad' THEN SIGNAL SQLSTATE '45000'; END IF",
}
"""Triggers that make the database itself refuse one schedule, with an OperationalError."""


@pytest.fixture
def bad(anywhere: Factory) -> StoredSchedule:
    """Give a schedule that is to be bad."""
    return declared(anywhere, name="bad")


@pytest.fixture
def good(anywhere: Factory) -> StoredSchedule:
    """Give a schedule that is good."""
    return declared(anywhere, name="good")


@pytest.fixture
def failing(anywhere: Factory) -> Iterator[str]:
    """Let the database refuse the bad schedule's dispatches."""
    trigger = FAILS[anywhere.engine.dialect.name]
    with anywhere.engine.begin() as connection:
        connection.exec_driver_sql(trigger)
    yield trigger
    with anywhere.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER fails")


def both(factory: Factory, bad: StoredSchedule, good: StoredSchedule) -> list[Claimed]:
    """Claim what is due of both, a minute after noon."""
    return factory.slots.claim([bad.id, good.id], lease(factory), now=NOON + MINUTE)


def dispatched(factory: Factory) -> list[str]:
    """Return the schedules that have dispatches."""
    return [one.schedule for one in factory.dispatches.page()]


@pytest.mark.parametrize("kind", [ValueError, RuntimeError, OSError, RecursionError])
def test_a_schedule_that_cannot_be_claimed_is_postponed_and_stops_no_other(
    anywhere: Factory,
    bad: StoredSchedule,
    good: StoredSchedule,
    kind: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever it raises; an event says so, without passwords, and later it is claimed."""

    def fail(schedule: Any, slot: Any) -> Any:
        if schedule.name == "bad":
            raise kind("no way to mysql://u:s3cret@h/d")
        return scheduled(schedule, slot)

    scheduled = module.scheduled
    monkeypatch.setattr(module, "scheduled", fail)
    claimed = both(anywhere, bad, good)
    assert claimed[0].due_at == NOON + MINUTE + POSTPONED
    assert dispatched(anywhere) == ["good"]
    name, told = events(anywhere, "schedule:bad")[-1]
    assert name == "postponed"
    assert told["error"] == f"{kind.__name__}: no way to mysql://u:***@h/d"
    monkeypatch.undo()
    assert claim(anywhere, bad, NOON + MINUTE + POSTPONED) != []


def test_a_schedule_that_the_database_refuses_for_good_is_postponed(
    anywhere: Factory, bad: StoredSchedule, good: StoredSchedule, failing: str
) -> None:
    """The same error may mean a database that is away: it answers, so it does not, this time."""
    assert failing
    claimed = both(anywhere, bad, good)
    assert claimed[0].due_at == NOON + MINUTE, "it may pass: a deadlock looks like this too"
    assert dispatched(anywhere) == ["good"]
    assert events(anywhere, "schedule:bad")[-1][0] == "declared"
    both(anywhere, bad, good)
    assert both(anywhere, bad, good)[0].due_at == NOON + MINUTE + POSTPONED
    assert events(anywhere, "schedule:bad")[-1][0] == "postponed"
    assert anywhere.slots.overdue(before=NOON + MINUTE, limit=9) == []


def test_a_database_that_is_away_is_no_schedules_fault(
    anywhere: Factory,
    bad: StoredSchedule,
    good: StoredSchedule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However often it is asked, nothing is postponed: it is told of as away."""

    def away(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("away"))

    held = lease(anywhere)
    monkeypatch.setattr("app.db.leases.LeaseStore.require", away)
    for _ in range(5):
        with pytest.raises(sa.exc.OperationalError):
            anywhere.slots.claim([bad.id, good.id], held, now=NOON + MINUTE)
    monkeypatch.undo()
    assert [len(one.dispatches) for one in both(anywhere, bad, good)] == [1, 1]


@pytest.mark.parametrize("anywhere", ["mariadb"], indirect=True)
def test_a_schedule_that_another_holds_keeps_no_other_waiting(
    anywhere: Factory, bad: StoredSchedule, good: StoredSchedule
) -> None:
    """Somebody's open transaction: the schedule stays due, and is claimed when it is let go."""
    with anywhere.engine.begin() as connection:
        row = sa.select(schedules).where(schedules.c.id == bad.id)
        connection.execute(row.with_for_update())
        claimed = {one.schedule: one for one in both(anywhere, bad, good)}
        assert claimed[bad.id].dispatches == ()
        assert dispatched(anywhere) == ["good"]
    assert len(both(anywhere, bad, good)[0].dispatches) == 1


def test_a_schedule_that_was_mended_meanwhile_is_not_postponed(
    anywhere: Factory, bad: StoredSchedule
) -> None:
    """Between its failure and its postponement somebody gave it another time."""
    mended = declared(anywhere, at=NOON + MINUTE, name="bad", interval={"every": "PT1H"})
    anywhere.slots._postpone(bad.id, ValueError(), lease(anywhere), now=NOON + MINUTE)
    assert anywhere.schedules.get("bad").due_at == mended.due_at
    assert events(anywhere, "schedule:bad")[-1][0] == "declared"


def test_only_the_scheduler_postpones(anywhere: Factory, bad: StoredSchedule) -> None:
    """One that has lost its lease since leaves the schedule to the newer one."""
    held = lease(anywhere)
    anywhere.leases.give_up(held)
    assert anywhere.leases.take("scheduler", "another") is not None
    with pytest.raises(NotLeaderError):
        anywhere.slots._postpone(bad.id, ValueError(), held, now=NOON + MINUTE)
    assert anywhere.schedules.get("bad").due_at == bad.due_at
