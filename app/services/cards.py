"""The Monitor's tiles: how checks and schedules are shown, and what of all is down."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from app.services.checks import view
from app.values.check import State
from app.values.language import elsewhere
from app.values.load import Load, LoadState
from app.values.maintenance import Maintenance
from app.values.monitor import (
    CheckCard,
    Holding,
    ModelsCard,
    Running,
    ScheduleCard,
    ServiceCard,
)
from app.values.schedule import StoredSchedule
from app.values.standing import Standing

if TYPE_CHECKING:
    from app.db.checks import Row
    from app.db.glance import Glance
    from app.inference.registry import Key
    from app.services.monitor import Snapshot


_START = "start one (`disparo serve`), or see why the one that ran does not any more"


def check_cards(
    snapshot: "Snapshot", standings: Mapping[int, Standing], *, now: datetime
) -> tuple[CheckCard, ...]:
    """Return all checks, by name; `standings` go before those on record."""
    opened = [one for one in snapshot.windows if one.is_open(now)]
    day, week = snapshot.uptimes.day, snapshot.uptimes.week
    return tuple(
        _check(
            (stored, standings.get(stored.id, standing)),
            opened,
            day=day.get(stored.id),
            week=week.get(stored.id),
        )
        for stored, standing in snapshot.checks
    )


def _check(
    row: "Row", opened: Sequence[Maintenance], *, day: float | None, week: float | None
) -> CheckCard:
    shown = view(row)
    spec, last = shown.spec, shown.last
    names = [one.name for one in opened if not one.checks or shown.name in one.checks]
    return CheckCard(
        name=shown.name,
        kind=shown.kind,
        description=spec.description if spec else "",
        every=spec.every if spec else None,
        state=shown.state,
        since=shown.since,
        detail=shown.detail,
        at=last.at if last else None,
        ok=last.ok if last else None,
        seconds=last.seconds if last else None,
        failures=shown.failures,
        flapping=shown.flapping,
        hidden_by=shown.hidden_by,
        maintenance=names[0] if names else None,
        uptime_day=day,
        uptime_week=week,
    )


def schedule_cards(snapshot: "Snapshot") -> tuple[ScheduleCard, ...]:
    """Return all schedules, by name, with what of them runs."""
    running: dict[str, list[Running]] = defaultdict(list)
    for one in snapshot.running:
        running[one.schedule].append(one)
    return tuple(
        _schedule(one, snapshot, tuple(running.get(one.name, ()))) for one in snapshot.glances
    )


def _schedule(glance: "Glance", snapshot: "Snapshot", running: tuple[Running, ...]) -> ScheduleCard:
    found = snapshot.specs.get(glance.id)
    spec = found.spec if isinstance(found, StoredSchedule) else None
    fault = glance.fault or (None if spec else "its stored spec cannot be read")
    return ScheduleCard(
        name=glance.name,
        description=spec.description if spec else "",
        words=spec.words() if spec else None,
        words_in=elsewhere(spec.words) if spec else {},
        paused=glance.paused,
        fault=fault,
        due_at=glance.due_at if spec else None,
        last=glance.last,
        running=running,
    )


def models_card(loads: "Mapping[Key, Load]") -> ModelsCard:
    """Return how far live versions are: what takes too long to load is missing, too."""
    waits = {
        f"{model} version {number}": load.detail
        for (model, number), load in loads.items()
        if load.state is not LoadState.LOADED
    }
    return ModelsCard(
        loaded=len(loads) - len(waits),
        loading=tuple(name for name, why in waits.items() if why is None),
        missing=tuple(name for name, why in waits.items() if why is not None),
    )


def down(checks: Sequence[CheckCard], service: ServiceCard) -> tuple[str, ...]:
    """Return what is down, in words, the service itself first."""
    wrong = []
    if service.database.state == "down":
        wrong.append(service.database.detail)
    if service.scheduler.state is Holding.NOBODY:
        wrong.append(f"no service is the scheduler: {service.scheduler.detail}; {_START}")
    elif service.scheduler.state is Holding.RUNNING and service.scheduler.detail:
        wrong.append(f"the scheduler: {service.scheduler.detail}")
    if service.monitor.state is Holding.NOBODY:
        wrong.append(f"no service looks at checks: {service.monitor.detail}; {_START}")
    if service.models is not None and service.models.missing:
        wrong.append(f"live, and not loaded: {', '.join(service.models.missing)}")
    return (*wrong, *(f"{one.name}: {one.detail}" for one in checks if one.state is State.DOWN))
