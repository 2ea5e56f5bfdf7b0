"""`disparo checks`: what the Monitor looks at."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import typer

from app.cli.editing import Editing
from app.cli.parts import (
    ACTOR,
    Json,
    command_group,
    err,
    percent,
    read_one,
    services,
    show,
    show_one,
    show_table,
)
from app.clock import utc_now
from app.errors import ExitCode
from app.services.documents import parsed
from app.values.check import Check, State
from app.values.check_view import CheckView, Look, Rollup, Width

Row = TypeVar("Row", Look, Rollup)
_LOOKS = ("AT", "STATE", "SECONDS", "FOUND")
_ROLLUPS = ("START", "LOOKS", "FAILURES", "UPTIME", "MEAN SECONDS", "MOST SECONDS")
group = command_group("What the Monitor looks at.")


@group.command("list")
def list_checks(
    *,
    kind: str | None = None,
    state: State | None = None,
    limit: Annotated[int, typer.Option(min=1)] = 1000,
    as_json: Json = False,
) -> None:
    """List the checks: how each stands, since when, and why."""
    with services() as factory:
        found = factory.checks.page(kind=kind, state=state, limit=limit)
    if as_json:
        show(found, as_json=True, columns={})
        return
    show_table(("NAME", "KIND", "STATE", "SINCE", "SECONDS", "WHY"), map(_row, found))
    if len(found) == limit:
        err.print(f"there may be more after {found[-1].name}; --limit shows them")


def _row(one: CheckView) -> list[object]:
    seconds = None if one.last is None else f"{one.last.seconds:.3f}"
    return [one.name, one.kind, one.state, one.since, seconds, one.detail]


@group.command("show")
def show_check(name: str) -> None:
    """Show a check whole: what it says, how it stands, what the last look found."""
    with services() as factory:
        show_one(factory.checks.get(name))


editing = Editing(
    noun="check",
    service=lambda factory: factory.checks,
    read=lambda file: parsed(Check, "check", read_one(file, "check")),
    told=lambda made: made.detail if made.paused else f"{made.state}, {made.detail}",
    fields="every=30 target.port=3306",
    removed=" and its results",
)
editing.add_to(group)


@group.command("pause")
def pause(name: str, *, as_json: Json = False) -> None:
    """Pause a check: nobody looks, and nobody is told."""
    with services() as factory:
        made = factory.checks.set_paused(name, paused=True, actor=ACTOR, now=utc_now())
    editing.tell(made, "paused", as_json=as_json)


@group.command("resume")
def resume(name: str, *, as_json: Json = False) -> None:
    """Let a paused check go on."""
    with services() as factory:
        made = factory.checks.set_paused(name, paused=False, actor=ACTOR, now=utc_now())
    editing.tell(made, "resumed", as_json=as_json)


@group.command("test")
def look(name: str, *, as_json: Json = False) -> None:
    """Look now, from here, and tell what is found; exit with 10 if it is not well.

    It is not recorded, and changes no state.
    """
    with services() as factory:
        found = factory.looks.look(factory.checks.sound(name), utc_now())
    if as_json:
        show_one(found)
    else:
        steps = "".join(f"\n  {one.step}: {one.seconds:.3f} s" for one in found.steps)
        word = "well" if found.ok else f"failed at {found.failed_step}"
        warning = f"\nwarning: {found.warning}" if found.warning else ""
        typer.echo(f"{word} after {found.seconds:.3f} s: {found.detail}{steps}{warning}")
    if not found.ok:
        raise typer.Exit(ExitCode.NOT_WELL)


@group.command("results")
def results(name: str, *, by: Width = Width.HOUR, limit: int = 24, as_json: Json = False) -> None:
    """Show what looks found, the newest first: each one (raw), by hour or by day of UTC."""
    with services() as factory:
        if by is Width.RAW:
            looks, _ = factory.checks.looks(name, limit=limit)
            _print(looks, _LOOKS, _look, as_json=as_json)
        else:
            found, _ = factory.checks.rollups(name, by, limit=limit)
            _print(found, _ROLLUPS, _rollup, as_json=as_json)


def _print(
    found: Sequence[Row],
    headings: Sequence[str],
    cells: Callable[[Row], list[object]],
    *,
    as_json: bool,
) -> None:
    if as_json:
        show(found, as_json=True, columns={})
    else:
        show_table(headings, map(cells, found))


def _look(one: Look) -> list[object]:
    return [one.at, one.state, f"{one.seconds:.3f}", one.detail]


def _rollup(one: Rollup) -> list[object]:
    seconds = (f"{one.mean_seconds:.3f}", f"{one.max_seconds:.3f}")
    return [one.start, one.looks, one.failures, percent(one.uptime), *seconds]


@group.command("flips")
def flips(name: str, limit: int = 50, *, as_json: Json = False) -> None:
    """Show the changes of a check's state, the newest first."""
    with services() as factory:
        found = factory.checks.flips(name, limit=limit)
    columns = {"AT": "at", "FROM": "before", "TO": "after", "WHY": "detail", "NOT TOLD": "muted_by"}
    show(found, as_json=as_json, columns=columns)


@group.command("export")
def export(
    names: Annotated[list[str] | None, typer.Argument(help="All of them, if left out.")] = None,
) -> None:
    """Print checks as YAML that `disparo apply` takes."""
    with services() as factory:
        typer.echo(factory.checks.export(names or None), nl=False)
