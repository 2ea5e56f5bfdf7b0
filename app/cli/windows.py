"""`disparo windows`: when checks are looked at, and nobody is told."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from app.cli.parts import (
    ACTOR,
    Json,
    command_group,
    err,
    in_zone,
    read_one,
    services,
    show,
    show_table,
)
from app.clock import utc_now
from app.services.documents import parsed
from app.values.maintenance import Maintenance, StoredMaintenance

group = command_group("Maintenance windows: checks are looked at, and nobody is told.")
File = Annotated[Path, typer.Argument(help="YAML or JSON of one window; - for standard input.")]
_COLUMNS = ("NAME", "STATE", "CHECKS", "WHEN", "DURATION", "TIMEZONE")
_DURATION = TypeAdapter(timedelta)


@group.command("list")
def list_windows(*, as_json: Json = False) -> None:
    """List the maintenance windows."""
    with services() as factory:
        found = factory.windows.all()
    if as_json:
        show(found, as_json=True, columns={})
        return
    now = utc_now()
    show_table(_COLUMNS, (_row(one, now) for one in found))
    for one in found:
        if one.fault is not None:
            err.print(f"{one.name}: {one.fault}; replace it, or remove it", markup=False)


@group.command("create")
def create(file: File) -> None:
    """Create the maintenance window that FILE describes."""
    spec = parsed(Maintenance, "window", read_one(file, "window"))
    with services() as factory:
        _tell("created", factory.windows.create(spec, actor=ACTOR, now=utc_now()))


@group.command("replace")
def replace(file: File) -> None:
    """Replace the maintenance window that FILE names by what it says."""
    spec = parsed(Maintenance, "window", read_one(file, "window"))
    with services() as factory:
        _tell("replaced", factory.windows.replace(spec.name, spec, actor=ACTOR, now=utc_now()))


@group.command("remove")
def remove(name: str) -> None:
    """Remove a maintenance window: what is wrong by then is told of."""
    with services() as factory:
        factory.windows.remove(name, actor=ACTOR, now=utc_now())
    typer.echo(f"removed {name}")


def _tell(done: str, made: StoredMaintenance) -> None:
    assert made.spec is not None  # noqa: S101 - it was written just now
    typer.echo(f"{done} {made.name}: it is {_state(made.spec, utc_now())}")


def _state(spec: Maintenance, now: datetime) -> str:
    if not spec.is_open(now):
        start = spec.opens_at(now)
        return "over" if start is None else f"not open before {in_zone(spec.when, start)}"
    end = spec.closes_at(now)
    if end is None:
        return "open now, and never closes: it begins again before it ends"
    return f"open now, until {in_zone(spec.when, end)}"


def _row(one: StoredMaintenance, now: datetime) -> list[object]:
    spec = one.spec
    if spec is None:
        return [one.name, "cannot be read", *[None] * (len(_COLUMNS) - 2)]
    length = spec.duration and _DURATION.dump_python(spec.duration, mode="json")
    checks = ", ".join(spec.checks) or "all"
    when = one.words or f"{spec.starts:%Y-%m-%d %H:%M%z} until {spec.ends:%Y-%m-%d %H:%M%z}"
    return [one.name, _state(spec, now), checks, when, length, spec.timezone]
