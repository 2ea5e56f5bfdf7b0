"""The leader: of all services on one database, one at a time is the scheduler."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.db.tables import leases
from app.factory import Factory
from tests.patience import await_that
from tests.scheduler.services import (
    LEASE_SECONDS,
    Service,
    declare,
    dispatches,
    require_each_second_once,
)
from tests.scheduling import NOON, spec


def test_one_of_three_services_is_the_scheduler(
    anywhere: Factory, start: Callable[..., Service]
) -> None:
    """And each slot is dispatched once all the same."""
    declare(anywhere)
    services = [start() for _ in range(3)]
    await_that(lambda: len(dispatches(anywhere)) >= 4)
    assert sum(one.leader.is_leader for one in services) == 1
    require_each_second_once(dispatches(anywhere))


def test_of_many_who_want_the_first_lease_one_gets_it(anywhere: Factory) -> None:
    """On an empty database, at the same moment; the others are told no, and fail in no other way."""
    begin = threading.Barrier(6)
    held: list[object] = []

    def want(number: int) -> None:
        begin.wait()
        held.append(anywhere.leases.take("first", f"service {number}"))

    threads = [threading.Thread(target=want, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 6
    assert sum(lease is not None for lease in held) == 1


def test_a_clean_stop_hands_over_at_once(anywhere: Factory, start: Callable[..., Service]) -> None:
    """The next one need not wait for the lease to end, and no slot is missed or doubled."""
    declare(anywhere)
    first = start()
    await_that(lambda: first.leader.is_leader)
    second = start()
    first.leader.stop()
    given_up = anywhere.leases.get("scheduler")
    await_that(lambda: second.leader.is_leader)
    taken = anywhere.leases.get("scheduler")
    assert given_up is not None
    assert taken is not None
    assert taken.token == given_up.token + 1
    count = len(dispatches(anywhere))
    await_that(lambda: len(dispatches(anywhere)) >= count + 2)
    require_each_second_once(dispatches(anywhere))


def test_a_lease_that_is_taken_away_ends_the_term(
    anywhere: Factory, start: Callable[..., Service]
) -> None:
    """A newer token, and the old scheduler claims no more; it becomes the scheduler again later."""
    service = start()
    await_that(lambda: service.leader.is_leader)
    with anywhere.engine.begin() as connection:
        later = utc_now() + timedelta(seconds=LEASE_SECONDS)
        change = leases.update().values(token=99, holder="another", expires_at=later)
        connection.execute(change)
    await_that(lambda: not service.leader.is_leader)
    await_that(lambda: service.leader.is_leader)
    held = anywhere.leases.get("scheduler")
    assert held is not None
    assert held.token == 100


def test_a_scheduler_that_cannot_renew_stops_before_its_lease_ends(
    anywhere: Factory, start: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own clock says so, without the database."""
    service = start()
    await_that(lambda: service.leader.is_leader)

    def fail(_: object) -> None:
        raise sa.exc.OperationalError("renew", {}, Exception("away"))

    monkeypatch.setattr(service.factory.leases, "renew", fail)
    await_that(lambda: not service.leader.is_leader)
    held = anywhere.leases.get("scheduler")
    assert held is not None
    assert held.expires_at > utc_now(), "the lease had not ended yet"


def test_a_term_that_cannot_be_ended_does_not_end_the_leader(
    anywhere: Factory, start: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails, the lease is seen to again, and slots go on."""
    declare(anywhere)
    service = start()
    await_that(lambda: service.leader._term is not None)
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise RuntimeError("it cannot be ended")

    monkeypatch.setattr(service.leader._term, "stop", fail)
    assert service.leader._right is not None
    with anywhere.engine.begin() as connection:
        connection.execute(leases.update().values(token=99, expires_at=utc_now()))
    await_that(failed.is_set)
    monkeypatch.undo()
    count = len(dispatches(anywhere))
    await_that(lambda: len(dispatches(anywhere)) >= count + 2)
    require_each_second_once(dispatches(anywhere))


def test_a_stop_is_bounded(factory: Factory, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer does not keep the service from stopping."""
    assert factory
    service, answers = Service(state), threading.Event()
    service.leader.start()
    await_that(lambda: service.leader.is_leader)
    monkeypatch.setattr("app.scheduler.leader._STOP_SECONDS", 0.1)
    monkeypatch.setattr(service.factory.leases, "give_up", lambda _: answers.wait())
    service.leader.stop()
    assert service.leader._thread.is_alive()
    answers.set()
    await_that(lambda: not service.leader._thread.is_alive())
    service.factory.close()


def test_a_silent_dispatch_becomes_lost(anywhere: Factory) -> None:
    """Its heartbeat does not change for longer than the limit; one that beats is left alone."""
    from app.db.dispatches import DispatchStore
    from app.scheduler.silence import Silence
    from app.services.slots import scheduled
    from app.values.dispatch import Progress

    made = spec(policies={"concurrency": 2})
    with anywhere.engine.begin() as connection:
        store = DispatchStore(connection)
        silent, lively = (
            store.add(scheduled(made, NOON + timedelta(minutes=n)), NOON) for n in range(2)
        )
    claims = [anywhere.queue.claim(one.id, now=NOON) for one in (silent, lively)]
    watch = Silence(anywhere.queue, limit=0.2)
    beats = 0

    def look() -> list[int]:
        nonlocal beats
        beats += 1
        with anywhere.engine.begin() as connection:
            assert claims[1] is not None
            store = DispatchStore(connection)
            store.record(claims[1], Progress(), NOON + timedelta(seconds=beats))
        return watch.look(NOON)

    await_that(lambda: look() == [silent.id])
    record = anywhere.dispatches.get(silent.id)
    assert record.error is not None
    assert (record.state, record.error.slug) == ("lost", "lost")
    assert "no life" in record.error.detail
    assert anywhere.dispatches.get(lively.id).state == "running"


def test_a_service_that_is_to_run_nothing_never_wants_the_lease(
    anywhere: Factory, state: Path
) -> None:
    """`scheduler.enabled: false` leaves the schedules to others; its stop has nothing to stop."""
    service = Service(state)
    asked = service.factory.settings.scheduler.model_copy(update={"enabled": False})
    service.factory.settings = service.factory.settings.model_copy(update={"scheduler": asked})
    service.leader.start()
    assert not service.leader._thread.is_alive()
    service.stop()
    assert anywhere.leases.get("scheduler") is None
