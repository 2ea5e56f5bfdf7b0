"""Deliver: each row once, all or nothing, whatever happens on the way."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from app.errors import DataRefusedError, SourceError
from app.sources.deliver import preview
from app.values.schedule import Deliver, Mode
from tests.conftest import Place
from tests.sources.helpers import (
    ALL,
    AT,
    TIME,
    connected,
    deliver,
    delivery,
    everywhere,
    left_over,
    on_each_system,
    predictions,
    rows,
    tables,
)


@everywhere
def test_rows_arrive_exactly_with_their_origin(place: Place) -> None:
    """Each delivered column holds what was predicted, and by whom, for which slot and when."""
    with connected(place, write=True) as connection:
        count = deliver(connection, [predictions([1, 2**63 - 1], 0.1 + 0.2), predictions([3])])
        first = preview(connection, Deliver(source="place", table="predictions"), 1, 2)
    assert (count, len(first)) == (3, 2)
    assert list(first[0]) == [
        "id", "label", "probability_late", "probability_on_time",
        "model", "version", "schedule", "dispatch_id", "slot", "predicted_at",
    ]  # fmt: skip
    assert rows(place, ALL) == [
        (1, "on_time", 0.1 + 0.2, 1),
        (3, "on_time", 0.25, 1),
        (2**63 - 1, "on_time", 0.1 + 0.2, 1),
    ]
    times = sa.text("SELECT slot, predicted_at, version FROM predictions").columns(
        slot=TIME, predicted_at=TIME
    )
    with place.engine.connect() as reader:
        assert set(reader.execute(times).all()) == {
            (datetime(2013, 11, 28), AT.replace(tzinfo=None), 3)  # noqa: DTZ001
        }
    assert left_over(place) == set()


@everywhere
def test_replacing_a_slot_leaves_the_others(place: Place) -> None:
    """The second run of a slot replaces its rows; another slot's and schedule's rows stay."""
    other = datetime(2013, 11, 27, tzinfo=UTC)
    with connected(place, write=True) as connection:
        deliver(connection, [predictions([1, 2])], run="a", dispatch_id=1)
        deliver(connection, [predictions([1, 2])], run="b", dispatch_id=2, slot=other)
        deliver(connection, [predictions([1])], run="c", dispatch_id=3, schedule="two")
        deliver(connection, [predictions([2, 3])], run="d", dispatch_id=4)
    found = [(row[0], row[3]) for row in rows(place, ALL)]
    assert found == [(1, 2), (2, 2), (1, 3), (2, 4), (3, 4)]


@everywhere
def test_names_that_differ_by_case_are_two_schedules(place: Place) -> None:
    """Also where a database's collation holds capital and small letters for equal."""
    with connected(place, write=True) as connection:
        deliver(connection, [predictions([1])], run="a", dispatch_id=1, schedule="score")
        deliver(connection, [predictions([1])], run="b", dispatch_id=2, schedule="Score")
    assert sorted(row[3] for row in rows(place, ALL)) == [1, 2]


@everywhere
def test_upsert_replaces_by_key_and_append_adds(place: Place) -> None:
    """Upsert leaves other keys alone; append keeps every run's rows."""
    with connected(place, write=True) as connection:
        for run, keys in (("a", [1, 2]), ("b", [2, 3])):
            facts: dict[str, Any] = {"run": run, "dispatch_id": ord(run)}
            deliver(connection, [predictions(keys)], mode=Mode.UPSERT, **facts)
            facts["run"] += "2"
            deliver(connection, [predictions(keys)], mode=Mode.APPEND, table="log", **facts)
    assert [(row[0], row[3]) for row in rows(place, ALL)] == [(1, 97), (2, 98), (3, 98)]
    assert len(rows(place, "SELECT * FROM log")) == 4


@everywhere
def test_readers_see_old_or_new(place: Place) -> None:
    """Until the publication commits, another connection reads the old rows, whole."""
    with connected(place, write=True) as connection:
        deliver(connection, [predictions([1])], run="a")
        second = delivery(connection, run="b", dispatch_id=2)
        second.begin(pa.int64())
        second.write(0, predictions([5]), AT)
        assert [row[0] for row in rows(place, ALL)] == [1]
        second.publish(AT)
    assert [row[0] for row in rows(place, ALL)] == [5]


@everywhere
def test_a_resumed_dispatch_delivers_each_row_once(place: Place) -> None:
    """Killed after a batch, then run again from its start: no row comes twice, none is missing."""
    with connected(place, write=True) as connection:
        first = delivery(connection)
        first.begin(pa.int64())
        first.write(0, predictions([1, 2]), AT)
    with connected(place, write=True) as connection:
        assert deliver(connection, [predictions([1, 2]), predictions([3])]) == 3
    assert [row[0] for row in rows(place, ALL)] == [1, 2, 3]


