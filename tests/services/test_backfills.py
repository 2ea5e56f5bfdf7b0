"""Backfills: the slots of a stretch of the past, each dispatched once, beside the schedule's own."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.errors import ConfigurationError, NotFoundError
from app.factory import Factory
from app.values.backfill import BackfillRequest
from app.values.brief import DispatchFilter
from app.values.dispatch import Dispatch, DispatchKind, DispatchState
from tests.scheduling import MINUTE, NOON, claim, slots, spec

HOUR = timedelta(hours=1)


@pytest.fixture
def hourly(anywhere: Factory) -> Factory:
    """Give a schedule that is due each hour, since noon."""
    made = spec("hourly", interval={"every": "PT1H"}, policies={"priority": 5, "concurrency": 9})
    anywhere.schedules.create(made, actor="test", now=NOON)
    return anywhere


def asked(first: float, until: float, **options: Any) -> BackfillRequest:
    """Ask for a backfill, by hours after noon."""
    return BackfillRequest(
        schedule="hourly", first=NOON + first * HOUR, until=NOON + until * HOUR, **options
    )


def made_by(factory: Factory, backfill: int) -> list[Dispatch]:
    """Return the dispatches of a backfill, in the order of their creation."""
    return factory.dispatches.page(DispatchFilter(backfill=backfill), limit=1000)[::-1]


def test_each_slot_becomes_a_dispatch_the_oldest_first(hourly: Factory) -> None:
    """The first instant is within, the last one is not; they wait behind the schedule's own."""
    plan = hourly.backfills.plan(asked(-3, 0), now=NOON)
    assert (plan.slots, plan.left_out, plan.to_dispatch) == (3, 0, 3)
    assert hourly.dispatches.page() == []
    made = hourly.backfills.order(asked(-3, 0), at_once=2, actor="test", now=NOON)
    assert (made.slots, made.states) == (3, {DispatchState.QUEUED: 3})
    found = made_by(hourly, made.id)
    assert slots(found) == [-180, -120, -60]
    assert {(one.kind, one.priority, one.lane, one.lane_width) for one in found} == {
        (DispatchKind.BACKFILL, 4, f"backfill:{made.id}", 2)
    }
    events = hourly.dispatches.events(found[0].id)
    assert [(one.name, one.actor) for one in events] == [("queued", "test")]
    [told] = hourly.schedules.history("hourly")[1:]
    assert (told.name, told.detail["slots"]) == ("backfill", 3)


def test_no_more_run_at_once_than_asked_for(hourly: Factory) -> None:
    """The lane is the backfill's: two of it and the schedule's own dispatch run side by side."""
    made = hourly.backfills.order(asked(-5, 0), at_once=2, actor="test", now=NOON)
    hourly.dispatches.order("hourly", now=NOON, actor="test", slot=NOON)
    taken = hourly.queue.take(10, host="h", launcher="local", now=NOON)
    running = [hourly.dispatches.get(one.dispatch) for one in taken]
    assert slots(running) == [0, -300, -240]
    assert hourly.queue.take(10, host="h", launcher="local", now=NOON) == []
    assert hourly.backfills.get("hourly", made.id).states == {
        DispatchState.QUEUED: 3,
        DispatchState.RUNNING: 2,
    }


def test_slots_that_are_dispatched_are_left_out_unless_asked_for(hourly: Factory) -> None:
    """What waits counts; dry runs, runs of a few rows and what was cancelled do not."""
    orders: list[dict[str, Any]] = [{}, {"dry_run": True}, {"limit": 5}, {}]
    queued = [
        hourly.dispatches.order(
            "hourly", now=NOON, actor="test", slot=NOON - (number + 1) * HOUR, **options
        )
        for number, options in enumerate(orders)
    ]
    hourly.dispatches.cancel(queued[3].id, actor="test", now=NOON)
    assert hourly.backfills.plan(asked(-4, 0), now=NOON).left_out == 1
    first = hourly.backfills.order(asked(-4, 0), actor="test", now=NOON)
    assert slots(made_by(hourly, first.id)) == [-240, -180, -120]
    again = hourly.backfills.order(asked(-4, 0), actor="test", now=NOON)
    assert (again.slots, again.states) == (0, {})
    anew = hourly.backfills.order(asked(-4, 0, rerun=True), actor="test", now=NOON)
    assert anew.slots == 4


