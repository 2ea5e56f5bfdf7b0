"""Retention: what is old or too much goes, and nothing else."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.db.showroom_tables import prediction_cases, prediction_requests
from app.errors import NotLeaderError
from app.factory import Factory
from app.scheduler.upkeep import Upkeep
from app.services import retention
from app.services.retention import RetentionService
from app.settings_sections import Showroom
from app.values.lease import Lease
from tests.on_record import NOON, label, record
from tests.patience import await_that


def kept(factory: Factory) -> tuple[list[str], int]:
    """Return the ids of the requests on record, and how many cases there are."""
    with factory.engine.begin() as connection:
        ids = connection.scalars(sa.select(prediction_requests.c.id)).all()
        cases = connection.scalar(sa.select(sa.func.count()).select_from(prediction_cases))
    return sorted(ids), cases or 0


def lease_of(factory: Factory) -> Lease:
    """Become the leader."""
    found = factory.leases.take("scheduler", "test")
    assert found is not None
    return found


def removed(factory: Factory, lease: Lease, **bounds: int) -> int:
    """Remove what the bounds do not let be; return how many requests went."""
    service = RetentionService(factory.engine, Showroom(**bounds))
    before, total = service.limit(NOON), 0
    while count := service.remove(before, lease):
        total += count
    return total


def test_what_is_older_goes_with_its_cases(anywhere: Factory) -> None:
    """At noon, with one day to keep: yesterday's noon stays, a second before it goes."""
    record(anywhere, label("a"), label("b"), at=NOON - timedelta(days=1, seconds=1))
    edge = record(anywhere, at=NOON - timedelta(days=1))
    new = record(anywhere, at=NOON)
    assert removed(anywhere, lease_of(anywhere), keep_days=1) == 1
    assert kept(anywhere) == (sorted([edge, new]), 2)


def test_of_too_many_the_newest_stay(anywhere: Factory) -> None:
    """Three may be kept of five; a second time nothing is left to do."""
    ids = [record(anywhere, at=NOON + timedelta(seconds=n)) for n in range(5)]
    lease = lease_of(anywhere)
    assert removed(anywhere, lease, keep_requests=3) == 2
    assert kept(anywhere) == (ids[2:], 3)
    assert removed(anywhere, lease, keep_requests=3) == 0


def test_a_step_is_bounded(anywhere: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """By requests and by cases; the steps together remove all."""
    monkeypatch.setattr(retention, "_REQUESTS", 3)
    monkeypatch.setattr(retention, "_CASES", 4)
    for n in range(5):
        record(anywhere, label("a"), label("b"), at=NOON - timedelta(days=9, seconds=-n))
    service = RetentionService(anywhere.engine, Showroom(keep_days=1))
    lease, before = lease_of(anywhere), service.limit(NOON)
    steps = [service.remove(before, lease) for _ in range(4)]
    assert steps == [2, 2, 1, 0]


def test_only_the_leader_removes(anywhere: Factory) -> None:
    """Whose lease is gone is told so, and removes nothing."""
    record(anywhere, at=NOON - timedelta(days=9))
    old = lease_of(anywhere)
    anywhere.leases.give_up(old)
    lease_of(anywhere)
    with pytest.raises(NotLeaderError):
        removed(anywhere, old, keep_days=1)
    assert len(kept(anywhere)[0]) == 1


def test_upkeep_removes_by_itself_and_ends(anywhere: Factory) -> None:
    """A thread of the leader does so soon after the start."""
    record(anywhere, at=NOON - timedelta(days=9))
    service = RetentionService(anywhere.engine, Showroom(keep_days=1))
    upkeep = Upkeep(
        service, anywhere.audit, lease_of(anywhere), clock=lambda: NOON, first_seconds=0.01
    )
    upkeep.start()
    await_that(lambda: kept(anywhere) == ([], 0))
    upkeep.stop()
    await_that(lambda: not upkeep._thread.is_alive())
