"""The scheduler: one among many services, ringing by APScheduler, right whatever fails."""

import pickle
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.db.tables import apscheduler_jobs, leases, schedules
from app.factory import Factory
from app.scheduler.alarm import Alarm
from app.scheduler.leader import Leader
from app.settings import load_settings
from app.values.dispatch import Dispatch
from tests.patience import await_that
from tests.scheduling import NOON, spec

SECOND = {"interval": {"every": "PT1S"}, "policies": {"catch_up": "all"}}
LEASE_SECONDS = 2.0


class Service:
    """A service's scheduler, without the rest of it."""

    def __init__(self, state: Path, clock: Callable[[], datetime] = utc_now) -> None:
        settings = load_settings()
        short = settings.scheduler.model_copy(update={"lease_seconds": LEASE_SECONDS})
        self.factory = Factory(settings.model_copy(update={"scheduler": short}), state)
        self.queued = threading.Event()
        self.leader = Leader(self.factory, clock=clock, on_queued=self.queued.set)

    def stop(self) -> None:
        """Stop as a service does."""
        self.leader.stop()
        self.factory.close()


@pytest.fixture
def start(anywhere: Factory, state: Path) -> Iterator[Callable[..., Service]]:
    """Give what starts a service on the database."""
    assert anywhere
    started: list[Service] = []

    def begin(clock: Callable[[], datetime] = utc_now) -> Service:
        started.append(Service(state, clock))
        started[-1].leader.start()
        return started[-1]

    yield begin
    for service in started:
        service.stop()


def declare(factory: Factory, name: str = "each-second", at: datetime | None = None) -> int:
    """Declare a schedule that is due each second; return its id."""
    factory.schedules.declare(spec(name, **SECOND), "test.yaml", now=at or utc_now())
    return factory.schedules.get(name).id


def dispatches(factory: Factory, schedule: str = "each-second") -> list[Dispatch]:
    """Return a schedule's dispatches, the oldest slot first."""
    found = factory.dispatches.page(schedule=schedule, limit=1000)
    return sorted(found, key=lambda one: one.slot)


def require_each_second_once(found: list[Dispatch]) -> None:
    """Fail unless the slots are seconds without gap and double."""
    slots = [one.slot for one in found]
    assert slots == [slots[0] + timedelta(seconds=n) for n in range(len(slots))]


def test_slots_are_dispatched_as_they_come(
    anywhere: Factory, start: Callable[..., Service]
) -> None:
    """Each second once, and the launcher is told."""
    declare(anywhere)
    service = start()
    await_that(lambda: len(dispatches(anywhere)) >= 3)
    require_each_second_once(dispatches(anywhere))
    assert service.queued.is_set()


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


def test_an_edit_works_within_a_second(anywhere: Factory, start: Callable[..., Service]) -> None:
    """A schedule that another service declares is due at its first second."""
    service = start()
    await_that(lambda: service.leader.is_leader)
    declare(anywhere)
    await_that(lambda: len(dispatches(anywhere)) >= 2)
    first = dispatches(anywhere)[0]
    created = anywhere.schedules.get("each-second").created_at
    assert first.slot - created <= timedelta(seconds=1)
    require_each_second_once(dispatches(anywhere))


def test_a_removed_schedule_rings_no_more(anywhere: Factory, start: Callable[..., Service]) -> None:
    """Its job goes with its row."""
    declare(anywhere)
    service = start()
    await_that(lambda: dispatches(anywhere))
    assert service.factory.agenda.job_ids()
    with anywhere.engine.begin() as connection:
        connection.execute(schedules.delete())
    await_that(lambda: service.factory.agenda.job_ids() == [])


