"""`disparo status`: the Monitor's document as tables."""

import typer

from app.cli.parts import err, percent, show_one, show_table
from app.values.monitor import CheckCard, MonitorDocument, Office, Running, ScheduleCard


def show_status(document: MonitorDocument, *, as_json: bool) -> None:
    """Print what the Monitor shows: the service, checks, schedules, and what is down."""
    if as_json:
        show_one(document)
        return
    service = document.service
    parts: list[tuple[str, str, str]] = [
        ("database", service.database.state, service.database.detail),
        ("scheduler", service.scheduler.state, _office(service.scheduler)),
        ("monitor", service.monitor.state, _office(service.monitor)),
    ]
    if service.queue is not None:
        words = f"{service.queue.waiting} wait, {service.queue.running} run"
        parts.append(("dispatches", "-", words))
    if document.windows:
        parts.append(("maintenance", "open", f"windows {', '.join(document.windows)}"))
    show_table(("SERVICE", "STATE", ""), parts)
    if checks := [one for several in document.checks.values() for one in several]:
        typer.echo()
        tiles = ("CHECK", "KIND", "STATE", "SINCE", "SECONDS", "24 H", "7 D", "WHY")
        show_table(tiles, map(_check, checks))
    if document.schedules:
        typer.echo()
        show_table(
            ("SCHEDULE", "STATE", "LAST", "NEXT", "RUNS"), map(_schedule, document.schedules)
        )
    for one in document.down:
        err.print(f"down: {one}", style="red", markup=False)


def _office(office: Office) -> str:
    return ", ".join(filter(None, (office.holder, office.detail))) or "-"


def _check(one: CheckCard) -> list[object]:
    seconds = None if one.seconds is None else f"{one.seconds:.3f}"
    state = f"{one.state} (flapping)" if one.flapping else one.state
    why = one.detail if one.maintenance is None else f"({one.maintenance}) {one.detail}"
    parts = (percent(one.uptime_day), percent(one.uptime_week))
    return [one.name, one.kind, state, one.since, seconds, *parts, why]


def _schedule(one: ScheduleCard) -> list[object]:
    state = "set aside" if one.fault else "paused" if one.paused else "active"
    last = f"{one.last.id} {one.last.state}" if one.last else None
    return [one.name, state, last, one.due_at, ", ".join(map(_running, one.running)) or None]


def _running(one: Running) -> str:
    progress = one.progress
    expected = "" if progress.rows_expected is None else f" of {progress.rows_expected}"
    return f"{one.id}: {progress.rows_delivered}{expected} rows"
