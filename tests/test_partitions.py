"""A dispatch in parts: what its tasks deliver together is what one undisturbed run would have.

It is killed, cancelled and run again at each step, and the target compared each time.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.db.dispatches import DispatchStore
from app.db.glance import GlanceStore
from app.db.health import HealthStore
from app.db.tallies import TallyStore
from app.errors import ConfigurationError, ConflictError, LostError
from app.factory import Factory
from app.services import work
from app.services.pulse import Stop
from app.values.backfill import BackfillRequest
from app.values.brief import ALL, DispatchFilter
from app.values.dispatch import Dispatch, DispatchState
from app.values.task import DispatchTask
from tests import flights
from tests.conftest import Place

BATCH = 100
DAY = 634
SLOT = datetime.fromisoformat("2013-11-28")
QUERY = "SELECT id, label, probability_late, slot FROM predictions ORDER BY id"
ON_EACH = ["sqlite", "mariadb-odbc", "postgresql"]
BY_QUERY = {
    "partition_by": "query",
    "collect": {"query": f"{flights.DAY} AND id % :partitions = :partition"},
}
SUCCEEDED = DispatchState.SUCCEEDED
_ENDS = [state for state in DispatchState if state.is_final]


class Dead(BaseException):
    """The process ends here: nothing that follows is done."""


@pytest.fixture
def ready(
    state: Path,
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Factory:
    """Give a service that works in batches of 100 rows of three days of flights."""
    assert state, "it knows no setting but the defaults"
    monkeypatch.setenv("DISPARO_DISPATCH__BATCH_ROWS", str(BATCH))
    factory: Factory = request.getfixturevalue("factory")
    flights.make_ready(factory, place.connection, place.engine, tmp_path)
    return factory


def target(place: Place) -> list[tuple[Any, ...]]:
    """Return what the target holds, without the dispatch that wrote it."""
    return [tuple(row) for row in flights.read(place.engine, QUERY)]


def stages(place: Place) -> list[str]:
    """Return the stages that are left."""
    return [name for name in flights.tables(place.engine) if "stage" in name]


def tasks(factory: Factory, parent: Dispatch) -> list[DispatchTask]:
    """Return the tasks of a dispatch."""
    return factory.tasks.of(parent.id)


def waiting(factory: Factory, parent: Dispatch) -> Iterator[int]:
    """Yield the tasks that wait, until none does any more."""
    while found := [one.id for one in tasks(factory, parent) if one.state == "queued"]:
        yield from found


def run_one(factory: Factory, task: int) -> Dispatch:
    """Run a task here."""
    return factory.execution.run(task, clock=utc_now, stop=Stop())


def finish(factory: Factory, parent: Dispatch) -> Dispatch:
    """Run all that waits of a dispatch, and what follows from it."""
    for task in waiting(factory, parent):
        run_one(factory, task)
    return factory.dispatches.get(parent.id)


def split(factory: Factory, number: int = 2, **changes: Any) -> Dispatch:
    """Order a dispatch of so many tasks, and split it."""
    flights.schedule(factory, partitions=number, **changes)
    return flights.dispatch(factory)


def whole(factory: Factory, place: Place) -> list[tuple[Any, ...]]:
    """Return what one undisturbed run writes."""
    assert flights.dispatch(factory).state is SUCCEEDED
    assert len(target(place)) == DAY
    return target(place)


def emptied(place: Place) -> None:
    """Take away what the target holds."""
    with place.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM predictions")


@pytest.mark.parametrize("place", ["sqlite-odbc", "mariadb", "postgresql-odbc"], indirect=True)
def test_tasks_deliver_what_one_run_does(ready: Factory, place: Place) -> None:
    """By ranges of the key; a run of the same slot in other parts takes their place."""
    expected = whole(ready, place)
    for number in (2, 5):
        ended = finish(ready, split(ready, number))
        assert (ended.state, ended.tasks) == (SUCCEEDED, number), ended.error
        assert ended.progress.rows_delivered == ended.progress.rows_expected == DAY
        assert target(place) == expected
    assert stages(place) == []
    last, *_ = ready.dispatches.page(limit=1)
    assert set(flights.read(place.engine, "SELECT DISTINCT dispatch_id FROM predictions")) == {
        (last.id,)
    }
    rows = [task.progress.rows_delivered for task in tasks(ready, last) if not task.publishes]
    assert sorted(rows) == [126, 127, 127, 127, 127]


@pytest.mark.parametrize("place", ON_EACH, indirect=True)
def test_a_killed_task_goes_on_and_the_target_is_the_same(
    ready: Factory, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One dies after a batch, the publication before and after its commit: each row is there once."""
    expected = whole(ready, place)
    emptied(place)
    parent = split(ready)
    [one, two] = [task.id for task in tasks(ready, parent)]
    predict, asked = work._predict, []

    def die_at_the_second(*arguments: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 2:
            raise Dead
        return predict(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(work, "_predict", die_at_the_second)
        kill(ready, one, patch)
    assert target(place) == []
    run_one(ready, two)
    assert target(place) == [], "nothing is published while a task is to do"
    publication = lose_until_published(ready, parent, monkeypatch)
    assert target(place) == expected
    assert ready.dispatches.get(parent.id).state is DispatchState.RUNNING
    ended = finish(ready, parent)
    assert (ended.state, ended.progress.rows_delivered) == (SUCCEEDED, DAY), ended.error
    assert publication != tasks(ready, parent)[-1].id
    assert (target(place), stages(place)) == (expected, [])


def lose_until_published(
    factory: Factory, parent: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> int:
    """Let the publication die before it writes, and the next one right after its commit."""
    [task] = [one for one in tasks(factory, parent) if one.state == "queued"]
    run_one(factory, task.id)  # the first task again
    for place in ("_write_lines", "clear"):
        [task] = [one for one in tasks(factory, parent) if one.state == "queued"]
        assert task.publishes
        with monkeypatch.context() as patch:
            patch.setattr(f"app.sources.publication.Publication.{place}", dies)
            kill(factory, task.id, patch)
    return task.id


def dies(*_: Any, **__: Any) -> None:
    """Stand in for what a program does not come to do."""
    raise Dead


def kill(factory: Factory, task: int, patch: pytest.MonkeyPatch) -> None:
    """Run a task whose program dies, and give it up for lost as a launcher does."""
    for name in ("abandon", "suspend"):
        patch.setattr(f"app.sources.deliver.Delivery.{name}", lambda _: None)
    patch.setattr("app.services.queue.QueueService.finish", lambda *_, **__: True)
    with suppress(Dead):
        run_one(factory, task)
    dead = factory.dispatches.get(task)
    assert dead.state is DispatchState.RUNNING
    patch.undo()
    assert factory.queue.give_up(dead, LostError("it fell silent"), now=utc_now(), retry=True)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mode", ["append", "upsert"])
def test_the_other_modes_hold_too(ready: Factory, place: Place, mode: str) -> None:
    """Appended rows come once a dispatch, upserted ones once a key, whatever the parts."""
    flights.schedule(ready, deliver={"mode": mode, "table": "other"})
    assert flights.dispatch(ready).state is SUCCEEDED
    ended = finish(ready, split(ready, 3, deliver={"mode": mode, "table": "other"}))
    assert ended.state is SUCCEEDED, ended.error
    [found] = flights.read(place.engine, "SELECT COUNT(*), COUNT(DISTINCT id) FROM other")
    assert tuple(found) == ({"append": 2, "upsert": 1}[mode] * DAY, DAY)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_failed_tasks_are_run_again_alone(
    ready: Factory, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then the target holds the old rows; what succeeded is not done again."""
    expected = whole(ready, place)
    parent = split(ready)
    [one, two] = [task.id for task in tasks(ready, parent)]
    with monkeypatch.context() as patch:
        patch.setattr(work, "_predict", lambda *_: 1 / 0)
        run_one(ready, one)
    assert run_one(ready, two).state is SUCCEEDED
    failed = ready.dispatches.get(parent.id)
    assert (failed.state, failed.progress.rows_delivered) == (DispatchState.FAILED, 0)
    assert failed.error is not None
    assert "1 of 2 tasks did not succeed; task 0: ZeroDivisionError" in failed.error.detail
    assert target(place) == expected
    flights.schedule(ready, partitions=7)  # what was split stays as it was
    ready.tasks.rerun(parent.id, actor="test", now=utc_now())
    assert [task.state for task in tasks(ready, parent)] == ["queued", "succeeded"]
    ended = finish(ready, parent)
    assert (ended.state, ended.error, ended.tasks) == (SUCCEEDED, None, 2)
    assert [task.id for task in tasks(ready, parent)][1] == two
    assert (target(place), stages(place)) == (expected, [])
    with pytest.raises(ConflictError, match="no task to run again"):
        ready.tasks.rerun(parent.id, actor="test", now=utc_now())


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_what_a_later_dispatch_removed_is_done_again(
    ready: Factory, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stages of a dispatch that failed stay until the schedule's next one: then they are gone."""
    parent = split(ready)
    [one, two] = [task.id for task in tasks(ready, parent)]
    run_one(ready, one)
    with monkeypatch.context() as patch:
        patch.setattr(work, "_predict", lambda *_: 1 / 0)
        run_one(ready, two)
    assert len(stages(place)) == 1
    assert finish(ready, flights.dispatch(ready, slot="2013-11-27")).state is SUCCEEDED
    assert stages(place) == []
    ready.tasks.rerun(parent.id, actor="test", now=utc_now())
    gone = finish(ready, parent)
    assert gone.error is not None
    assert gone.error.slug == "stages-gone"
    ready.tasks.rerun(parent.id, actor="test", now=utc_now())
    assert finish(ready, parent).state is SUCCEEDED
    assert flights.read(place.engine, "SELECT COUNT(*) FROM predictions WHERE dispatch_id = 1") == [
        (DAY,)
    ]
    assert stages(place) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_cancel_reaches_all_tasks(ready: Factory, place: Place) -> None:
    """What waits ends at once, and the dispatch with it; nothing is delivered."""
    parent = split(ready, 3)
    run_one(ready, tasks(ready, parent)[0].id)
    with pytest.raises(ConflictError, match="is a task of dispatch 1"):
        ready.dispatches.cancel(tasks(ready, parent)[1].id, actor="test", now=utc_now())
    ended = ready.dispatches.cancel(parent.id, actor="test", now=utc_now())
    assert ended.state is DispatchState.CANCELLED
    assert [task.state for task in tasks(ready, parent)] == ["succeeded", "cancelled", "cancelled"]
    assert "predictions" not in flights.tables(place.engine) or target(place) == []
    assert finish(ready, flights.dispatch(ready)).state is SUCCEEDED
    assert stages(place) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_query_may_divide_the_rows(ready: Factory, place: Place) -> None:
    """By :partition and :partitions; a row that two tasks have is refused, and nothing delivered."""
    expected = whole(ready, place)
    ended = finish(ready, split(ready, 3, **BY_QUERY))
    assert (ended.state, target(place)) == (SUCCEEDED, expected), ended.error
    ignoring = {"query": f"{flights.DAY} AND :partition < 9"}
    refused = finish(ready, split(ready, 2, partition_by="query", collect=ignoring))
    assert refused.error is not None
    assert "comes in more than one task" in refused.error.detail
    assert target(place) == expected


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_more_tasks_than_rows_are_as_many_as_rows(ready: Factory, place: Place) -> None:
    """Without any row it is one, which empties the slot; a few rows are one program's work."""
    with place.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM flights WHERE id % 200 <> 1")
    few = finish(ready, split(ready, 9))
    assert (few.state, few.tasks, len(target(place))) == (SUCCEEDED, 4, 4)
    with place.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM flights")
    none = finish(ready, flights.dispatch(ready))
    assert (none.state, none.tasks, target(place)) == (SUCCEEDED, 1, [])
    limited = flights.dispatch(ready, limit=1)
    assert (limited.state, limited.tasks) == (SUCCEEDED, None)


@pytest.mark.parametrize("place", ON_EACH, indirect=True)
def test_rows_that_come_and_go_meanwhile_are_in_one_range(ready: Factory, place: Place) -> None:
    """The first range has no lower bound, and the last no upper one."""
    parent = split(ready, 2)
    with place.engine.begin() as connection:
        for number in (-5, 999_999_999):
            connection.exec_driver_sql(
                f"INSERT INTO flights SELECT {number}, {rest()} FROM flights WHERE id = "  # noqa: S608
                "(SELECT x FROM (SELECT MIN(id) AS x FROM flights WHERE scheduled_departure >= "
                "'2013-11-28') AS y)"
            )
    ended = finish(ready, parent)
    assert (ended.state, ended.progress.rows_delivered) == (SUCCEEDED, DAY + 2), ended.error
    assert [row[0] for row in target(place)][:: DAY + 1] == [-5, 999_999_999]


def rest() -> str:
    """Return the columns of a flight but for its key."""
    return ", ".join(["scheduled_departure", *flights.INPUTS])


@pytest.mark.parametrize("place", ON_EACH, indirect=True)
def test_texts_divide_too_and_no_null_is_lost(ready: Factory, place: Place) -> None:
    """In the database's own order; a row without a key is refused as in an undivided dispatch."""
    text = "CAST(id AS CHAR(9))" if "sqlite" not in place.way else "CAST(id AS TEXT)"
    query = f"SELECT {text} AS name, {flights.COLUMNS} FROM flights WHERE scheduled_departure >= :window_start AND scheduled_departure < :window_end"  # noqa: S608
    changed = {"collect": {"key": "name", "query": query}, "deliver": {"table": "named"}}
    ended = finish(ready, split(ready, 4, **changed))
    assert (ended.state, ended.progress.rows_delivered) == (SUCCEEDED, DAY), ended.error
    rows = [task.progress.rows_delivered for task in tasks(ready, ended)][:4]
    assert max(rows) - min(rows) <= 1
    nulls = query.replace(text, f"CASE WHEN id % 50 = 0 THEN NULL ELSE {text} END")
    refused = finish(
        ready, split(ready, 2, **changed | {"collect": {"key": "name", "query": nulls}})
    )
    assert refused.error is not None
    assert "is NULL in a row" in refused.error.detail or "are NULL" in refused.error.detail


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_task_is_no_dispatch_of_its_own(ready: Factory, place: Place) -> None:
    """Lists, the last success, backfills' slots and the Monitor know the whole alone."""
    assert place.engine, "it is there"
    parent = split(ready, 3)
    run_one(ready, tasks(ready, parent)[0].id)
    [listed] = ready.briefs.page(ALL, before=None, limit=9)
    assert (listed.id, listed.tasks, listed.rows_inferred) == (parent.id, 3, 212)
    [shown] = ready.dispatches.page()
    assert (shown.id, shown.progress.rows_expected) == (parent.id, DAY)
    with ready.engine.begin() as connection:
        [running] = GlanceStore(connection).running()
        tally = TallyStore(connection)
        assert tally.running()[parent.id].rows_inferred == 212
        assert (tally.waiting()[0], [one.id for one in tally.claims(0)]) == (0, [parent.id])
        store = DispatchStore(connection)
        assert store.count_queued() == 0
        assert store.last_success("score", utc_now()) is None
    assert (running.id, running.progress.rows_inferred) == (parent.id, 212)
    finish(ready, parent)
    assert ready.schedules.overview("score").last.id == parent.id  # type: ignore[union-attr]
    with ready.engine.begin() as connection:
        ended = [one.name for one in TallyStore(connection).passed(0) if one.name in _ENDS]
        assert ended == ["succeeded"]
        assert [one.id for one in HealthStore(connection).ended("score", 9)] == [parent.id]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_backfill_counts_the_dispatches_and_its_cancel_reaches_tasks(
    ready: Factory, place: Place
) -> None:
    """Its slots are dispatched in parts, each in a place of its own among them."""
    flights.schedule(ready, partitions=2, cron="0 0 * * *")
    asked = BackfillRequest(
        schedule="score",
        first=datetime.fromisoformat("2013-11-27"),
        until=datetime.fromisoformat("2013-11-29"),
    )
    made = ready.backfills.order(asked, actor="test", now=utc_now())
    second, first = ready.dispatches.page(DispatchFilter(backfill=made.id))
    run_one(ready, first.id)
    assert finish(ready, first).state is SUCCEEDED
    [slot] = {row[-1] for row in target(place)}
    assert slot.startswith(first.slot.replace(tzinfo=None).isoformat(" "))
    run_one(ready, second.id)
    cancelled = ready.backfills.cancel("score", made.id, actor="test", now=utc_now())
    assert cancelled.states == {SUCCEEDED: 1, DispatchState.CANCELLED: 1}
    assert [task.state for task in tasks(ready, second)] == ["cancelled"] * 2


def test_two_that_end_in_the_same_instant_publish_once(anywhere: Factory) -> None:
    """Each holds the dispatch before it ends, so the last sees the other, wherever records are."""
    parent, ends = prepared(anywhere, 4)
    threads = [threading.Thread(target=end) for end in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = anywhere.tasks.of(parent)
    assert [task.state for task in found if not task.publishes] == ["succeeded"] * 4
    assert [task.state for task in found if task.publishes] == ["queued"]


def prepared(factory: Factory, number: int) -> tuple[int, list[Callable[[], object]]]:
    """Return a dispatch whose tasks run, and what ends each of them."""
    from app.values.share import Share

    flights.schedule(factory, partitions=number)
    parent = factory.dispatches.order("score", slot=SLOT, now=utc_now(), actor="test")
    claim = factory.queue.claim(parent.id, now=utc_now())
    assert claim is not None
    shares = [Share(partition=n, partitions=number, version=1) for n in range(number)]
    assert factory.queue.split(claim, shares, now=utc_now())
    assert not factory.queue.split(claim, shares, now=utc_now())
    claims = factory.queue.take(9, host="here", launcher="local", now=utc_now())
    assert len(claims) == number

    def end_of(one: Any) -> Callable[[], object]:
        return lambda: factory.queue.finish(one, SUCCEEDED, now=utc_now(), actor="test")

    return parent.id, [end_of(one) for one in claims]


REFUSED = [
    ({"partitions": 0}, "greater than or equal to 1"),
    ({"partitions": -3}, "greater than or equal to 1"),
    ({"partitions": 100_000}, "less than or equal to 256"),
    ({"partition_by": "query"}, "does not use :partition"),
    ({"collect": {"query": "SELECT :partition"}}, "say partition_by: query"),
    ({"parameters": {"partitions": 3}}, "set by Disparo"),
    ({"partition_by": "day"}, "'key' or 'query'"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_what_cannot_be_divided_is_refused(
    factory: Factory, changes: dict[str, Any], words: str
) -> None:
    """With words that say what to write instead."""
    with pytest.raises(ValueError, match=words):
        flights.schedule(factory, **changes)


def test_too_many_partitions_name_the_setting(factory: Factory) -> None:
    """The bound is a setting; up to it all is well."""
    flights.schedule(factory, partitions=64)
    with pytest.raises(ConfigurationError, match=r"scheduler\.partitions"):
        flights.schedule(factory, partitions=65)


def said(*arguments: str) -> str:
    """Run a command in this process; return what it prints. Raises what it raises."""
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_command_line_lists_tasks_and_runs_failed_ones_again(
    ready: Factory, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a table with what went wrong, and as JSON; `show` has them too."""
    parent = split(ready)
    [one, two] = [task.id for task in tasks(ready, parent)]
    with monkeypatch.context() as patch:
        patch.setattr(work, "_predict", lambda *_: 1 / 0)
        run_one(ready, one)
    run_one(ready, two)
    table = said("dispatch", "tasks", str(parent.id))
    assert "TASK" in table
    assert "task 0" in table
    assert "ZeroDivisionError" in table
    known = [task.model_dump(mode="json") for task in tasks(ready, parent)]
    assert json.loads(said("dispatch", "tasks", str(parent.id), "--json")) == known
    assert json.loads(said("dispatch", "show", str(parent.id)))["parts"] == known
    said("dispatch", "rerun-tasks", str(parent.id))
    assert finish(ready, parent).state is SUCCEEDED
    assert "the publication" in said("dispatch", "tasks", str(parent.id))
    assert target(place)
