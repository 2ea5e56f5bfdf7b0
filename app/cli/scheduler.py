"""`disparo scheduler`: the scheduler as a whole, in all services."""

import typer

from app.cli.parts import ACTOR, command_group, services
from app.clock import utc_now

group = command_group("The scheduler as a whole, in all services.")


@group.command("pause")
def pause() -> None:
    """Pause the scheduler until it is resumed: no slot is dispatched; runs by hand go on."""
    with services() as factory:
        found = factory.halt.turn(paused=True, actor=ACTOR, now=utc_now())
    since = found.changed_at.isoformat(" ", "seconds")
    typer.echo(f"the scheduler is paused by {found.actor} since {since}")


@group.command("resume")
def resume() -> None:
    """Let the scheduler go on; what became due meanwhile is up to each schedule's catch_up."""
    with services() as factory:
        factory.halt.turn(paused=False, actor=ACTOR, now=utc_now())
    typer.echo("the scheduler goes on")
