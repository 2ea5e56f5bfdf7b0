"""Counts of what the tables record: each row once, whenever it appears."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.db.check_tables import check_results, check_standings, checks
from app.factory import Factory
from app.services.tallies import Memory, TallyService
from app.values.dispatch import Progress
from app.values.tally import Claimed, Mark, Passed, Spread, Tally
from tests import flights
from tests.alerts import telling
from tests.alerts.receivers import Answer, receiving
from tests.scheduling import MINUTE, NOON

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def end(
    row: int, dispatch: int, *, at: datetime = NOW, name: str = "succeeded", rows: int = 0
) -> Passed:
    """Return the event of a dispatch's end."""
    progress = Progress(rows_collected=rows, rows_inferred=rows, rows_delivered=rows)
    return Passed(id=row, at=at, dispatch=dispatch, name=name, progress=progress)


def test_a_row_that_appears_late_is_counted_once() -> None:
    """A transaction may commit a smaller id after a greater one was seen: it is not passed over."""
    tally = Tally()
    tally.take_events([end(1, 1), end(3, 3)], NOW)
    tally.take_events([end(1, 1), end(2, 2, name="failed"), end(3, 3)], NOW)
    assert (tally.ended["succeeded"], tally.ended["failed"]) == (2, 1)


def test_old_rows_are_left_behind() -> None:
    """What is older than any transaction moves the mark, so that a look reads little."""
    mark = Mark()
    old = NOW - timedelta(minutes=5)
    assert mark.fresh([(1, old), (2, old), (3, NOW)], NOW) == {1, 2, 3}
    assert (mark.settled, mark.counted) == (2, [3])
    assert mark.fresh([(3, NOW)], NOW + timedelta(minutes=2)) == set()
    assert (mark.settled, mark.counted) == (3, [])


def test_an_old_row_behind_a_new_one_does_not_move_the_mark() -> None:
    """Ids are not in the order of times: behind a new row a smaller id may still be missing."""
    mark = Mark()
    mark.fresh([(4, NOW), (5, NOW - timedelta(hours=1))], NOW)
    assert (mark.settled, mark.counted) == (0, [4, 5])


def test_rows_count_as_they_pass_and_not_again_at_the_end() -> None:
    """A dispatch that runs is counted by its progress; one that begins anew does not count back."""
    tally = Tally()

    def look(rows: int) -> int:
        tally.take_running({7: Progress(rows_collected=rows)})
        return tally.rows["collect"]

    assert [look(100), look(250), look(0), look(50)] == [100, 250, 250, 300]
    tally.take_events([end(1, 7, rows=80)], NOW)
    assert (tally.rows["collect"], tally.rows["deliver"]) == (330, 80)
    assert tally.running == {}


def test_only_slots_of_schedules_are_late() -> None:
    """A backfill of last year is not a year late; clocks that differ do not count below zero."""
    tally = Tally()
    slots = [NOW - timedelta(seconds=2), None, NOW + timedelta(seconds=1)]
    rows = [Claimed(id=n, slot=slot, created_at=NOW) for n, slot in enumerate(slots, 1)]
    tally.take_claims(rows, NOW)
    assert (sum(tally.lateness.counts), tally.lateness.total) == (2, 2.0)


def test_a_bound_belongs_to_its_bucket() -> None:
    """A value that equals a bound counts there, as Prometheus' `le` says."""
    spread = Spread()
    spread.add(0.1)
    spread.add(10**9)
    assert (spread.counts[0], spread.counts[-1]) == (1, 1)


