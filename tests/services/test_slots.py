"""Slots: each is dispatched once, by the schedule's policies, whoever looks and however late."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.db.tables import schedules
from app.errors import NotLeaderError
from app.factory import Factory
from app.values.dispatch import DispatchKind, DispatchState
from app.values.schedule import StoredSchedule
from tests.scheduling import (
    MINUTE,
    NOON,
    claim,
    declared,
    events,
    finish,
    lease,
    queued,
    slots,
    spec,
)


def test_a_due_slot_is_dispatched_once(anywhere: Factory) -> None:
    """The slot becomes a queued dispatch with its order; a second look finds nothing."""
    schedule = declared(anywhere)
    [dispatch] = claim(anywhere, schedule, NOON + 1.5 * MINUTE)
    assert dispatch.slot == NOON + MINUTE
    assert dispatch.kind is DispatchKind.SCHEDULED
    assert dispatch.state is DispatchState.QUEUED
    assert dispatch.order.schedule == schedule.spec
    assert claim(anywhere, schedule, NOON + 1.6 * MINUTE) == []


def test_two_who_look_at_once_dispatch_a_slot_once(anywhere: Factory) -> None:
    """Four threads claim the same ten slots: ten dispatches."""
    schedule, held = declared(anywhere, policies={"catch_up": "all"}), lease(anywhere)
    start = threading.Barrier(4)

    def look() -> None:
        start.wait()
        anywhere.slots.claim([schedule.id], held, now=NOON + 10 * MINUTE)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queued(anywhere) == list(range(1, 11))


def test_a_service_that_is_no_more_the_scheduler_claims_nothing(anywhere: Factory) -> None:
    """An older token is refused, inside the transaction of the claim itself."""
    schedule, held = declared(anywhere), lease(anywhere)
    anywhere.leases.give_up(held)
    assert anywhere.leases.take("scheduler", "another") is not None
    with pytest.raises(NotLeaderError, match="test"):
        anywhere.slots.claim([schedule.id], held, now=NOON + MINUTE)
    assert queued(anywhere) == []


def test_a_clock_that_jumps_neither_loses_nor_doubles_a_slot(anywhere: Factory) -> None:
    """An hour forward and back again: each minute is dispatched once."""
    schedule = declared(anywhere, policies={"catch_up": "all"})
    for minutes in (1, 61, 2, 3, 62, 62, 1, 63):
        claim(anywhere, schedule, NOON + minutes * MINUTE)
    assert queued(anywhere) == list(range(1, 64))


def test_a_slot_claimed_by_hand_of_cron_is_not_claimed_again(anywhere: Factory) -> None:
    """`dispatch run NAME --slot now` under the system's cron claims as the scheduler does."""
    schedule = declared(anywhere, policies={"catch_up": "all"})
    ordered, free = anywhere.dispatches.order_slot("each-minute", now=NOON + MINUTE, actor="cron")
    again, free_again = anywhere.dispatches.order_slot(
        "each-minute", now=NOON + 1.2 * MINUTE, actor="cron"
    )
    assert (free, free_again, again.id) == (True, False, ordered.id)
    assert slots(claim(anywhere, schedule, NOON + 2 * MINUTE)) == [2]


def test_another_trigger_makes_no_past_slot_due(anywhere: Factory) -> None:
    """A schedule of midnight that is changed to each minute at 12:10 begins with 12:11."""
    declared(anywhere, cron="0 0 * * *", policies={"catch_up": "all"})
    schedule = declared(anywhere, at=NOON + 10 * MINUTE, policies={"catch_up": "all"})
    assert schedule.due_at == NOON + 11 * MINUTE
    assert slots(claim(anywhere, schedule, NOON + 12 * MINUTE)) == [11, 12]


def test_another_query_leaves_due_slots_due(anywhere: Factory) -> None:
    """A change of anything but the trigger neither loses nor repeats a slot."""
    declared(anywhere)
    schedule = declared(anywhere, at=NOON + 1.5 * MINUTE, description="changed")
    [dispatch] = claim(anywhere, schedule, NOON + 1.6 * MINUTE)
    assert dispatch.order.schedule.description == "changed"


