"""`disparo schedules`: what runs when."""

from datetime import datetime
from typing import Annotated

import typer

from app.cli.editing import Editing
from app.cli.parts import (
    ACTOR,
    Json,
    command_group,
    err,
    in_zone,
    moment,
    read_schedule,
    services,
    show,
    show_one,
    show_table,
)
from app.clock import utc_now
from app.values.fires import Fires, fires
from app.values.overview import Filter, Overview
from app.values.when import When

group = command_group("What runs when.")
After = Annotated[str, typer.Option(help="ISO 8601, by the schedule's clock, or `now`.")]
Count = Annotated[int, typer.Option(min=1, max=1000)]


@group.command("list")
def list_schedules(
    *,
    paused: Annotated[bool | None, typer.Option("--paused/--active")] = None,
    model: str | None = None,
    text: Annotated[str | None, typer.Option(help="In the name, description or target.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 1000,
    as_json: Json = False,
) -> None:
    """List the schedules: when each is due, and how its last dispatch went."""
    wanted = Filter(paused=paused, model=model, text=text)
    with services() as factory:
        found, following = factory.schedules.overviews(wanted, limit=limit)
    if as_json:
        show(found, as_json=True, columns={})
        return
    headings = ("NAME", "MODEL", "DUE", "NEXT", "LAST", "STATE")
    show_table(headings, map(_row, found))
    if following is not None:
        err.print(f"there are more after {following}; --limit shows them")


def _row(one: Overview) -> list[object]:
    if one.spec is None:
        return [one.name, None, None, None, None, "set aside"]
    following = None if one.due_at is None else in_zone(one.spec, one.due_at)
    last = f"{one.last.id} {one.last.state}" if one.last else None
    state = "paused" if one.paused else "active"
    return [one.name, one.spec.model, one.words, following, last, state]


@group.command("show")
def show_schedule(name: str) -> None:
    """Show a schedule whole: what it says, when it is due, what ran last."""
    with services() as factory:
        show_one(factory.schedules.overview(name))


def _due(made: Overview) -> str:
    if made.spec is None or made.due_at is None:
        return "it is not due by itself"
    return f"due next at {in_zone(made.spec, made.due_at)} ({made.words})"


editing = Editing(
    noun="schedule",
    service=lambda factory: factory.schedules,
    read=read_schedule,
    told=_due,
    fields="cron='0 6 * * *' policies.retries.limit=3",
    removed=" and cancel what waits for it; what runs goes on, records stay",
)
editing.add_to(group)


@group.command("pause")
def pause(name: str, *, as_json: Json = False) -> None:
    """Pause a schedule: slots that fall into the pause are passed over."""
    with services() as factory:
        made = factory.schedules.pause(name, actor=ACTOR, now=utc_now())
    editing.tell(made, "paused", as_json=as_json)


@group.command("resume")
def resume(name: str, *, as_json: Json = False) -> None:
    """Let a paused schedule go on with its next slot."""
    with services() as factory:
        made = factory.schedules.resume(name, actor=ACTOR, now=utc_now())
    editing.tell(made, "resumed", as_json=as_json)


@group.command("fires")
def list_fires(name: str, after: After = "now", count: Count = 5, *, as_json: Json = False) -> None:
    """Say when a schedule is due next."""
    with services() as factory:
        found = factory.schedules.fires(name, after=_after(after), count=count)
    _show_fires(found, as_json=as_json)


@group.command("preview")
def preview(
    cron: Annotated[str, typer.Argument(help="Five fields, or @daily and the like.")],
    timezone: str = "UTC",
    after: After = "now",
    count: Count = 5,
    *,
    as_json: Json = False,
) -> None:
    """Say when a crontab expression is due; nothing is stored."""
    when = When(cron=cron, timezone=timezone)
    _show_fires(fires(when, after=_after(after), count=count), as_json=as_json)


def _after(text: str) -> datetime:
    return utc_now() if text == "now" else moment(text, "--after", "now")


def _show_fires(found: Fires, *, as_json: bool) -> None:
    if as_json:
        show_one(found)
        return
    typer.echo("\n".join((found.words, *found.fires)))


@group.command("export")
def export(
    names: Annotated[list[str] | None, typer.Argument(help="All of them, if left out.")] = None,
) -> None:
    """Print schedules as YAML that `disparo apply` takes."""
    with services() as factory:
        typer.echo(factory.schedules.export(names or None), nl=False)
