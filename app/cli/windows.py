"""`disparo windows`: when checks are looked at, and nobody is told."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.parts import ACTOR, Json, command_group, read_one, services, show
from app.clock import utc_now
from app.services.documents import parsed
from app.values.maintenance import Maintenance, StoredMaintenance

group = command_group("Maintenance windows: checks are looked at, and nobody is told.")


@group.command("list")
def list_windows(*, as_json: Json = False) -> None:
    """List the maintenance windows."""
    with services() as factory:
        found = [one.spec for one in factory.windows.all()]
    names = ("name", "checks", "starts", "ends", "cron", "duration", "timezone")
    show(found, as_json=as_json, columns={one.upper(): one for one in names})


@group.command("create")
def create(
    file: Annotated[Path, typer.Argument(help="YAML or JSON of one window; - for standard input.")],
) -> None:
    """Create the maintenance window that FILE describes."""
    spec = parsed(Maintenance, "window", read_one(file, "window"))
    with services() as factory:
        _tell(factory.windows.create(spec, actor=ACTOR, now=utc_now()))


@group.command("remove")
def remove(name: str) -> None:
    """Remove a maintenance window: what is wrong by then is told of."""
    with services() as factory:
        factory.windows.remove(name, actor=ACTOR, now=utc_now())
    typer.echo(f"removed {name}")


def _tell(made: StoredMaintenance) -> None:
    state = "it is open now" if made.spec.is_open(utc_now()) else "it is not open now"
    typer.echo(f"created {made.spec.name}: {state}")
