"""The queue: what may start, in which order, within which limits, and how what started ends."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from app.db.dispatches import DispatchStore
from app.db.tables import sources
from app.errors import LostError, SourceError
from app.factory import Factory
from app.services.ends import in_record
from app.services.queue import QueueService
from app.services.slots import scheduled
from app.values.brief import DispatchFilter
from app.values.dispatch import Claim, Dispatch, DispatchKind, DispatchState, NewDispatch
from app.values.source import Source
from tests.scheduling import MINUTE, NOON, spec

LOST = LostError("its program fell silent")
AWAY = in_record(SourceError("the source does not answer"))


def queue(factory: Factory, count: int = 1, **changes: Any) -> list[Dispatch]:
    """Queue dispatches of one schedule, for one slot after the other."""
    with factory.engine.begin() as connection:
        store = DispatchStore(connection)
        made = spec(**changes)
        return [store.add(scheduled(made, NOON + n * MINUTE), NOON) for n in range(count)]


def take(factory: Factory, room: int = 100, minutes: float = 60) -> list[int]:
    """Take from the queue; return the ids that may start."""
    taken = factory.queue.take(room, host="here", launcher="local", now=NOON + minutes * MINUTE)
    return [one.dispatch for one in taken]


def running(factory: Factory, dispatch: Dispatch) -> Claim:
    """Make a queued dispatch a running one."""
    claim = factory.queue.claim(dispatch.id, now=NOON)
    assert claim is not None
    return claim


def ids(dispatches: list[Dispatch]) -> list[int]:
    """Return their ids."""
    return [one.id for one in dispatches]


def test_a_taken_dispatch_runs_under_a_claim(anywhere: Factory) -> None:
    """It is marked as running, here, by this launcher, and taken once."""
    [dispatch] = queue(anywhere)
    assert take(anywhere) == [dispatch.id]
    record = anywhere.dispatches.get(dispatch.id)
    assert (record.state, record.host, record.launcher) == ("running", "here", "local")
    assert take(anywhere) == []


def test_no_more_is_taken_than_there_is_room_for(anywhere: Factory) -> None:
    """A launcher with two free places takes two."""
    waiting = queue(anywhere, 3, policies={"concurrency": 3})
    assert take(anywhere, room=2) == ids(waiting[:2])
    assert take(anywhere, room=0) == []


def test_higher_priority_goes_first_then_the_older_slot(anywhere: Factory) -> None:
    """Whatever the order in which they were queued."""
    low = queue(anywhere, 2, name="low", policies={"concurrency": 9})
    high = queue(anywhere, 2, name="high", policies={"concurrency": 9, "priority": 5})
    assert take(anywhere) == ids(high) + ids(low)


def test_a_lane_keeps_to_its_width(anywhere: Factory) -> None:
    """Of four slots of a schedule with concurrency two, two run; one that ends makes room."""
    waiting = queue(anywhere, 4, policies={"concurrency": 2})
    assert take(anywhere) == ids(waiting[:2])
    assert take(anywhere) == []
    seen = anywhere.dispatches.get(waiting[0].id)
    assert anywhere.queue.give_up(seen, LOST, now=NOON, retry=False)
    assert take(anywhere) == [waiting[2].id]


def test_a_full_lane_does_not_stop_another(anywhere: Factory) -> None:
    """However many wait in it."""
    crowd = queue(anywhere, 20, name="crowd")
    [other] = queue(anywhere, 1, name="other")
    assert set(take(anywhere)) == {crowd[0].id, other.id}


def test_a_source_keeps_to_its_concurrency(anywhere: Factory) -> None:
    """Two schedules that use one source of concurrency one run one after the other."""
    anywhere.sources.declare(
        Source(
            name="small", connection=SecretStr("sqlite://"), concurrency=1,
            created_at=NOON, updated_at=NOON,
        ),
        now=NOON,
    )  # fmt: skip
    small = {"source": "small", "query": "SELECT 1 AS id", "key": "id"}
    [first] = queue(anywhere, name="a", collect=small)
    queue(anywhere, name="b", collect=small)
    [elsewhere] = queue(anywhere, name="c")
    assert take(anywhere) == [first.id, elsewhere.id]
    with anywhere.engine.begin() as connection:
        connection.execute(sources.update().values(concurrency=2))
    assert len(take(anywhere)) == 1


def test_all_services_together_keep_to_the_running_limit(anywhere: Factory) -> None:
    """The limit holds whoever takes."""
    queue(anywhere, 5, policies={"concurrency": 5})
    small = QueueService(anywhere.engine, anywhere.alerts, running_limit=2)
    assert len(small.take(9, host="a", launcher="local", now=NOON + 60 * MINUTE)) == 2
    assert small.take(9, host="b", launcher="local", now=NOON + 60 * MINUTE) == []


def test_eight_who_take_at_once_take_each_dispatch_once(anywhere: Factory) -> None:
    """And the lane's width holds between them."""
    waiting = queue(anywhere, 12, policies={"concurrency": 5})
    taken: list[int] = []
    start = threading.Barrier(8)

    def launcher() -> None:
        start.wait()
        taken.extend(take(anywhere, room=2))

    threads = [threading.Thread(target=launcher) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == ids(waiting[:5])


def test_what_cannot_start_by_its_deadline_is_cancelled(anywhere: Factory) -> None:
    """With the deadline told; what starts in time runs."""
    late, in_time = queue(anywhere, 2, policies={"start_deadline": "PT90S", "concurrency": 2})
    assert take(anywhere, minutes=2) == [in_time.id]
    record = anywhere.dispatches.get(late.id)
    assert record.state is DispatchState.CANCELLED
    assert record.error is not None
    assert record.error.slug == "too-late"


def test_what_is_not_due_yet_waits(anywhere: Factory) -> None:
    """A retry is not started before its time."""
    with anywhere.engine.begin() as connection:
        new = scheduled(spec(), NOON).model_copy(update={"not_before": NOON + MINUTE})
        dispatch = DispatchStore(connection).add(new, NOON)
    assert take(anywhere, minutes=0.9) == []
    assert take(anywhere, minutes=1) == [dispatch.id]


def test_only_the_claim_may_end_a_dispatch(anywhere: Factory) -> None:
    """A program whose dispatch was given to another writes nothing any more."""
    [dispatch] = queue(anywhere)
    old = running(anywhere, dispatch)
    assert anywhere.queue.hand_back(old, now=NOON, actor="test")
    new = running(anywhere, dispatch)
    assert not anywhere.queue.finish(old, DispatchState.FAILED, now=NOON, actor="test")
    assert not anywhere.queue.hand_back(old, now=NOON, actor="test")
    assert anywhere.queue.finish(new, DispatchState.SUCCEEDED, now=NOON, actor="test")
    assert anywhere.dispatches.get(dispatch.id).state is DispatchState.SUCCEEDED


@pytest.mark.parametrize("end", [DispatchState.FAILED, DispatchState.TIMED_OUT])
def test_an_error_that_can_pass_is_retried_later_and_later(
    anywhere: Factory, end: DispatchState
) -> None:
    """Two retries after 10 s and 20 s, then no more; each is a dispatch of the same slot."""
    policies = {"retries": {"limit": 2, "delay": "PT10S", "jitter": 0}}
    [dispatch] = queue(anywhere, policies=policies)
    for attempt, wait in ((2, 10), (3, 20)):
        anywhere.queue.finish(running(anywhere, dispatch), end, now=NOON, actor="test", error=AWAY)
        [retry] = anywhere.dispatches.page(DispatchFilter(state=DispatchState.QUEUED))
        assert (retry.kind, retry.attempt) == (DispatchKind.RETRY, attempt)
        assert (retry.retry_of, retry.slot) == (dispatch.id, dispatch.slot)
        assert retry.not_before == NOON + timedelta(seconds=wait)
        dispatch = retry
    anywhere.queue.finish(running(anywhere, dispatch), end, now=NOON, actor="test", error=AWAY)
    assert anywhere.dispatches.page(DispatchFilter(state=DispatchState.QUEUED)) == []


def test_bad_data_is_not_retried(anywhere: Factory) -> None:
    """Nothing would be different the next time."""
    [dispatch] = queue(anywhere, policies={"retries": {"limit": 3}})
    error = AWAY.model_copy(update={"can_pass": False})
    anywhere.queue.finish(
        running(anywhere, dispatch), DispatchState.FAILED, now=NOON, actor="test", error=error
    )
    assert anywhere.dispatches.page(DispatchFilter(state=DispatchState.QUEUED)) == []


def test_a_cancelled_dispatch_is_not_retried(anywhere: Factory) -> None:
    """Whoever cancelled it wanted it to end."""
    [dispatch] = queue(anywhere, policies={"retries": {"limit": 3}})
    claim = running(anywhere, dispatch)
    anywhere.dispatches.cancel(dispatch.id, actor="test", now=NOON)
    anywhere.queue.finish(claim, DispatchState.FAILED, now=NOON, actor="test", error=AWAY)
    assert anywhere.dispatches.page(DispatchFilter(state=DispatchState.QUEUED)) == []


def test_a_silent_dispatch_is_lost_and_retried(anywhere: Factory) -> None:
    """Its retry is queued by its policy; a program that comes back finds the claim gone."""
    [dispatch] = queue(anywhere, policies={"retries": {"limit": 1}})
    claim = running(anywhere, dispatch)
    [seen] = anywhere.queue.running()
    assert anywhere.queue.give_up(seen, LOST, now=NOON, retry=False)
    assert anywhere.dispatches.get(dispatch.id).state is DispatchState.LOST
    assert [
        one.attempt for one in anywhere.dispatches.page(DispatchFilter(state=DispatchState.QUEUED))
    ] == [2]
    assert not anywhere.queue.finish(claim, DispatchState.SUCCEEDED, now=NOON, actor="test")


def test_a_dispatch_that_shows_life_is_not_given_up(anywhere: Factory) -> None:
    """Not even in the moment between the look and the judgement."""
    [dispatch] = queue(anywhere)
    claim = running(anywhere, dispatch)
    [seen] = anywhere.queue.running()
    with anywhere.engine.begin() as connection:
        DispatchStore(connection).record(claim, seen.progress, NOON + MINUTE)
    assert not anywhere.queue.give_up(seen, LOST, now=NOON, retry=False)
    assert anywhere.dispatches.get(dispatch.id).state is DispatchState.RUNNING


def test_what_the_service_is_to_blame_for_is_repeated_whatever_the_policy(
    anywhere: Factory,
) -> None:
    """It does not count as an attempt."""
    [dispatch] = queue(anywhere)
    running(anywhere, dispatch)
    [seen] = anywhere.queue.running()
    assert anywhere.queue.give_up(seen, LOST, now=NOON, retry=True)
    [again] = anywhere.dispatches.page(DispatchFilter(state=DispatchState.QUEUED))
    assert (again.attempt, again.retry_of) == (1, dispatch.id)


def test_a_dispatch_is_retried_once_at_the_most(anywhere: Factory) -> None:
    """The database itself refuses a second retry of the same dispatch."""
    [dispatch] = queue(anywhere)
    from app.values.dispatch import again

    new: NewDispatch = again(dispatch)
    with anywhere.engine.begin() as connection:
        DispatchStore(connection).add(new, NOON)
    with pytest.raises(sa.exc.IntegrityError), anywhere.engine.begin() as connection:
        DispatchStore(connection).add(new, NOON)


def test_what_a_program_queues_to_run_itself_is_left_to_it(anywhere: Factory) -> None:
    """A launcher that looks in between does not take it; should the program die, one does later."""
    anywhere.schedules.declare(spec(), "test.yaml", now=NOON)
    held = anywhere.dispatches.order("each-minute", now=NOON, actor="test", held=MINUTE)
    assert take(anywhere, minutes=0.9) == []
    assert anywhere.queue.claim(held.id, now=NOON) is not None
    left = anywhere.dispatches.order("each-minute", now=NOON, actor="test", held=MINUTE)
    running = anywhere.queue.running()[0]
    anywhere.queue.give_up(running, LOST, now=NOON, retry=False)
    assert take(anywhere, minutes=1) == [left.id]


def test_whatever_records_an_error_hides_passwords(anywhere: Factory) -> None:
    """In the record and in the event: also what a launcher or the scheduler says of a dispatch."""
    told = SourceError("no way to mysql://u:s3cret@h/d", dsn="Driver=X;PWD=s3cret")
    first, second, third = queue(anywhere, 3, policies={"concurrency": 3})
    claim = running(anywhere, first)
    anywhere.queue.finish(
        claim, DispatchState.FAILED, now=NOON, actor="test", error=in_record(told)
    )
    anywhere.queue.lose(running(anywhere, second), told, now=NOON, actor="launcher")
    running(anywhere, third)
    anywhere.queue.give_up(anywhere.queue.running()[0], told, now=NOON, retry=False)
    for one in (first, second, third):
        record = anywhere.dispatches.get(one.id)
        assert record.error is not None
        assert "mysql://u:***@h/d" in record.error.detail
        events = anywhere.dispatches.events(one.id)
        said = record.model_dump_json() + str([event.detail for event in events])
        assert "s3cret" not in said


def test_what_was_taken_is_found_though_the_answer_was_lost(anywhere: Factory) -> None:
    """By the name of the call, as long as it runs under that claim; others' are not among it."""
    queue(anywhere, 3, policies={"concurrency": 3})
    here: Any = {"host": "here", "launcher": "local", "now": NOON + 60 * MINUTE}
    taken = anywhere.queue.take(2, taking="0123456789abcdef", **here)
    [other] = anywhere.queue.take(1, taking="fedcba9876543210", **here)
    assert anywhere.queue.taken("0123456789abcdef") == taken
    assert len({one.token for one in (*taken, other)}) == 3
    anywhere.queue.hand_back(taken[0], now=NOON, actor="test")
    assert anywhere.queue.taken("0123456789abcdef") == taken[1:]
    assert anywhere.queue.taken("aaaaaaaaaaaaaaaa") == []
