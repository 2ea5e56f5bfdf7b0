"""`disparo` itself: settings, serve, apply."""

from pathlib import Path
from typing import Annotated

import typer
import yaml

from app import __version__
from app.cli.parts import Json, services
from app.clock import utc_now
from app.errors import ExitCode
from app.settings import effective, load_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def disparo(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=lambda on: _version(wanted=on), is_eager=True)
    ] = False,
) -> None:
    """Machine-learning models in production from one self-hosted service."""


@cli.command()
def settings() -> None:
    """Print the effective settings, secrets redacted."""
    typer.echo(yaml.safe_dump(effective(load_settings()), sort_keys=False).rstrip())


@cli.command()
def serve() -> None:
    """Start the service."""
    from app.main import serve as start

    start(load_settings())


@cli.command()
def apply(file: Path) -> None:
    """Make sources, schedules, checks, windows and alerts be as FILE declares them."""
    with services() as factory:
        changed = factory.declarations.apply(file, now=utc_now())
        released = factory.declarations.release(file, now=utc_now())
    lines = [f"applied {one}" for one in changed]
    lines += [f"released {one}: it stays, and can be edited or removed" for one in released]
    typer.echo("\n".join(lines) or "nothing to change")


@cli.command()
def status(*, as_json: Json = False) -> None:
    """Show checks, schedules and the service at a glance; exit with 10 if anything is down."""
    from app.cli.status import show_status

    with services(checked=False) as factory:
        document = factory.monitor.document(now=utc_now())
    show_status(document, as_json=as_json)
    if not document.well:
        raise typer.Exit(ExitCode.NOT_WELL)
