"""`disparo sources`: outside databases."""

import typer

from app.cli.parts import ACTOR, Json, command_group, services, show
from app.clock import utc_now
from app.errors import ExitCode

group = command_group("Outside databases.")


@group.command("add")
def add_source(name: str, connection: str, description: str = "") -> None:
    """Add a source: an ODBC connection string or an SQLAlchemy URL; ${NAME} takes a variable."""
    with services() as factory:
        factory.sources.add(name, connection, description, actor=ACTOR, now=utc_now())
    typer.echo(f"added {name}; `disparo sources test {name}` tries it")


@group.command("list")
def list_sources(*, as_json: Json = False) -> None:
    """List the sources."""
    with services() as factory:
        columns = {
            "NAME": "name",
            "KIND": "kind",
            "DECLARED IN": "declared_in",
            "DESCRIPTION": "description",
        }
        show(factory.sources.all(), as_json=as_json, columns=columns)


@group.command("test")
def test_source(name: str) -> None:
    """Try every step of a connection."""
    with services() as factory:
        probe = factory.sources.test(name)
    typer.echo(f"{name}: {probe.detail} ({probe.seconds:.2f} s)")
    if not probe.ok:
        raise typer.Exit(ExitCode.SOURCE_UNREACHABLE)


@group.command("remove")
def remove_source(name: str) -> None:
    """Remove a source."""
    with services() as factory:
        factory.sources.remove(name, actor=ACTOR, now=utc_now())
    typer.echo(f"removed {name}")