def test_slots_that_the_scheduler_is_about_to_claim_are_its_own(hourly: Factory) -> None:
    """A slot that is due is dispatched once, by the scheduler; of a paused schedule it is free."""
    now = NOON + HOUR + MINUTE
    assert hourly.backfills.plan(asked(-1, 1.01), now=now).left_out == 1
    [own] = claim(hourly, hourly.schedules.get("hourly"), now)
    made = hourly.backfills.order(asked(-1, 1.01), actor="test", now=now)
    assert slots(made_by(hourly, made.id)) == [-60, 0]
    assert slots([own]) == [60]
    hourly.schedules.pause("hourly", actor="test", now=now)
    later = NOON + 3 * HOUR
    assert hourly.backfills.plan(asked(1.5, 3), now=later).to_dispatch == 1


def test_times_without_an_offset_are_the_schedules(factory: Factory) -> None:
    """A day of New York has 23 hours when its clock jumps forward."""
    made = spec("hourly", cron="0 * * * *", timezone="America/New_York")
    factory.schedules.create(made, actor="test", now=NOON)
    wanted = BackfillRequest(
        schedule="hourly",
        first=datetime(2025, 3, 9),  # noqa: DTZ001 - by the schedule's clock
        until=datetime(2025, 3, 10),  # noqa: DTZ001 - the same
    )
    assert factory.backfills.plan(wanted, now=NOON).slots == 23


def test_a_cancelled_backfill_ends_what_waits_and_what_runs(hourly: Factory) -> None:
    """What waits is cancelled at once, what runs is asked to stop; others are left alone."""
    made = hourly.backfills.order(asked(-4, 0), actor="test", now=NOON)
    [running] = hourly.queue.take(9, host="h", launcher="local", now=NOON)
    other = hourly.dispatches.order("hourly", now=NOON, actor="test")
    done = hourly.backfills.cancel("hourly", made.id, actor="someone", now=NOON)
    assert done.states == {DispatchState.CANCELLED: 3, DispatchState.RUNNING: 1}
    assert hourly.dispatches.get(running.dispatch).cancel_requested
    assert hourly.dispatches.get(other.id).state is DispatchState.QUEUED
    last = made_by(hourly, made.id)[-1]
    assert last.error is not None
    assert last.error.detail == f"backfill {made.id} was cancelled by someone"
    with pytest.raises(NotFoundError):
        hourly.backfills.cancel("other", made.id, actor="test", now=NOON)


@pytest.mark.parametrize(
    ("first", "until", "words"),
    [(0, 0, "must be after"), (-1, 1, "ends by now"), (-99_999, 0, "at most 10000")],
)
def test_what_cannot_be_backfilled_is_refused(
    hourly: Factory, first: float, until: float, words: str
) -> None:
    """An empty stretch, the future, and more slots than one backfill may have."""
    with pytest.raises(ConfigurationError, match=words):
        hourly.backfills.order(asked(first, until), actor="test", now=NOON)
    assert hourly.dispatches.page() == []
    assert hourly.backfills.page("hourly") == []


def test_a_schedule_without_slots_has_no_backfill(factory: Factory) -> None:
    """What runs only by hand is due at no instant."""
    factory.schedules.create(spec("hourly", cron=None), actor="test", now=NOON)
    with pytest.raises(ConfigurationError, match="only by hand"):
        factory.backfills.plan(asked(-1, 0), now=NOON)


def test_thousands_of_slots_are_ordered_within_one_request(anywhere: Factory) -> None:
    """3,000 dispatches are queued and cancelled again, in far less time than one by one takes."""
    anywhere.schedules.create(spec("hourly"), actor="test", now=NOON)
    made = anywhere.backfills.order(asked(-50, 0), actor="test", now=NOON)
    assert made.states == {DispatchState.QUEUED: 3000}
    done = anywhere.backfills.cancel("hourly", made.id, actor="test", now=NOON)
    assert done.states == {DispatchState.CANCELLED: 3000}
    assert len(made_by(anywhere, made.id)) == 1000
