"""Looks at Disparo's own records: schedules that are late or fail, and the service part by part."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.db.check_results import Judged
from app.db.check_tables import check_results, check_rollups, flips
from app.factory import Factory
from app.services import check_retention
from app.services.watching import Batch
from app.values.check import Check, Reading, Result, State
from app.values.dispatch import DispatchState
from app.values.load import Load, LoadState
from app.values.standing import NewFlip
from app.values.verdict import OWN
from tests.scheduling import MINUTE, NOON, claim, declared, finish, lease


def look(factory: Factory, at: Any = NOON, **target: Any) -> Reading:
    """Look at a target at an instant."""
    spec = Check.model_validate({"name": "c", "target": target})
    return factory.looks.look(spec, at)


def schedule(factory: Factory, at: Any = NOON, **fields: Any) -> Reading:
    """Look at the schedule that is due each minute."""
    return look(factory, at, kind="schedule", schedule="each-minute", **fields)


def test_a_schedule_is_late_when_its_slot_waits_too_long(anywhere: Factory) -> None:
    """Up to `late_after` it is well; paused, or with the scheduler paused, nothing is expected."""
    assert schedule(anywhere).failed_step == "schedule"
    made = declared(anywhere)
    assert schedule(anywhere, NOON + 6 * MINUTE).ok
    late = schedule(anywhere, NOON + 6 * MINUTE + timedelta(seconds=1))
    assert (late.ok, late.failed_step, late.facts) == (False, "late", {"late_seconds": 301.0})
    anywhere.halt.turn(paused=True, actor="test", now=NOON)
    halted = schedule(anywhere, NOON + 60 * MINUTE)
    assert (halted.ok, halted.warning) == (True, "the scheduler is paused")
    anywhere.halt.turn(paused=False, actor="test", now=NOON)
    claim(anywhere, made, NOON + 60 * MINUTE)
    assert schedule(anywhere, NOON + 60 * MINUTE).ok
    anywhere.schedules.pause("each-minute", actor="test", now=NOON)
    assert "is paused" in schedule(anywhere, NOON + 600 * MINUTE).detail


def test_a_schedule_fails_after_so_many_dispatches(anywhere: Factory) -> None:
    """What was cancelled does not count; one success among the last is enough."""
    made = declared(anywhere, policies={"catch_up": "skip"})
    ends = (DispatchState.FAILED, DispatchState.CANCELLED, DispatchState.TIMED_OUT)
    for minute, state in enumerate(ends, 1):
        claim(anywhere, anywhere.schedules.get(made.spec.name), NOON + minute * MINUTE)
        finish(anywhere, state)
    now = NOON + 3 * MINUTE
    failing = schedule(anywhere, now, failing_after=2)
    assert (failing.ok, failing.failed_step) == (False, "failing")
    assert "2 dispatches in a row did not succeed; dispatch 3" in failing.detail
    assert schedule(anywhere, now, failing_after=3).ok
    claim(anywhere, anywhere.schedules.get(made.spec.name), NOON + 4 * MINUTE)
    finish(anywhere)
    assert schedule(anywhere, NOON + 4 * MINUTE).ok


def test_a_schedule_without_a_success_is_told(anywhere: Factory) -> None:
    """Counted from the last one, or from when the schedule was made."""
    made = declared(anywhere, cron="0 0 1 1 *")
    hour = {"success_within": 3600.0}
    assert schedule(anywhere, NOON + 60 * MINUTE, **hour).ok
    none = schedule(anywhere, NOON + 61 * MINUTE, **hour)
    assert (none.failed_step, "since it was made" in none.detail) == (
        "success",
        True,
    )
    anywhere.dispatches.order(made.spec.name, now=NOON, actor="test")
    finish(anywhere)
    assert schedule(anywhere, NOON + 60 * MINUTE, **hour).ok
    again = schedule(anywhere, NOON + 61 * MINUTE, **hour)
    assert (again.failed_step, again.detail) == (
        "success",
        "no success for 1:01:00; `disparo schedules dispatches each-minute` lists what was tried",
    )


def part(factory: Factory, name: str, at: Any = NOON) -> Reading:
    """Look at a part of the service."""
    return look(factory, at, kind="service", part=name)


def test_the_scheduler_is_down_when_nobody_holds_its_lease(anywhere: Factory) -> None:
    """Or when its threads are dead; paused by a person it is degraded, with who and since when."""
    assert part(anywhere, "scheduler").failed_step == "lease"
    lease(anywhere)
    assert part(anywhere, "scheduler").ok
    anywhere.halt.turn(paused=True, actor="ann", now=NOON)
    assert "paused by ann since 2026-03-02 12:00" in str(part(anywhere, "scheduler").warning)
    anywhere.looks.local.scheduler_fault = lambda: "APScheduler's thread has died"
    assert part(anywhere, "scheduler").failed_step == "thread"


def test_the_queue_is_down_when_it_is_full(anywhere: Factory) -> None:
    """And degraded when something waits for long."""
    made = declared(anywhere)
    assert part(anywhere, "queue").ok
    claim(anywhere, made, NOON + MINUTE)
    assert part(anywhere, "queue", NOON + 2 * MINUTE).warning is None
    assert "since 360 s" in str(part(anywhere, "queue", NOON + 7 * MINUTE).warning)
    bounds = anywhere.settings.scheduler.model_copy(update={"queue": 1})
    anywhere.looks._health._settings = SimpleNamespace(scheduler=bounds)  # type: ignore[assignment]
    assert part(anywhere, "queue", NOON + 2 * MINUTE).failed_step == "full"


def test_what_the_process_knows_of_itself(factory: Factory) -> None:
    """The prediction log's backlog, and live versions that are not loaded."""
    assert part(factory, "prediction log").ok
    assert part(factory, "models").ok
    key = ("flight-delay", 1)
    live = SimpleNamespace(loads=lambda: {key: Load(state=LoadState.LOADED)})
    showroom: Any = SimpleNamespace(waiting=(11_000, 5), live=live)
    factory.looks.local.showroom = lambda: showroom
    assert "more than half" in str(part(factory, "prediction log").warning)
    showroom.waiting = (20_000, 5)
    assert part(factory, "prediction log").failed_step == "full"
    assert part(factory, "models").facts == {"loaded": 1}
    live.loads = lambda: {key: Load(state=LoadState.LOADING)}
    found = part(factory, "models")
    assert (found.ok, found.detail) == (True, "being loaded: flight-delay version 1")
    live.loads = lambda: {key: Load(state=LoadState.FAILED, detail="its file is gone")}
    words = "live, and not loaded: flight-delay version 1: its file is gone"
    assert part(factory, "models").detail == words


