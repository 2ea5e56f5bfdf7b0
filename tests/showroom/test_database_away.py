"""The database goes away under load: no answer without its record, and service resumes by itself."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import servers
from tests.patience import await_that
from tests.records import create_database
from tests.showroom.house import House, furnished

COMMIT_SECONDS = 1.0
BOUND = 15.0
"""Seconds that a refusal may take: the bound of a record and of the computing, and a busy machine's."""
OK, AWAY = 200, 503


@contextmanager
def working(directory: Path, **settings: str) -> Iterator[tuple[House, servers.Restartable]]:
    """Give a service under load, and its database."""
    with servers.restartable_mariadb() as database:
        create_database(database.server.url.format(database="mysql"), "own")
        url = database.server.url.format(database="own")
        settings |= {"DISPARO_SHOWROOM__COMMIT_SECONDS": str(COMMIT_SECONDS)}
        with furnished(directory, url, **settings) as house:
            house.start()
            house.await_answer(0)
            house.load(processes=2, pause=0.02)
            await_answered(house, OK, since=0)
            yield house, database


def await_answered(house: House, status: int, since: float, times: int = 20) -> float:
    """Wait for answers with this status to requests sent since then; return when the first came."""

    def found() -> list[float]:
        answers = [one for one in house.answers() if one.at - one.seconds > since]
        return sorted(one.at for one in answers if one.status == status)

    await_that(lambda: len(found()) >= times)
    return found()[0]


def require_kept(house: House) -> None:
    """Fail unless each answer has its record, and each refusal is a problem within its bound."""
    house.unload()
    house.factory.engine.dispose()
    verdict = house.judge()
    assert verdict.is_kept, verdict
    assert verdict.refused.keys() <= {AWAY}, verdict
    refused = [one for one in house.answers() if one.status == AWAY]
    assert {one.kind for one in refused} <= {"application/problem+json"}
    assert max((one.seconds for one in house.answers()), default=0.0) < BOUND


@pytest.mark.slow(8)
@pytest.mark.timeout(400)
def test_killed_and_restarted_it_is_missed_for_seconds_only(tmp_path: Path) -> None:
    """Meanwhile answers are refused with 503; after its return they come again by themselves."""
    with working(tmp_path) as (house, database):
        database.kill()
        await_answered(house, AWAY, since=time.time())
        database.start()
        back = time.time()
        resumed = await_answered(house, OK, since=back) - back
        require_kept(house)
    print(f"the first answer came {resumed:.2f} s after the database's return")  # noqa: T201
    assert resumed < BOUND


@pytest.mark.slow(8)
@pytest.mark.timeout(400)
def test_hanging_it_is_not_waited_for_beyond_the_bound(tmp_path: Path) -> None:
    """A database that takes connections and does not answer is as one that is away."""
    with working(tmp_path) as (house, database):
        database.server.process.send_signal(signal.SIGSTOP)
        try:
            await_answered(house, AWAY, since=time.time())
        finally:
            database.server.process.send_signal(signal.SIGCONT)
        await_answered(house, OK, since=time.time())
        require_kept(house)


@pytest.mark.slow(12)
@pytest.mark.timeout(400)
def test_with_a_spool_answers_go_on_whatever_is_killed(tmp_path: Path) -> None:
    """The service is killed while it spools, and while it replays: each record is there once."""
    with working(tmp_path, DISPARO_SHOWROOM__SPOOL="true") as (house, database):
        database.kill()
        await_answered(house, OK, since=time.time(), times=300)
        house.kill()  # what it spooled waits for the next
        database.start()
        house.start()
        house.await_answer(1)
        house.kill()  # whatever it has replayed by now
        house.start()
        house.await_answer(2)
        await_answered(house, OK, since=time.time())
        await_that(lambda: len(list((tmp_path / "var" / "spool").glob("*.jsonl"))) == 0)
        require_kept(house)
