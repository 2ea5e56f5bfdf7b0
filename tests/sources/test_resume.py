"""A run goes on behind what an earlier one has staged, and the target holds each row once."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest

from app.errors import DataRefusedError, SourceError
from app.sources.collect import collect
from app.sources.connection import Query
from app.sources.deliver import Delivery
from app.sources.ledger import Ledger
from app.sources.resume import Staged
from app.values.schedule import Mode
from app.values.signature import FieldType
from tests.conftest import Place
from tests.sources.helpers import (
    ALL,
    AT,
    DOUBLE,
    connected,
    delivery,
    everywhere,
    fill,
    left_over,
    on_each_system,
    predictions,
    rows,
    signature,
)

KILLED, NEXT, LAST = "a" * 32, "b" * 32, "c" * 32


@contextmanager
def killed_run(place: Place) -> Iterator[Delivery]:
    """Give a run that has staged two batches, and goes no further."""
    with connected(place, write=True) as connection:
        killed = delivery(connection, run=KILLED)
        killed.begin(pa.int64())
        killed.write(0, predictions([1, 2]), AT)
        killed.write(1, predictions([5]), AT)
        yield killed


@everywhere
def test_the_next_run_goes_on_behind_the_last_key(place: Place) -> None:
    """It is told of rows, batches and key; rows of both are published once, and nothing is left."""
    with killed_run(place), connected(place, write=True) as connection:
        following = delivery(connection, run=NEXT, dispatch_id=2)
        assert following.take_over(KILLED, AT) is None
        assert following.resume(KILLED) == Staged(rows=3, batches=2, last=5)
        following.begin(pa.int64())
        following.write(2, predictions([7, 9]), AT)
        assert following.publish(AT) == 5
    assert [(row[0], row[3]) for row in rows(place, ALL)] == [(n, 2) for n in (1, 2, 5, 7, 9)]
    assert left_over(place) == set()


@on_each_system
def test_a_run_that_had_staged_all_is_only_published(place: Place) -> None:
    """Nothing is left to collect, so that no batch tells the type of the key."""
    with killed_run(place), connected(place, write=True) as connection:
        following = delivery(connection, run=NEXT, dispatch_id=2)
        following.take_over(KILLED, AT)
        assert following.resume(KILLED) is not None
        following.begin(None)
        assert following.publish(AT) == 3
    assert [row[0] for row in rows(place, ALL)] == [1, 2, 5]


@everywhere
def test_a_run_that_was_only_slow_stages_nothing_more(place: Place) -> None:
    """Its stage is another's now: the batch that it then writes fails, and is nobody's."""
    with killed_run(place) as slow, connected(place, write=True) as connection:
        following = delivery(connection, run=NEXT, dispatch_id=2)
        following.take_over(KILLED, AT)
        assert following.resume(KILLED) is not None
        with pytest.raises(SourceError):
            slow.write(2, predictions([6]), AT)
        slow.abandon()
        following.begin(pa.int64())
        following.write(2, predictions([7]), AT)
        following.publish(AT)
    assert [row[0] for row in rows(place, ALL)] == [1, 2, 5, 7]


@on_each_system
def test_a_stage_that_the_ledger_does_not_know_is_started_over(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow run's batch came between the ledger and the stage: what is staged is unknown."""
    with killed_run(place) as slow, connected(place, write=True) as connection:
        following = delivery(connection, run=NEXT)
        following.take_over(KILLED, AT)
        give = Ledger.give

        def give_then_wake(ledger: Ledger, run: str, to: str) -> None:
            give(ledger, run, to)
            connection.commit()
            slow.write(2, predictions([6]), AT)

        monkeypatch.setattr(Ledger, "give", give_then_wake)
        assert following.resume(KILLED) is None
        following.begin(pa.int64())
        following.write(0, predictions([1, 2, 5, 6, 7]), AT)
        assert following.publish(AT) == 5
    assert [row[0] for row in rows(place, ALL)] == [1, 2, 5, 6, 7]


@on_each_system
def test_the_third_goes_on_behind_both(place: Place) -> None:
    """The second was killed too: once it had taken the stage, and once it had written there."""
    with killed_run(place):
        pass
    with connected(place, write=True) as connection:
        second = delivery(connection, run=NEXT)
        second.take_over(KILLED, AT)
        assert second.resume(KILLED) is not None
        assert second.resume(NEXT) == Staged(rows=3, batches=2, last=5)
        second.begin(pa.int64())
        second.write(2, predictions([7]), AT)
        second.suspend()
    with connected(place, write=True) as connection:
        third = delivery(connection, run=LAST, dispatch_id=3)
        assert [third.take_over(run, AT) for run in (NEXT, KILLED)] == [None, None]
        assert third.resume(KILLED) is None
        assert third.resume(NEXT) == Staged(rows=4, batches=3, last=7)
        for run in (NEXT, KILLED):
            third.forget(run)
        third.begin(None)
        third.publish(AT)
    assert [(row[0], row[3]) for row in rows(place, ALL)] == [(n, 3) for n in (1, 2, 5, 7)]
    assert left_over(place) == set()


@on_each_system
def test_keys_of_text_are_started_over(place: Place) -> None:
    """Databases order texts in ways of their own, so that nothing is known to lie behind one."""
    with connected(place, write=True) as connection:
        killed = delivery(connection, Mode.UPSERT, run=KILLED)
        killed.begin(pa.string())
        killed.write(0, predictions(["a", "B"]), AT)
        following = delivery(connection, Mode.UPSERT, run=NEXT)
        following.take_over(KILLED, AT)
        assert following.resume(KILLED) is None
        following.forget(KILLED)
        following.begin(pa.string())
        following.write(0, predictions(["a", "B"]), AT)
        assert following.publish(AT) == 2
    assert left_over(place) == set()


@everywhere
def test_rows_come_in_the_order_of_their_key(place: Place) -> None:
    """And only those behind a key, whatever stands at the end of the query."""
    fill(place, {"x": DOUBLE}, [(3, 0.3), (1, 0.1), (4, 0.4), (2, 0.2)])
    text = "SELECT id, x FROM t ORDER BY x DESC -- the best first"
    with connected(place, batch_rows=2) as connection:
        for after, wanted in ((None, [1, 2, 3, 4]), (2, [3, 4]), (4, [])):
            query = Query(text=text, parameters={}, key="id", is_ordered=True, after=after)
            found = list(collect(connection, query, signature(x=FieldType.NUMBER)))
            assert [key for one in found for key in one.column("id").to_pylist()] == wanted


@everywhere
def test_a_query_without_its_key_is_told_as_ever(place: Place) -> None:
    """The database's own words about the order would puzzle its author."""
    fill(place, {"x": DOUBLE}, [(1, 0.1)])
    query = Query(text="SELECT id AS idd, x FROM t", parameters={}, key="id", is_ordered=True)
    with (
        connected(place) as connection,
        pytest.raises(DataRefusedError, match=r"lacks the key column 'id'.*did you mean 'idd'"),
    ):
        list(collect(connection, query, signature(x=FieldType.NUMBER)))
