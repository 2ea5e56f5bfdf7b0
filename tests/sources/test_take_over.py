"""A run that was given up for lost and comes back publishes nothing: another has taken over."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

from app.errors import AppError, ClaimGoneError
from app.sources.deliver import Delivery
from app.values.schedule import Mode
from tests.conftest import Place
from tests.sources.helpers import (
    ALL,
    AT,
    connected,
    delivery,
    everywhere,
    left_over,
    on_each_system,
    predictions,
    rows,
)

LOST, NEW = "a" * 32, "b" * 32


@contextmanager
def lost_run(place: Place, mode: Mode = Mode.APPEND) -> Iterator[Delivery]:
    """Give a run that has staged its rows and has not published them."""
    with connected(place, write=True) as connection:
        lost = delivery(connection, mode, run=LOST)
        lost.begin(pa.int64())
        lost.write(0, predictions([1, 2]), AT)
        yield lost


def retry(place: Place, mode: Mode = Mode.APPEND) -> int | None:
    """Take over from the lost run, and deliver the same rows unless it has done so already."""
    with connected(place, write=True) as connection:
        again = delivery(connection, mode, run=NEW, dispatch_id=2)
        if (published := again.take_over(LOST, AT)) is not None:
            return published
        again.forget(LOST)
        again.begin(pa.int64())
        again.write(0, predictions([1, 2]), AT)
        again.publish(AT)
        return None


@everywhere
def test_the_run_that_comes_back_publishes_nothing(place: Place) -> None:
    """The target holds the rows of the retry, once, and no stage is left."""
    with lost_run(place) as lost:
        assert retry(place) is None
        with pytest.raises(ClaimGoneError, match="given up for lost"):
            lost.publish(AT)
        lost.abandon()
    assert [(row[0], row[3]) for row in rows(place, ALL)] == [(1, 2), (2, 2)]
    assert left_over(place) == set()


@on_each_system
def test_a_run_that_had_published_before_is_told(place: Place) -> None:
    """It was killed before it could record its end: its rows count, and are not appended twice."""
    with lost_run(place) as lost:
        lost.publish(AT)
    assert retry(place) == 2
    assert [(row[0], row[3]) for row in rows(place, ALL)] == [(1, 1), (2, 1)]


@on_each_system
def test_taking_over_twice_is_taking_over(place: Place) -> None:
    """A retry of the retry finds the bar in its place."""
    with lost_run(place):
        pass
    with connected(place, write=True) as connection:
        one = delivery(connection, run=NEW)
        assert one.take_over(LOST, AT) is None
        assert one.take_over(LOST, AT) is None
        one.forget(LOST)
    assert left_over(place) == set()


@on_each_system
def test_a_run_that_never_began_is_barred_too(place: Place) -> None:
    """It may be slow rather than dead, and begin later."""
    with connected(place, write=True) as connection:
        assert delivery(connection, run=NEW).take_over(LOST, AT) is None
    with lost_run(place, Mode.UPSERT) as late, pytest.raises(ClaimGoneError):
        late.publish(AT)


@on_each_system
@pytest.mark.parametrize("mode", list(Mode))
def test_a_race_of_both_ends_with_the_rows_of_one(place: Place, mode: Mode) -> None:
    """Whoever is faster, the target holds the rows once."""
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def come_back() -> None:
        with lost_run(place, mode) as lost:
            start.wait()
            try:
                lost.publish(AT)
                outcomes.append("published")
            except AppError as error:
                outcomes.append(error.slug)

    thread = threading.Thread(target=come_back)
    thread.start()
    start.wait()
    published = retry(place, mode)
    thread.join()
    assert [row[0] for row in rows(place, ALL)] == [1, 2]
    assert (published is None) == (outcomes != ["published"]), outcomes
