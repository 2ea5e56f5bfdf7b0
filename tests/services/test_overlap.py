"""Overlap: what becomes of a slot that is due while the schedule's lane is full."""

from datetime import timedelta

from app.factory import Factory
from app.values.dispatch import DispatchState
from tests.scheduling import MINUTE, NOON, claim, declared, finish, passed_over, queued, slots


def test_overlap_skip_passes_over_slots_while_one_runs(anywhere: Factory) -> None:
    """While the first waits or runs the next are passed over, and an event says which."""
    schedule = declared(anywhere, policies={"overlap": "skip"})
    assert slots(claim(anywhere, schedule, NOON + MINUTE)) == [1]
    assert claim(anywhere, schedule, NOON + 2 * MINUTE) == []
    finish(anywhere)
    assert slots(claim(anywhere, schedule, NOON + 3 * MINUTE)) == [3]
    [told] = passed_over(anywhere)
    assert (told["policy"], told["count"]) == ("overlap skip", 1)


def test_overlap_queue_keeps_every_slot(anywhere: Factory) -> None:
    """Each slot waits its turn."""
    schedule = declared(anywhere, policies={"overlap": "queue"})
    for minute in (1, 2, 3):
        claim(anywhere, schedule, NOON + minute * MINUTE)
    assert queued(anywhere) == [1, 2, 3]


def test_overlap_cancel_running_puts_the_newest_in_place_of_the_others(anywhere: Factory) -> None:
    """What runs is asked to stop, what waits is cancelled, the newest slot is queued."""
    schedule = declared(anywhere, policies={"overlap": "cancel running"})
    [first] = claim(anywhere, schedule, NOON + MINUTE)
    assert anywhere.queue.claim(first.id, now=NOON) is not None
    [second] = claim(anywhere, schedule, NOON + 2 * MINUTE)
    [third] = claim(anywhere, schedule, NOON + 3 * MINUTE)
    assert anywhere.dispatches.get(first.id).cancel_requested
    replaced = anywhere.dispatches.get(second.id)
    assert replaced.state is DispatchState.CANCELLED
    assert replaced.error is not None
    assert "cancel running" in replaced.error.detail
    assert anywhere.dispatches.get(third.id).state is DispatchState.QUEUED


def test_cancel_running_cancels_nothing_while_the_queue_is_full(anywhere: Factory) -> None:
    """What runs goes on until the newer slot can take its place; then it is asked to stop."""
    schedule = declared(anywhere, policies={"overlap": "cancel running"})
    [first] = claim(anywhere, schedule, NOON + MINUTE)
    assert anywhere.queue.claim(first.id, now=NOON) is not None
    anywhere.slots._queue = 0
    for minutes in (2, 2.1, 3):
        assert claim(anywhere, schedule, NOON + minutes * MINUTE) == []
    assert not anywhere.dispatches.get(first.id).cancel_requested
    anywhere.slots._queue = 1
    assert slots(claim(anywhere, schedule, NOON + 3.1 * MINUTE)) == [3]
    assert anywhere.dispatches.get(first.id).cancel_requested
    assert [told["last"] for told in passed_over(anywhere)] == [str(NOON + 2 * MINUTE)]


def test_cancel_running_cancels_nothing_for_a_slot_that_is_dispatched(anywhere: Factory) -> None:
    """The system's cron was faster: what it runs is the newest slot itself."""
    schedule = declared(anywhere, policies={"overlap": "cancel running"})
    ordered, _ = anywhere.dispatches.order_slot("each-minute", now=NOON + MINUTE, actor="cron")
    assert claim(anywhere, schedule, NOON + 1.1 * MINUTE) == []
    assert anywhere.dispatches.get(ordered.id).state is DispatchState.QUEUED


def test_overlap_skip_tells_once_of_a_slot_while_the_queue_is_full(anywhere: Factory) -> None:
    """However often it is looked at: the slot in front of it still waits for room."""
    schedule = declared(anywhere, interval={"every": "PT10S"}, policies={"overlap": "skip"})
    anywhere.slots._queue = 0
    for seconds in (20, 21, 22):
        assert claim(anywhere, schedule, NOON + timedelta(seconds=seconds)) == []
    assert passed_over(anywhere) == []
    anywhere.slots._queue = 1
    assert slots(claim(anywhere, schedule, NOON + timedelta(seconds=23))) == [1 / 6]
    assert [told["count"] for told in passed_over(anywhere)] == [1]


def test_overlap_skip_passes_over_though_the_queue_is_full(anywhere: Factory) -> None:
    """A slot that is not to be queued needs no room: it is not put off until one is free."""
    schedule = declared(anywhere, policies={"overlap": "skip"})
    assert len(claim(anywhere, schedule, NOON + MINUTE)) == 1
    anywhere.slots._queue = 1
    assert claim(anywhere, schedule, NOON + 2 * MINUTE) == []
    finish(anywhere)
    assert claim(anywhere, schedule, NOON + 2.1 * MINUTE) == []
    assert [told["first"] for told in passed_over(anywhere)] == [str(NOON + 2 * MINUTE)]