def test_catching_up_keeps_to_slot_order_and_to_the_lane(anywhere: Factory) -> None:
    """Four missed slots are taken one by one; the fifth, in time, is skipped as they wait."""
    schedule = declared(anywhere, policies={"catch_up": "all", "overlap": "skip"})
    claim(anywhere, schedule, NOON + 5 * MINUTE)
    order = []
    for _ in range(10):
        taken = anywhere.queue.take(10, host="h", launcher="local", now=NOON + 6 * MINUTE)
        assert len(taken) <= 1
        for one in taken:
            order.append((anywhere.dispatches.get(one.dispatch).slot - NOON) / MINUTE)
            anywhere.queue.finish(one, DispatchState.SUCCEEDED, now=NOON, actor="test")
    assert order == [1, 2, 3, 4]


def test_a_full_queue_delays_slots_and_loses_none(anywhere: Factory) -> None:
    """Slots beyond the queue's bound stay due until there is room."""
    schedule = declared(anywhere, policies={"catch_up": "all"})
    anywhere.slots._queue = 3
    assert slots(claim(anywhere, schedule, NOON + 5 * MINUTE)) == [1, 2, 3]
    assert claim(anywhere, schedule, NOON + 5 * MINUTE) == []
    assert anywhere.slots.overdue(before=NOON + 5 * MINUTE, limit=9) == [schedule.id]
    finish(anywhere)
    assert slots(claim(anywhere, schedule, NOON + 5 * MINUTE)) == [4, 5]


def test_jitter_delays_the_start_and_not_the_slot(anywhere: Factory) -> None:
    """The start lies within the jitter, is the same at each reckoning, and the slot stays."""
    schedule = declared(anywhere, policies={"jitter": "PT30S", "start_deadline": "PT10S"})
    [dispatch] = claim(anywhere, schedule, NOON + MINUTE)
    assert dispatch.slot == NOON + MINUTE
    assert dispatch.slot <= dispatch.not_before <= dispatch.slot + timedelta(seconds=30)
    assert dispatch.start_by == dispatch.slot + timedelta(seconds=40)
    assert anywhere.queue.take(1, host="h", launcher="l", now=dispatch.slot) == []


def test_a_paused_schedule_is_not_claimed(anywhere: Factory) -> None:
    """Its row says so, whoever rings."""
    schedule = declared(anywhere)
    with anywhere.engine.begin() as connection:
        connection.execute(schedules.update().values(paused=True))
    assert claim(anywhere, schedule, NOON + MINUTE) == []


def test_a_damaged_schedule_is_set_aside_and_stops_no_other(anywhere: Factory) -> None:
    """Its spec cannot be read: an event says why, and the schedule beside it is claimed."""
    damaged, sound = declared(anywhere, name="damaged"), declared(anywhere, name="sound")
    with anywhere.engine.begin() as connection:
        row = schedules.update().where(schedules.c.id == damaged.id)
        connection.execute(row.values(spec='{"name": "damaged"'))
    claimed = anywhere.slots.claim([damaged.id, sound.id], lease(anywhere), now=NOON + MINUTE)
    assert [(one.schedule, one.due_at is None) for one in claimed] == [
        (damaged.id, True),
        (sound.id, False),
    ]
    assert queued(anywhere) == [1]
    assert events(anywhere, "schedule:damaged")[-1][0] == "set aside"
    assert anywhere.slots.overdue(before=NOON + 9 * MINUTE, limit=9) == [sound.id]


def test_a_schedule_that_is_gone_is_missing_in_the_answer(anywhere: Factory) -> None:
    """So that its job can be removed."""
    assert anywhere.slots.claim([99], lease(anywhere), now=NOON) == []


def test_a_slot_has_one_row_whatever_the_program_does(anywhere: Factory) -> None:
    """The database itself refuses a second claim of a slot."""
    schedule = declared(anywhere)
    [dispatch] = claim(anywhere, schedule, NOON + MINUTE)
    from app.db.dispatches import DispatchStore
    from app.services.slots import scheduled

    with pytest.raises(sa.exc.IntegrityError), anywhere.engine.begin() as connection:
        DispatchStore(connection).add(scheduled(spec(), dispatch.slot), NOON)


def test_a_schedule_of_once_has_one_slot(anywhere: Factory) -> None:
    """It is dispatched, and never due again."""
    schedule = declared(anywhere, once="2026-03-02T12:05:00", timezone="UTC")
    assert isinstance(schedule, StoredSchedule)
    assert slots(claim(anywhere, schedule, NOON + 6 * MINUTE)) == [5]
    assert anywhere.schedules.get("each-minute").due_at is None
