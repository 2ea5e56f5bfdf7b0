"""Rings: slots are dispatched as they come, whatever happens to APScheduler and its jobs."""

import pickle
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.clock import utc_now
from app.db.tables import apscheduler_jobs, schedules
from app.factory import Factory
from app.scheduler.alarm import Alarm
from tests.patience import await_that
from tests.scheduler.services import (
    Service,
    declare,
    dispatches,
    require_each_second_once,
)
from tests.scheduling import NOON, spec


def test_slots_are_dispatched_as_they_come(
    anywhere: Factory, start: Callable[..., Service]
) -> None:
    """Each second once, and the launcher is told."""
    declare(anywhere)
    service = start()
    await_that(lambda: len(dispatches(anywhere)) >= 3)
    require_each_second_once(dispatches(anywhere))
    assert service.queued.is_set()


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


def test_jobs_that_are_not_ours_are_removed_and_stop_nothing(
    anywhere: Factory, start: Callable[..., Service]
) -> None:
    """A stranger's rows, and damaged ones, in `apscheduler_jobs`."""
    schedule = declare(anywhere)
    names = ["stranger", "7", "x:1", "1:x", ":", "²:1", f"{schedule}:1:1"]
    with anywhere.engine.begin() as connection:
        rows = [{"id": one, "next_run_time": None, "job_state": b""} for one in names]
        connection.execute(apscheduler_jobs.insert(), rows)
    start()
    await_that(lambda: anywhere.agenda.job_ids() == [f"{schedule}:1"])
    await_that(lambda: len(dispatches(anywhere)) >= 2)


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
    until, shift = utc_now() + shift, timedelta(0)
    time.sleep(1.2)  # slots pass that were dispatched already
    found = dispatches(anywhere)
    require_each_second_once(found)
    assert found[-1].slot <= until


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
