"""The whole scheduler is paused: over restarts, for each service, until somebody resumes it."""

from datetime import timedelta
from pathlib import Path

from app.clock import utc_now
from app.factory import Factory
from tests.patience import await_that
from tests.scheduler.services import Service, declare, dispatches
from tests.scheduling import events


def overdue(factory: Factory) -> bool:
    """Tell whether slots have been due for two seconds."""
    due = factory.schedules.get("each-second").due_at
    return due is not None and due < utc_now() - timedelta(seconds=2)


def test_a_paused_scheduler_dispatches_nothing_over_restarts(
    anywhere: Factory, state: Path
) -> None:
    """A new service does not either; resumed, all slots since are made up for, as the policy says."""
    anywhere.halt.turn(paused=True, actor="test", now=utc_now())
    declare(anywhere)
    first = Service(state)
    first.leader.start()
    await_that(lambda: first.leader.is_leader and overdue(anywhere))
    assert first.leader.fault() is None
    first.stop()
    second = Service(state)
    second.leader.start()
    await_that(lambda: second.leader.is_leader)
    held = second.factory.leases.get("scheduler")
    assert held is not None
    await_that(lambda: second.factory.leases.get("scheduler") != held)  # it has been at work
    assert dispatches(anywhere) == []
    anywhere.halt.turn(paused=False, actor="test", now=utc_now())
    await_that(lambda: dispatches(anywhere))
    second.stop()
    found = [one.slot for one in dispatches(anywhere)]
    assert found == [found[0] + timedelta(seconds=n) for n in range(len(found))]
    assert [name for name, _ in events(anywhere, "scheduler")] == ["paused", "resumed"]