@pytest.fixture
def known(anywhere: Factory, tmp_path: Path) -> Iterator[Factory]:
    """Give a service with a schedule, on each database."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'place.sqlite'}", poolclass=sa.NullPool)
    flights.write(flights.november(), engine)
    flights.register(anywhere, tmp_path)
    url = f"sqlite:///{tmp_path / 'place.sqlite'}"
    anywhere.sources.add("place", url, "", actor="test", now=utc_now())
    flights.schedule(anywhere)
    yield anywhere
    engine.dispose()


def test_what_dispatches_do_is_counted(known: Factory) -> None:
    """Of real dispatches: ends by state, rows by stage, and what waits; before the start, nothing."""
    flights.dispatch(known, limit=5)
    service = TallyService(known.engine, Memory(), keep_seconds=0, checks=9)
    assert sum(service.tally(utc_now()).ended.values()) == 0
    flights.dispatch(known, limit=7)
    waiting = known.dispatches.order("score", now=utc_now(), actor="test")
    found = service.tally(utc_now())
    assert found.ended["succeeded"] == 1
    assert found.rows == {"collect": 7, "infer": 7, "deliver": 7}
    assert (found.gauges["dispatches queued"], found.gauges["dispatches running"]) == (1, 0)
    assert found.gauges["schedules active"] == 1
    known.dispatches.cancel(waiting.id, actor="test", now=utc_now())
    found = service.tally(utc_now())
    assert (found.ended["cancelled"], found.gauges["dispatches queued"]) == (1, 0)


def test_the_tables_are_read_once_in_a_while(known: Factory) -> None:
    """What was read is told again until it is old, or the clock was set back."""
    service = TallyService(known.engine, Memory(), keep_seconds=3, checks=9)
    now = utc_now()
    assert service.tally(now).gauges["dispatches queued"] == 0
    known.dispatches.order("score", now=now, actor="test")

    def queued(seconds: float) -> float:
        return service.tally(now + timedelta(seconds=seconds)).gauges["dispatches queued"]

    assert [queued(2.9), queued(3.1), queued(-10)] == [0, 1, 1]


def test_a_database_that_is_away_is_told_and_costs_no_count(factory: Factory) -> None:
    """What was read last is told further, and that the database does not answer."""
    service = TallyService(factory.engine, Memory(), keep_seconds=0, checks=9)
    assert service.tally(utc_now()).is_answered
    with factory.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE events RENAME TO elsewhere"))
    away = service.tally(utc_now())
    assert not away.is_answered
    assert away.gauges["schedules active"] == 0
    with factory.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO events"))
    assert service.tally(utc_now()).is_answered


def test_how_checks_stand_is_told(anywhere: Factory) -> None:
    """Each with its state and its newest look, up to the bound; beyond it they are counted only."""
    with anywhere.engine.begin() as connection:
        for number, (name, state, paused) in enumerate(
            [("a", "up", False), ("b", "down", False), ("c", "up", True), ("d", None, False)], 1
        ):
            fields = {
                "kind": "host",
                "spec": "{}",
                "revision": 1,
                "created_at": NOW,
                "updated_at": NOW,
            }
            connection.execute(
                checks.insert().values(id=number, name=name, paused=paused, **fields)
            )
            if state is not None:
                connection.execute(
                    check_standings.insert().values(
                        check=number, state=state, since=NOW, standing="{}"
                    )
                )
        for seconds in (1, 2):
            connection.execute(
                check_results.insert().values(
                    check=2, at=NOW + timedelta(seconds=seconds), state="down", ok=False,
                    seconds=float(seconds), reading="{}",
                )
            )  # fmt: skip
    found = TallyService(anywhere.engine, Memory(), keep_seconds=0, checks=2).tally(utc_now())
    assert [(one.check, one.state) for one in found.looks] == [("a", "up"), ("b", "down")]
    assert [(one.seconds, one.at) for one in found.looks] == [
        (None, None),
        (2.0, (NOW + timedelta(seconds=2)).timestamp()),
    ]
    states = ("up", "down", "paused", "unknown", "degraded")
    assert [found.gauges[f"checks {state}"] for state in states] == [1, 1, 1, 1, 0]


def test_alerts_that_wait_and_those_given_up_are_counted(anywhere: Factory) -> None:
    """So that a channel that takes nothing is told of by others than itself."""
    service = TallyService(anywhere.engine, Memory(), keep_seconds=0, checks=9)
    assert service.tally(NOON).gauges["alerts_waiting"] == 0
    with receiving(Answer(status=404), Answer(status=404), Answer(status=404)) as receiver:
        telling.declared(anywhere, telling.channel(url=receiver.url), telling.rule())
        telling.note(anywhere, telling.notice())
        found = service.tally(NOON + MINUTE)
        assert (found.gauges["alerts_waiting"], found.gauges["alerts_oldest_seconds"]) == (1, 60)
        for minute in (1, 2, 3):
            telling.attempt(anywhere, NOON + minute * MINUTE)
    found = service.tally(NOON + 4 * MINUTE)
    assert (found.gauges["alerts_waiting"], found.gauges["alerts_oldest_seconds"]) == (0, 0)
    assert found.alerts_failed == 1