def test_without_its_database_nothing_else_can_be_said(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is down; looks that begin in its records could not be made."""
    assert part(factory, "database").ok

    def away(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("gone away"))

    monkeypatch.setattr(factory.looks._reading, "begin", away)
    monkeypatch.setattr(factory.looks, "_probes", lambda: SimpleNamespace(look=away))
    down = part(factory, "database")
    assert (down.ok, down.failed_step, "gone away" in down.detail) == (False, "database", True)
    assert part(factory, "scheduler").failed_step == OWN
    assert schedule(factory).failed_step == OWN
    assert look(factory, kind="database", source="s").failed_step == OWN


def test_old_results_go_in_steps(anywhere: Factory) -> None:
    """Each result by its days, then hours, days and flips by theirs; nothing else goes."""
    spec = Check.model_validate({"name": "c", "target": {"kind": "disk"}})
    anywhere.checks.create(spec, actor="test", now=utc_now())
    held = anywhere.leases.take("monitor", "test")
    assert held is not None
    moments = [NOON - timedelta(days=days) for days in (0, 2, 4, 95, 2000)]
    anywhere.watching.write(
        Batch(
            judged=tuple(
                Judged(
                    check_id=1,
                    state=State.UP,
                    result=Result(check="c", at=at, ok=True, seconds=1.0, detail="well"),
                )
                for at in moments
            ),
            flips=tuple(
                NewFlip(
                    check="c", before=State.UP, after=State.DOWN, at=at, detail="", told=None,
                    muted_by="test",
                )
                for at in reversed(moments)
            ),
        ),
        held,
    )  # fmt: skip
    steps = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check_retention, "_AT_ONCE", 1)
        while anywhere.check_retention.remove(held, now=NOON):
            steps += 1
    assert steps > 1
    with anywhere.engine.begin() as connection:
        counted = [
            connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (check_results, check_rollups, flips)
        ]
    assert counted == [2, 3 + 4, 4]
