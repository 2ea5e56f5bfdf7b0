"""The prediction log: what is told as recorded is, whatever else was written with it."""

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from app.db.prediction_log import Entry, PredictionLog
from app.db.prediction_writer import Writer
from app.db.showroom_tables import prediction_cases, prediction_requests
from app.factory import Factory
from tests.patience import await_that
from tests.showroom.entries import Told, case_count, entry, ids, writing


def test_what_is_told_is_recorded(anywhere: Factory) -> None:
    """Entries put from outside are in the tables once they are told of."""
    told, entries = Told(), [entry(str(number)) for number in range(50)]
    with writing(anywhere.log_engine, told) as log:
        for one in entries:
            log.put(one)
        await_that(told.has(50))
        assert ids(anywhere.engine) == sorted(one.id for one in entries)
    assert told.errors == [""] * 50
    assert case_count(anywhere.engine) == 50


def test_an_entry_that_is_refused_takes_no_other_along(anywhere: Factory) -> None:
    """One that the database, and one that Python cannot write, are refused alone."""
    good = [entry() for _ in range(20)]
    same, torn = entry(id=good[0].id), entry(inputs=[b"\xff"])
    told = Told()
    with writing(anywhere.log_engine, told) as log:
        for one in (*good[:10], torn, *good[10:], same):
            log.put(one)
        await_that(told.has(22))
    assert torn.error is not None
    assert [one for one in (*good, same) if one.error] in ([same], [good[0]])
    assert ids(anywhere.engine) == sorted(one.id for one in good)


def test_a_receiver_that_raises_does_not_end_the_log(anywhere: Factory) -> None:
    """The next entry is written and told of."""
    told = Told()

    def raising(entries: Sequence[Entry]) -> None:
        told(entries)
        if len(told.entries) == 1:
            raise RuntimeError("gone")

    with writing(anywhere.log_engine, raising) as log:
        log.put(entry())
        await_that(told.has(1))
        log.put(entry())
        await_that(told.has(2))
    assert len(ids(anywhere.engine)) == 2


def test_a_broken_connection_is_replaced_and_nothing_is_written_twice(anywhere: Factory) -> None:
    """A commit whose answer is lost is looked up before it is tried again."""
    lost = [entry() for _ in range(10)]
    told, engine = Told(), anywhere.log_engine
    commits = []

    def lose_the_answer(_: object) -> None:
        commits.append(1)
        if len(commits) == 1:
            Writer(anywhere.engine).write(lost, is_unsure=False)
            raise sa.exc.OperationalError("COMMIT", {}, Exception("gone"))

    # As if the commit arrived and its answer did not: another connection writes the same.
    sa.event.listen(engine, "engine_connect", lose_the_answer)
    with writing(engine, told) as log:
        for one in lost:
            log.put(one)
        await_that(told.has(10))
    assert told.errors == [""] * 10
    assert ids(anywhere.engine) == sorted(one.id for one in lost)


@pytest.mark.parametrize("anywhere", ["mariadb"], indirect=True)
def test_a_case_larger_than_a_packet_is_refused_alone(anywhere: Factory) -> None:
    """What breaks each connection is refused after some attempts; what came with it is written."""
    with anywhere.engine.connect() as connection:
        most = connection.scalar(sa.text("SELECT @@max_allowed_packet"))
    told, large, small = Told(), entry("x" * (most + 1000), seconds=1e9), entry()
    with writing(anywhere.log_engine, told) as log:
        log.put(large)
        log.put(small)
        await_that(told.has(2))
    assert large.error is not None
    assert small.error is None
    assert ids(anywhere.engine) == [small.id]


def test_what_waits_is_counted_in_bytes_too(anywhere: Factory) -> None:
    """Entries count until they are told of."""
    log = PredictionLog(anywhere.log_engine, Told(), most=10, most_bytes=1000)
    log.put(entry())
    assert not log.is_full
    log.put(entry("x" * 1000))
    assert log.is_full
    log.start()
    await_that(lambda: not log.is_full)
    log.stop(30)


@pytest.mark.parametrize("size", [0, 2**19], ids=["small", "large"])
def test_whatever_a_record_holds_is_read_as_it_was_written(anywhere: Factory, size: int) -> None:
    """Quotes, backslashes, places for parameters, letters of any length, nothing at all."""
    text = """'); DROP -- " \\ %s :name \0 é 😀""" + "x" * size
    odd = entry(
        inputs=[text.encode(), b"", b"{}"],
        outputs=[b"''", text.encode(), b""],
        labels=["", text[:200], None],
        caller="::1'%",
        queue_seconds=1e-300,
        infer_seconds=0.0,
    )
    Writer(anywhere.engine).write([entry(), odd, entry()], is_unsure=False)
    requests, cases = prediction_requests, prediction_cases
    with anywhere.engine.begin() as connection:
        found = connection.execute(requests.select().where(requests.c.id == odd.id)).one()
        kept = connection.execute(
            sa.select(cases.c.inputs, cases.c.output, cases.c.label)
            .where(cases.c.request == odd.id)
            .order_by(cases.c.number)
        ).all()
    assert (found.caller, found.received_at) == (odd.caller, odd.received_at)
    assert (found.queue_seconds, found.infer_seconds) == (1e-300, 0.0)
    expected = zip(odd.inputs, odd.outputs, odd.labels, strict=True)
    assert [tuple(row) for row in kept] == [(a.decode(), b.decode(), c) for a, b, c in expected]


@pytest.mark.parametrize("anywhere", ["mariadb"], indirect=True)
def test_many_large_records_take_several_statements(anywhere: Factory) -> None:
    """None is longer than a server takes by default, and all are in one transaction."""
    statements: list[str] = []
    sa.event.listen(
        anywhere.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2])
    )
    Writer(anywhere.engine).write([entry("y" * 300_000) for _ in range(9)], is_unsure=False)
    written = [one for one in statements if one.startswith("INSERT INTO prediction_cases")]
    assert len(written) == 9
    assert max(map(len, written)) < 2**20
    assert case_count(anywhere.engine) == 9
