"""The batcher: takes what waits, gives each request its own answers, and lets no one wait long."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import BusyError, ModelError, TimedOutError
from app.inference.answering import Output
from app.inference.batcher import Ask, Batcher
from app.inference.decoding import Row
from tests.patience import await_that

FOREVER = float("inf")


class Model:
    """Answers each row with its number, once it is let; a row of None fails."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.batches: list[int] = []

    def __call__(self, rows: Sequence[Row]) -> list[Output]:
        """Answer rows."""
        assert self.may_answer.wait(10)
        self.batches.append(len(rows))
        if (None,) in rows:
            raise ModelError("a row has no value")
        return [{"value": row[0]} for row in rows]


class Desk:
    """A batcher before a model, and what it has done."""

    def __init__(self, *, batch_cases: int = 8, queue_cases: int = 100) -> None:
        self.model = Model()
        self.done: list[Ask] = []
        self.batcher = Batcher(
            self.model,
            self.done.extend,
            name="m version 1",
            batch_cases=batch_cases,
            queue_cases=queue_cases,
        )

    def ask(self, *values: int | None, deadline: float = FOREVER) -> Ask:
        """Put a request of some rows."""
        asked = Ask([(one,) for one in values], asked_at=time.perf_counter(), deadline=deadline)
        self.batcher.put(asked)
        return asked

    def end(self) -> None:
        """Let it answer what waits, and stop."""
        self.model.may_answer.set()
        self.batcher.stop(10)


@pytest.fixture
def desk() -> Iterator[Callable[..., Desk]]:
    """Make batchers that run."""
    made: list[Desk] = []

    def make(**bounds: int) -> Desk:
        made.append(Desk(**bounds))
        made[-1].batcher.start()
        return made[-1]

    yield make
    for one in made:
        one.end()


def held(one: Desk) -> Ask:
    """Let the model begin with a request and not end it, so that others gather."""
    one.model.may_answer.clear()
    first = one.ask(0)
    await_that(one.batcher._waiting.empty)
    return first


def test_what_gathers_is_answered_at_once_and_each_gets_its_own(
    desk: Callable[..., Desk],
) -> None:
    """While one batch is computed others gather; they are one batch, in their order."""
    one = desk()
    first = held(one)
    others = [one.ask(n, n + 10) for n in range(1, 4)]
    one.end()
    assert one.model.batches == [1, 6]
    assert [first, *others] == one.done
    for n, ask in enumerate(others, start=1):
        assert ask.outputs == [{"value": n}, {"value": n + 10}]


def test_a_batch_has_a_bound_and_a_larger_request_goes_alone(desk: Callable[..., Desk]) -> None:
    """Requests are not torn: what does not fit into a batch comes in the next one."""
    one = desk(batch_cases=4)
    held(one)
    for size in (3, 2, 1, 9, 1):
        one.ask(*range(size))
    one.end()
    assert one.model.batches == [1, 3, 3, 9, 1]


def test_a_case_that_fails_fails_its_own_request_alone(desk: Callable[..., Desk]) -> None:
    """A batch that raises is tried in halves until the bad request stands alone."""
    one = desk()
    held(one)
    asks = [one.ask(n) for n in range(5)]
    bad = one.ask(None)
    one.end()
    assert isinstance(bad.error, ModelError)
    assert [ask.error for ask in asks] == [None] * 5
    assert [ask.outputs for ask in asks] == [[{"value": n}] for n in range(5)]


def test_what_is_past_its_deadline_or_left_alone_is_not_computed(
    desk: Callable[..., Desk],
) -> None:
    """The model sees neither; both are told so."""
    one = desk()
    held(one)
    late = one.ask(1, deadline=time.perf_counter())
    gone = one.ask(2)
    gone.is_gone = True
    fine = one.ask(3)
    one.end()
    assert one.model.batches == [1, 1]
    assert isinstance(late.error, TimedOutError)
    assert isinstance(gone.error, TimedOutError)
    assert fine.outputs == [{"value": 3}]


def test_a_full_queue_refuses_at_once(desk: Callable[..., Desk]) -> None:
    """What is waiting counts by cases; when it is done there is room again."""
    one = desk(queue_cases=5)
    held(one)
    one.ask(1, 2, 3)
    with pytest.raises(BusyError, match="4 cases wait for m version 1"):
        one.ask(4, 5)
    assert one.ask(4).error is None
    one.model.may_answer.set()
    await_that(lambda: one.batcher.waiting_cases == 0)
    one.ask(*range(6))  # alone, even more than the queue may hold


def test_a_stop_answers_what_waits_and_takes_no_more(desk: Callable[..., Desk]) -> None:
    """Nobody who was let in is left without an answer."""
    one = desk(batch_cases=2)
    held(one)
    asks = [one.ask(n) for n in range(5)]
    one.batcher.stop()
    with pytest.raises(BusyError, match="let go"):
        one.ask(9)
    one.end()
    assert [ask.outputs for ask in asks] == [[{"value": n}] for n in range(5)]


def test_a_fault_of_the_model_s_own_code_is_told_and_ends_nothing(
    desk: Callable[..., Desk],
) -> None:
    """Whatever is raised is one request's error; the next one is answered."""
    one = desk()
    bad = Ask([()], asked_at=0, deadline=FOREVER)  # whose row has no first value
    one.batcher.put(bad)
    fine = one.ask(1)
    one.end()
    assert isinstance(bad.error, ModelError)
    assert "IndexError" in bad.error.detail
    assert fine.outputs == [{"value": 1}]


def test_an_errand_is_run_in_its_turn(desk: Callable[..., Desk]) -> None:
    """Its asker gets the answers from the batcher's thread; those of others go where they went."""
    one = desk()
    asked = one.ask(1)
    assert one.batcher.run_errand([(2,), (3,)], FOREVER) == [{"value": 2}, {"value": 3}]
    one.end()
    assert one.done == [asked]


def test_an_errand_that_fails_tells_its_asker_alone(desk: Callable[..., Desk]) -> None:
    """What the model raises is raised, even if others were asked with it; so is being late."""
    one = desk()
    one.model.may_answer.clear()
    first = one.ask(1)
    await_that(lambda: one.batcher.waiting_cases == 1)
    with pytest.raises(TimedOutError):
        one.batcher.run_errand([(2,)], time.perf_counter() + 0.05)
    with ThreadPoolExecutor(1) as pool:
        failing = pool.submit(one.batcher.run_errand, [(None,)], FOREVER)
        await_that(lambda: one.batcher.waiting_cases == 3)
        second = one.ask(4)
        one.model.may_answer.set()
        with pytest.raises(ModelError):
            failing.result(60)
    one.end()
    assert one.done == [first, second]
    assert (first.outputs, second.outputs) == ([{"value": 1}], [{"value": 4}])
    with pytest.raises(BusyError):
        one.batcher.run_errand([(5,)], FOREVER)