@everywhere
def test_a_publication_happens_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the commit and the end, and run again, an append adds nothing."""
    from app.sources.deliver import Delivery

    with connected(place, write=True) as connection, monkeypatch.context() as patch:
        patch.setattr(Delivery, "_drop_stage", lambda *_: None)
        deliver(connection, [predictions([1, 2])], mode=Mode.APPEND)
    assert left_over(place)
    with connected(place, write=True) as connection:
        assert deliver(connection, [predictions([1, 2])], mode=Mode.APPEND) == 2
    assert len(rows(place, ALL)) == 2
    assert left_over(place) == set()


@everywhere
def test_what_is_abandoned_leaves_nothing(place: Place) -> None:
    """Staged batches and their ledger lines go; old rows stay; what is published stays."""
    with connected(place, write=True) as connection:
        deliver(connection, [predictions([1])], run="a")
        second = delivery(connection, run="b")
        second.begin(pa.int64())
        second.write(0, predictions([5]), AT)
        second.abandon()
    assert [row[0] for row in rows(place, ALL)] == [1]
    assert rows(place, "SELECT DISTINCT run FROM disparo_ledger") == [("a",)]
    assert left_over(place) == set()


@on_each_system
def test_what_was_half_abandoned_does_not_stand_in_the_way(place: Place) -> None:
    """Its stage outlived its ledger's lines; the same run, handed back, is delivered whole."""
    with connected(place, write=True) as connection:
        first = delivery(connection)
        first.begin(pa.int64())
        first.write(0, predictions([1, 2]), AT)
    with place.engine.begin() as broken_off:
        broken_off.execute(sa.text("DELETE FROM disparo_ledger"))
    with connected(place, write=True) as connection:
        assert deliver(connection, [predictions([1, 2, 3])]) == 3
    assert [row[0] for row in rows(place, ALL)] == [1, 2, 3]


@on_each_system
def test_what_is_published_is_a_success_though_its_stage_stays(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the commit: a retry would append the rows again."""
    from app.sources.deliver import Delivery

    def broken(*_: object) -> None:
        raise SourceError("the connection is lost")

    monkeypatch.setattr(Delivery, "_drop_stage", broken)
    with connected(place, write=True) as connection:
        assert deliver(connection, [predictions([1, 2])], mode=Mode.APPEND) == 2
    assert len(rows(place, ALL)) == 2


@everywhere
def test_a_key_in_two_batches_is_named(place: Place) -> None:
    """A key that an earlier batch holds is refused by name, and its batch is not staged."""
    with connected(place, write=True) as connection:
        one = delivery(connection)
        one.begin(pa.int64())
        one.write(0, predictions([1, 2]), AT)
        with pytest.raises(DataRefusedError, match="key 2 of column 'id' comes twice"):
            one.write(1, predictions([3, 2]), AT)
        one.abandon()
    assert rows(place, ALL) == []


@everywhere
def test_append_over_a_table_of_unique_keys_is_refused(place: Place) -> None:
    """A table made for upsert cannot take a key again by append; it stays as it was."""
    with connected(place, write=True) as connection:
        deliver(connection, [predictions([1])], run="a", mode=Mode.UPSERT)
        second = delivery(connection, run="b", mode=Mode.APPEND)
        second.begin(pa.int64())
        second.write(0, predictions([1, 2]), AT)
        with pytest.raises(DataRefusedError, match="unique key"):
            second.publish(AT)
        second.abandon()
    assert [row[0] for row in rows(place, ALL)] == [1]
    assert left_over(place) == set()


@everywhere
def test_no_rows_make_no_table_but_empty_a_slot(place: Place) -> None:
    """Nothing to deliver: a missing target stays missing, and a slot's old rows go."""
    with connected(place, write=True) as connection:
        assert deliver(connection, []) == 0
        assert "predictions" not in tables(place)
        deliver(connection, [predictions([1])], run="a")
        assert deliver(connection, [], run="b") == 0
    assert rows(place, ALL) == []


KEYS: list[tuple[str, pa.DataType, list[Any]]] = [
    ("text", pa.string(), ["a", "A", "😀 'q' \\ `", "é" * 255]),
    ("date", pa.date32(), [date(2013, 1, 1), date(2013, 12, 31)]),
    ("time", pa.timestamp("us"), [datetime(2013, 1, 1), datetime(2013, 1, 1, 0, 0, 0, 1)]),  # noqa: DTZ001
    ("decimal", pa.decimal128(38, 12), [Decimal("12345678901234567890.000000000001"), Decimal(2)]),
]


@everywhere
@pytest.mark.parametrize(("kind", "keys"), [one[1:] for one in KEYS], ids=[one[0] for one in KEYS])
@pytest.mark.parametrize("mode", [Mode.REPLACE_SLOT, Mode.UPSERT])
def test_every_kind_of_key_is_delivered_exactly(
    place: Place, kind: pa.DataType, keys: list[Any], mode: Mode
) -> None:
    """Texts, dates, times and decimals arrive as they are, and come again as the same key."""
    with connected(place, write=True) as connection:
        for run in "ab":
            deliver(connection, [predictions(keys, kind=kind)], run=run, mode=mode)
        found = preview(connection, Deliver(source="place", table="predictions"), 1, 9)
        twice = delivery(connection, run="c", mode=mode)
        twice.begin(kind)
        twice.write(0, predictions(keys, kind=kind), AT)
        with pytest.raises(DataRefusedError, match="comes twice") as caught:
            twice.write(1, predictions(keys[:1], kind=kind), AT)
        assert caught.value.facts["key"] != "None"
        twice.abandon()
    assert len(found) == len(keys)
    if kind == pa.string() or not place.way.startswith("sqlite"):
        assert {str(row["id"]) for row in found} == {str(pa.scalar(k, kind).as_py()) for k in keys}


@on_each_system
def test_a_key_keeps_its_type(place: Place) -> None:
    """A key that is a number in the first batch and a text in the next is refused."""
    with connected(place, write=True) as connection:
        one = delivery(connection)
        one.begin(pa.int64())
        one.write(0, predictions([1]), AT)
        with pytest.raises(DataRefusedError, match="int64 in the first rows and string"):
            one.write(1, predictions(["2"]), AT)
