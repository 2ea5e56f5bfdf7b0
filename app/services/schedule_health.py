"""Whether a schedule is well: its slots are dispatched in time, and its dispatches succeed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.health import Ended, HealthStore
from app.db.schedules import ScheduleStore
from app.db.switches import PAUSE, SwitchStore
from app.services.finding import Finding
from app.values.check import ScheduleTarget
from app.values.dispatch import DispatchState
from app.values.schedule import DamagedSchedule, StoredSchedule


def look_at_schedule(
    connection: sa.Connection, target: ScheduleTarget, *, now: datetime
) -> Finding:
    """Return how a schedule is, by its own records."""
    name = target.schedule
    schedule = ScheduleStore(connection).get(name)
    if schedule is None:
        return Finding.bad("schedule", f"there is no schedule {name!r}; create it, or the check's")
    if isinstance(schedule, DamagedSchedule):
        return Finding.bad("schedule", f"schedule {name!r} is set aside: {schedule.fault}")
    if schedule.paused:
        return Finding.good(f"schedule {name!r} is paused: nothing is expected of it")
    store = HealthStore(connection)
    ended = store.ended(name, target.failing_after)
    is_halted = SwitchStore(connection).is_on(PAUSE)
    late = None if is_halted else _late(schedule, target, now)
    found = late or _failing(ended, target) or _without_success(schedule, target, store, now)
    if found is not None:
        return found
    if is_halted:
        return Finding.good(f"schedule {name!r} is well", warning="the scheduler is paused")
    return Finding.good(_well(schedule, ended))


def _late(schedule: StoredSchedule, target: ScheduleTarget, now: datetime) -> Finding | None:
    due = schedule.due_at
    if due is None or (now - due).total_seconds() <= target.late_after:
        return None
    return Finding.bad(
        "late",
        f"the slot of {_shown(due)} is due for {_ago(now - due)} and not dispatched; see whether "
        "a scheduler runs",
        late_seconds=(now - due).total_seconds(),
    )


def _failing(ended: Sequence[Ended], target: ScheduleTarget) -> Finding | None:
    if len(ended) < target.failing_after or any(
        one.state is DispatchState.SUCCEEDED for one in ended
    ):
        return None
    last = ended[0]
    words = f"dispatch {last.id} (slot {_shown(last.slot)}) ended as {last.state}"
    if target.failing_after > 1:
        words = f"{target.failing_after} dispatches in a row did not succeed; {words}"
    return Finding.bad("failing", f"{words}; `disparo dispatch show {last.id}` tells why")


def _without_success(
    schedule: StoredSchedule, target: ScheduleTarget, store: HealthStore, now: datetime
) -> Finding | None:
    if target.success_within is None:
        return None
    last = store.succeeded_at(schedule.spec.name)
    since = last or schedule.created_at
    if (now - since).total_seconds() <= target.success_within:
        return None
    words = f"no success for {_ago(now - since)}{'' if last else ', since it was made'}"
    tried = f"`disparo schedules dispatches {schedule.spec.name}` lists what was tried"
    return Finding.bad("success", f"{words}; {tried}")


def _well(schedule: StoredSchedule, ended: Sequence[Ended]) -> str:
    following = f"next due {_shown(schedule.due_at)}" if schedule.due_at else "due only by hand"
    if not ended:
        return f"nothing was dispatched yet, {following}"
    return f"dispatch {ended[0].id} {ended[0].state}, {following}"


def _shown(moment: datetime) -> str:
    return moment.isoformat(" ", "seconds")


def _ago(length: timedelta) -> str:
    return str(timedelta(seconds=round(length.total_seconds())))