def test_a_restart_finds_the_jobs(anywhere: Factory, start: Callable[..., Service]) -> None:
    """The jobs of the schedules are rows of `apscheduler_jobs`, and stay there."""
    schedule = declare(anywhere)
    start()
    await_that(lambda: dispatches(anywhere))
    start().stop()
    assert anywhere.agenda.job_ids() == [f"{schedule}:1"]
    start()
    count = len(dispatches(anywhere))
    await_that(lambda: len(dispatches(anywhere)) >= count + 2)
    assert anywhere.agenda.job_ids() == [f"{schedule}:1"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_apscheduler_is_replaced(anywhere: Factory, start: Callable[..., Service]) -> None:
    """Its thread dies without a word; slots go on, and another one rings."""
    declare(anywhere)
    service = start()
    await_that(lambda: dispatches(anywhere))
    term = service.leader._term
    assert term is not None
    jobs = term._jobs
    assert jobs is not None
    apscheduler = jobs._scheduler
    apscheduler._process_jobs = lambda: 1 / 0
    apscheduler.wakeup()
    await_that(lambda: not jobs.is_alive())
    await_that(lambda: term._jobs is not None and term._jobs is not jobs and term._jobs.is_alive())
    count = len(dispatches(anywhere))
    await_that(lambda: len(dispatches(anywhere)) >= count + 2)
    require_each_second_once(dispatches(anywhere))


def test_a_lost_or_broken_job_loses_no_slot(
    anywhere: Factory, start: Callable[..., Service]
) -> None:
    """APScheduler deletes a job that it cannot read; the rows are looked after all the same."""
    declare(anywhere, "broken")
    declare(anywhere, "lost")
    start()
    await_that(lambda: dispatches(anywhere, "lost") and dispatches(anywhere, "broken"))
    with anywhere.engine.begin() as connection:
        connection.execute(apscheduler_jobs.update().values(job_state=b"no pickle"))
    await_that(lambda: len(dispatches(anywhere, "broken")) >= 4)
    await_that(lambda: len(dispatches(anywhere, "lost")) >= 4)
    require_each_second_once(dispatches(anywhere, "broken"))
    require_each_second_once(dispatches(anywhere, "lost"))


def test_a_damaged_schedule_stops_no_other(
    anywhere: Factory, start: Callable[..., Service]
) -> None:
    """Before the start and while it runs."""
    declare(anywhere, "damaged")
    declare(anywhere)
    with anywhere.engine.begin() as connection:
        row = schedules.update().where(schedules.c.name == "damaged")
        connection.execute(row.values(spec="no JSON"))
    start()
    await_that(lambda: len(dispatches(anywhere)) >= 3)
    assert dispatches(anywhere, "damaged") == []


def test_a_jump_of_the_clock_neither_loses_nor_doubles_a_slot(
    anywhere: Factory, start: Callable[..., Service]
) -> None:
    """An hour forward: the slots of the hour are caught up by policy. Then back: none comes twice."""
    shift = timedelta(0)
    declare(anywhere)
    start(lambda: utc_now() + shift)
    await_that(lambda: dispatches(anywhere))
    shift = timedelta(seconds=90)
    await_that(lambda: dispatches(anywhere)[-1].slot > utc_now() + timedelta(seconds=80))
    require_each_second_once(dispatches(anywhere))
    shift = timedelta(0)
    count = len(dispatches(anywhere))
    time.sleep(1.2)  # slots pass that were dispatched already
    assert len(dispatches(anywhere)) == count


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


def test_an_alarm_is_pickled_as_a_plain_dictionary() -> None:
    """A later release reads the jobs of this one; the state holds no class of ours."""
    alarm = Alarm(spec().timing)
    state = alarm.__getstate__()
    assert state["version"] == 1
    assert pickle.loads(pickle.dumps(state)) == state
    restored = pickle.loads(pickle.dumps(alarm))
    assert restored.get_next_fire_time(None, NOON) == NOON + timedelta(minutes=1)
    late = restored.get_next_fire_time(NOON, NOON + timedelta(minutes=5))
    assert late == NOON + timedelta(minutes=6)
