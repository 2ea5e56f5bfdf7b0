"""`disparo schedules`: what runs when."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.parts import (
    ACTOR,
    Json,
    command_group,
    err,
    in_zone,
    moment,
    patch,
    read_schedule,
    services,
    show,
    show_one,
    show_table,
)
from app.clock import utc_now
from app.values.event import Event
from app.values.fires import Fires, fires
from app.values.overview import Filter, Overview
from app.values.when import When

group = command_group("What runs when.")
File = Annotated[Path, typer.Argument(help="YAML or JSON of one schedule; - for standard input.")]
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


@group.command("create")
def create(file: File, *, as_json: Json = False) -> None:
    """Create the schedule that FILE describes."""
    spec = read_schedule(file)
    with services() as factory:
        made = factory.schedules.create(spec, actor=ACTOR, now=utc_now())
    _tell(made, "created", as_json=as_json)


@group.command("replace")
def replace(file: File, *, as_json: Json = False) -> None:
    """Replace the schedule of the name that FILE gives by what FILE describes."""
    spec = read_schedule(file)
    with services() as factory:
        made = factory.schedules.replace(spec.name, spec, actor=ACTOR, now=utc_now())
    _tell(made, "replaced", as_json=as_json)


@group.command("set")
def set_fields(
    name: str,
    fields: Annotated[
        list[str],
        typer.Argument(help="FIELD=VALUE, e.g. cron='0 6 * * *' policies.retries.limit=3;"
                       " null takes a field back to its default."),
    ],
    *,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Change fields of a schedule; all others stay."""
    with services() as factory:
        made = factory.schedules.change(name, patch(fields), actor=ACTOR, now=utc_now())
    _tell(made, "changed", as_json=as_json)


@group.command("remove")
def remove(name: str) -> None:
    """Remove a schedule and cancel what waits for it; what runs goes on, records stay."""
    with services() as factory:
        factory.schedules.remove(name, actor=ACTOR, now=utc_now())
    typer.echo(f"removed {name}")


@group.command("pause")
def pause(name: str, *, as_json: Json = False) -> None:
    """Pause a schedule: slots that fall into the pause are passed over."""
    with services() as factory:
        made = factory.schedules.pause(name, actor=ACTOR, now=utc_now())
    _tell(made, "paused", as_json=as_json)


@group.command("resume")
def resume(name: str, *, as_json: Json = False) -> None:
    """Let a paused schedule go on with its next slot."""
    with services() as factory:
        made = factory.schedules.resume(name, actor=ACTOR, now=utc_now())
    _tell(made, "resumed", as_json=as_json)


def _tell(made: Overview, done: str, *, as_json: bool) -> None:
    if as_json:
        show_one(made)
        return
    due = "it is not due by itself"
    if made.spec is not None and made.due_at is not None:
        due = f"due next at {in_zone(made.spec, made.due_at)} ({made.words})"
    typer.echo(f"{done} {made.name}, revision {made.revision}: {due}")
    for warning in made.warnings:
        err.print(f"warning: {warning}", style="yellow")


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
    return utc_now() if text == "now" else moment(text, "--after")


def _show_fires(found: Fires, *, as_json: bool) -> None:
    if as_json:
        show_one(found)
        return
    typer.echo("\n".join((found.words, *found.fires)))


@group.command("history")
def history(name: str, limit: int = 1000, *, as_json: Json = False) -> None:
    """Show who changed what of a schedule, and when; also of a removed one."""
    with services() as factory:
        found = factory.schedules.history(name, limit=limit)
    if as_json:
        show(found, as_json=True, columns={})
        return
    show_table(
        ("AT", "WHO", "WHAT", "CHANGES"),
        ([one.at, one.actor, one.name, changes(one)] for one in found),
    )


def changes(event: Event) -> str:
    """Return what an edit changed, on one line."""
    before, after = event.detail.get("before"), event.detail.get("after")
    if before is None or after is None:
        return ", ".join(f"{key}={value}" for key, value in event.detail.items())
    if not before or not after:
        return ""
    return ", ".join(
        f"{path}: {before.get(path, 'default')} -> {after.get(path, 'default')}"
        for path in {**before, **after}
    )


@group.command("export")
def export(
    names: Annotated[list[str] | None, typer.Argument(help="All of them, if left out.")] = None,
) -> None:
    """Print schedules as YAML that `disparo apply` takes."""
    with services() as factory:
        typer.echo(factory.schedules.export(names or None), nl=False)
