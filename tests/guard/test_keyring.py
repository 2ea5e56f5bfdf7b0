"""The memory of who shows which secret: how often it asks, how long it believes."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.errors import BusyError, DatabaseAwayError
from app.services.keyring import Keyring
from app.settings_access import Auth
from app.values.account import Kind, Principal, Role

CI = Principal(kind=Kind.TOKEN, name="ci", role=Role.VIEWER)
AWAY = sa.exc.OperationalError("SELECT", {}, Exception("it is away"))
SECRET = b"disparo_secret"


class Records:
    """What a database would answer, and how often it was asked."""

    def __init__(self) -> None:
        self.answer: Principal | Exception | None = CI
        self.asked = 0
        self.used = 0
        self.is_asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.noted = threading.Event()

    def find(self, secret: str, *, now: datetime) -> Principal | None:
        """Answer, once it is allowed."""
        assert secret
        assert now.tzinfo
        self.asked += 1
        self.is_asked.set()
        assert self.may_answer.wait(20)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def use(self, secret: str, *, now: datetime) -> None:
        """Note a use."""
        assert secret
        assert now.tzinfo
        self.used += 1
        self.noted.set()


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def records() -> Records:
    """Give what is asked."""
    return Records()


@pytest.fixture
def clock() -> Clock:
    """Give the time."""
    return Clock()


def keyring(records: Records, clock: Clock, **bounds: Any) -> Keyring:
    """Make a keyring."""
    return Keyring(records.find, Auth(**bounds), used=records.use, clock=clock)


def asynchronous(test: Callable[[], Any], seconds: float = 30) -> None:
    """Run a test in an event loop, and not for ever."""

    async def bounded() -> None:
        with anyio.fail_after(seconds):
            await test()

    anyio.run(bounded)


def test_a_secret_is_looked_up_once_for_many_requests(records: Records, clock: Clock) -> None:
    """Also for those that come while it is looked up."""
    ring = keyring(records, clock)

    async def test() -> None:
        records.may_answer.clear()
        found = []

        async def ask() -> None:
            found.append(await ring.principal(SECRET))

        async with anyio.create_task_group() as tasks:
            for _ in range(50):
                tasks.start_soon(ask)
            await anyio.lowlevel.checkpoint()
            records.may_answer.set()
        assert found == [CI] * 50
        assert ring.seen(SECRET) == CI

    asynchronous(test)
    assert records.asked == 1


def test_it_is_looked_up_anew_behind_the_back_of_requests(records: Records, clock: Clock) -> None:
    """From the middle of its time on; what was revoked is refused at its end at the latest."""
    ring = keyring(records, clock)

    async def test() -> None:
        await ring.principal(SECRET)
        records.answer = None
        clock.now += 0.4
        assert ring.seen(SECRET) == CI
        assert records.asked == 1
        clock.now += 0.2
        assert ring.seen(SECRET) == CI  # it does not wait
        await asyncio.gather(*ring._looking.values())
        assert records.asked == 2
        assert ring.seen(SECRET) is None
        assert await ring.principal(SECRET) is None
        assert records.asked == 2  # what is none is remembered too

    asynchronous(test)


def test_what_was_looked_up_before_a_change_is_not_remembered(
    records: Records, clock: Clock
) -> None:
    """A look-up that a revocation overtakes does not bring the token back."""
    ring = keyring(records, clock)

    async def test() -> None:
        records.may_answer.clear()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ring.principal, SECRET)
            await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(records.is_asked.wait, 20)
            ring.forget()
            records.may_answer.set()
        assert ring.seen(SECRET) is None

    asynchronous(test)


def test_who_was_found_is_believed_while_the_database_is_away(
    records: Records, clock: Clock
) -> None:
    """For `auth.away_seconds`, and nobody who was not found before."""
    ring = keyring(records, clock, away_seconds=10)

    async def test() -> None:
        await ring.principal(SECRET)
        records.answer = AWAY
        for _ in range(9):
            clock.now += 1.01
            assert await ring.principal(SECRET) == CI
        clock.now += 2
        with pytest.raises(DatabaseAwayError):
            await ring.principal(SECRET)
        with pytest.raises(DatabaseAwayError):
            await ring.principal(b"another")

    asynchronous(test)


def test_who_ends_while_it_is_away_has_ended(records: Records, clock: Clock) -> None:
    """An expiring token is not believed beyond its end."""
    ring = keyring(records, clock)
    until = utc_now() - timedelta(seconds=0.1)  # it ended since it was found
    records.answer = Principal(kind=Kind.TOKEN, name="ci", role=Role.VIEWER, until=until)

    async def test() -> None:
        assert await ring.principal(SECRET) is not None
        records.answer = AWAY
        assert ring.seen(SECRET) is None
        with pytest.raises(DatabaseAwayError):
            await ring.principal(SECRET)

    asynchronous(test)


def test_memory_and_waiting_are_bounded(records: Records, clock: Clock) -> None:
    """A flood of nonsense takes the place of nonsense, and waits in no endless queue."""
    ring = keyring(records, clock, remembered=3, lookups=2)

    async def test() -> None:
        await ring.principal(SECRET)
        records.answer = None
        for number in range(20):
            assert await ring.principal(b"no %d" % number) is None
        assert len(ring._unknown) == 3
        assert ring.seen(SECRET) == CI
        records.may_answer.clear()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ring.principal, b"a")
            tasks.start_soon(ring.principal, b"b")
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(BusyError, match=r"auth\.lookups"):
                await ring.principal(b"c")
            records.answer = CI
            clock.now += 2  # it is not believed any more, and is looked up behind the flood
            tasks.start_soon(ring.principal, SECRET)
            await anyio.wait_all_tasks_blocked()
            records.may_answer.set()
        assert ring.seen(SECRET) == CI

    asynchronous(test)


def test_use_is_noted_outside_of_the_request_and_seldom(records: Records, clock: Clock) -> None:
    """Once a minute, however often it is looked up."""
    ring = keyring(records, clock)

    async def test() -> None:
        for _ in range(30):
            await ring.principal(SECRET)
            clock.now += 1.01
        assert await anyio.to_thread.run_sync(records.noted.wait, 20)
        clock.now += 60
        records.noted.clear()
        await ring.principal(SECRET)
        assert await anyio.to_thread.run_sync(records.noted.wait, 20)

    asynchronous(test)
    assert records.used == 2
