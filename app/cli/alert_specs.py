"""What `disparo alerts channels` and `disparo alerts rules` have in common."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.parts import (
    ACTOR,
    Json,
    command_group,
    patch,
    read_one,
    services,
    show,
    show_one,
    show_table,
)
from app.cli.schedules import changes
from app.clock import utc_now

if TYPE_CHECKING:  # it loads SQLAlchemy, which `disparo --help` does not need
    from app.factory import Factory

File = Annotated[Path, typer.Argument(help="YAML or JSON of one; - for standard input.")]
Fields = Annotated[
    list[str],
    typer.Argument(help="FIELD=VALUE by its path; null takes a field back to its default."),
]


def spec_group(
    noun: str,
    purpose: str,
    service: "Callable[[Factory], Any]",
    headings: Sequence[str],
    row: Callable[[Any], Sequence[object]],
) -> typer.Typer:
    """Return the group of commands that list and edit channels, or rules."""
    group = command_group(purpose)

    @group.command("list")
    def list_specs(*, as_json: Json = False) -> None:
        with services() as factory:
            found = service(factory).page()
        if as_json:
            show(found, as_json=True, columns={})
        else:
            show_table(headings, map(row, found))

    @group.command("show")
    def show_spec(name: str) -> None:
        with services() as factory:
            show_one(service(factory).get(name))

    @group.command("create")
    def create(file: File) -> None:
        with services() as factory:
            spec = service(factory).parsed(read_one(file, noun))
            made = service(factory).create(spec, actor=ACTOR, now=utc_now())
        typer.echo(f"created {made.name}, revision {made.revision}")

    @group.command("replace")
    def replace(file: File) -> None:
        with services() as factory:
            spec = service(factory).parsed(read_one(file, noun))
            made = service(factory).replace(spec.name, spec, actor=ACTOR, now=utc_now())
        typer.echo(f"replaced {made.name}, revision {made.revision}")

    @group.command("set")
    def set_fields(name: str, fields: Fields) -> None:
        with services() as factory:
            made = service(factory).change(name, patch(fields), actor=ACTOR, now=utc_now())
        typer.echo(f"changed {made.name}, revision {made.revision}")

    @group.command("remove")
    def remove(name: str) -> None:
        with services() as factory:
            service(factory).remove(name, actor=ACTOR, now=utc_now())
        typer.echo(f"removed {name}")

    @group.command("history")
    def history(name: str, limit: int = 1000, *, as_json: Json = False) -> None:
        with services() as factory:
            found = service(factory).history(name, limit=limit)
        if as_json:
            show(found, as_json=True, columns={})
        else:
            rows = ([one.at, one.actor, one.name, changes(one)] for one in found)
            show_table(("AT", "WHO", "WHAT", "CHANGES"), rows)

    _describe(group, noun)
    return group


def _describe(group: typer.Typer, noun: str) -> None:
    """Say in `--help` what each command does."""
    words = {
        "list": f"List the {noun}s.",
        "show": f"Show a {noun} whole; secrets are masked.",
        "create": f"Create the {noun} that FILE describes.",
        "replace": f"Replace the {noun} of the name that FILE gives by what FILE describes.",
        "set": f"Change fields of a {noun}; all others stay.",
        "remove": f"Remove a {noun}.",
        "history": f"Show what happened to a {noun}; also of a removed one.",
    }
    for command in group.registered_commands:
        command.help = words[str(command.name)]
