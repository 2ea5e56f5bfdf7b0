"""Schedules for tests: the least that a spec needs, and ways to make one due."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.db.events import EventStore
from app.factory import Factory
from app.values.brief import DispatchFilter
from app.values.dispatch import Dispatch, DispatchState
from app.values.lease import Lease
from app.values.schedule import Schedule, StoredSchedule

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""
MINUTE = timedelta(minutes=1)
SPEC: dict[str, Any] = {
    "name": "nightly",
    "model": "m",
    "collect": {"source": "place", "query": "SELECT 1 AS id", "key": "id"},
    "deliver": {"source": "place", "table": "predictions"},
    "cron": "30 7 * * 1-5",
    "timezone": "America/New_York",
}
"""A schedule as it is posted."""


def spec(name: str = "each-minute", **changes: Any) -> Schedule:
    """Return a schedule that is due each minute; `changes` go over its fields."""
    plain: dict[str, Any] = {
        "name": name,
        "model": "m",
        "collect": {"source": "place", "query": "SELECT 1 AS id", "key": "id"},
        "deliver": {"source": "place", "table": "predictions"},
        **changes,
    }
    if not {"cron", "interval", "once"} & changes.keys():
        plain["interval"] = {"every": "PT1M"}
    return Schedule.model_validate(plain)


def declared(factory: Factory, at: datetime = NOON, **changes: Any) -> StoredSchedule:
    """Declare such a schedule at an instant, from which on its slots count."""
    made = spec(**changes)
    factory.schedules.declare(made, "test.yaml", now=at)
    return factory.schedules.get(made.name)


def lease(factory: Factory) -> Lease:
    """Return the scheduler's lease, as its holder has it."""
    held = factory.leases.get("scheduler") or factory.leases.take("scheduler", "test")
    assert held is not None
    return held


def claim(factory: Factory, schedule: StoredSchedule, at: datetime) -> list[Dispatch]:
    """Claim what is due at an instant; return the dispatches, the oldest slot first."""
    [claimed] = factory.slots.claim([schedule.id], lease(factory), now=at)
    return [factory.dispatches.get(one) for one in claimed.dispatches]


def slots(dispatches: list[Dispatch]) -> list[float]:
    """Return the dispatches' slots, as minutes after noon."""
    return [(one.slot - NOON) / MINUTE for one in dispatches]


def queued(factory: Factory) -> list[float]:
    """Return the slots of all dispatches, as minutes after noon, the oldest first."""
    return sorted(slots(factory.dispatches.page(limit=1000)))


def events(factory: Factory, subject: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of a subject."""
    with factory.engine.begin() as connection:
        return [(one.name, one.detail) for one in EventStore(connection).of(subject)]


def passed_over(factory: Factory) -> list[dict[str, Any]]:
    """Return what was told of slots that were passed over."""
    return [
        detail
        for name, detail in events(factory, "schedule:each-minute")
        if name == "slots passed over"
    ]


def finish(factory: Factory, state: DispatchState = DispatchState.SUCCEEDED) -> None:
    """End all that waits."""
    for one in factory.dispatches.page(DispatchFilter(state=DispatchState.QUEUED), limit=1000):
        taken = factory.queue.claim(one.id, now=NOON)
        assert taken is not None
        factory.queue.finish(taken, state, now=NOON, actor="test")
