"""`disparo schedules`, second half: what a schedule is made to do, and what it did."""

from typing import Annotated

import typer

from app.cli.parts import (
    ACTOR,
    Json,
    in_zone,
    moment,
    parameter,
    services,
    show,
    show_one,
    show_table,
)
from app.cli.schedules import group
from app.clock import utc_now
from app.values.backfill import Backfill, BackfillRequest


@group.command("run")
def run(
    name: str,
    *,
    slot: Annotated[
        str | None, typer.Option(help="ISO 8601, by the schedule's clock; now, if left out.")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="k=v, for a parameter of the query.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most rows to predict.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Predict, but deliver nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Queue a dispatch by hand: the service runs it. `disparo dispatch run` runs it here."""
    with services() as factory:
        queued = factory.dispatches.order(
            name,
            now=utc_now(),
            actor=ACTOR,
            slot=None if slot in {None, "now"} else moment(str(slot), "--slot", "now"),
            parameters=dict(map(parameter, param or [])),
            limit=limit,
            dry_run=dry_run,
        )
    if as_json:
        show_one(queued)
    else:
        typer.echo(f"dispatch {queued.id} waits; `disparo dispatch logs -f {queued.id}` follows it")


@group.command("backfill")
def backfill(
    name: str,
    first: Annotated[str, typer.Argument(help="ISO 8601, by the schedule's clock.")],
    until: Annotated[str, typer.Argument(help="The first instant left out, or `now`.")],
    *,
    at_once: Annotated[int, typer.Option(min=1, max=1000, help="Most that run at once.")] = 1,
    rerun: Annotated[
        bool, typer.Option("--rerun", help="Slots too that succeeded, wait or run.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
    as_json: Json = False,
) -> None:
    """Queue one dispatch for each slot from FIRST until UNTIL, the oldest first."""
    now = utc_now()
    asked = BackfillRequest(
        schedule=name,
        first=moment(first, "FIRST"),
        until=now if until == "now" else moment(until, "UNTIL", "now"),
        rerun=rerun,
    )
    with services() as factory:
        if not dry_run:
            made = factory.backfills.order(asked, at_once=at_once, actor=ACTOR, now=now)
            _tell(made, as_json=as_json)
            return
        plan = factory.backfills.plan(asked, now=now)
    if as_json:
        show_one(plan)
    else:
        typer.echo(
            f"{plan.slots} slots, {plan.left_out} of them left out (dispatched already, or about "
            f"to be): it would make {plan.to_dispatch} dispatches"
        )


@group.command("backfills")
def list_backfills(name: str, limit: int = 20, *, as_json: Json = False) -> None:
    """List a schedule's backfills and how far each is, by the schedule's clock."""
    with services() as factory:
        when = factory.schedules.get(name).spec
        found = factory.backfills.page(name, limit=limit)
    if as_json:
        show(found, as_json=True, columns={})
        return
    rows = (
        [one.id, in_zone(when, one.first), in_zone(when, one.until), one.slots, _states(one)]
        for one in found
    )
    show_table(("ID", "FIRST", "UNTIL", "SLOTS", "STATES"), rows)


@group.command("cancel-backfill")
def cancel_backfill(name: str, backfill_id: int, *, as_json: Json = False) -> None:
    """Cancel what waits and runs of a backfill."""
    with services() as factory:
        found = factory.backfills.cancel(name, backfill_id, actor=ACTOR, now=utc_now())
    _tell(found, as_json=as_json)


def _tell(backfill: Backfill, *, as_json: bool) -> None:
    if as_json:
        show_one(backfill)
    else:
        typer.echo(f"backfill {backfill.id}: {backfill.slots} dispatches ({_states(backfill)})")


def _states(backfill: Backfill) -> str:
    return ", ".join(f"{count} {state}" for state, count in backfill.states.items()) or "none"


@group.command("dispatches")
def list_dispatches(name: str, limit: int = 20, *, as_json: Json = False) -> None:
    """List the newest dispatches of a schedule, by its clock."""
    with services() as factory:
        found = factory.dispatches.of_schedule(name, before=None, limit=limit)
    if as_json:
        show(found, as_json=True, columns={})
        return
    rows = (
        [
            one.id,
            in_zone(one.order.schedule, one.slot),
            one.kind,
            one.state,
            one.progress.rows_delivered,
            one.error.detail if one.error else None,
        ]
        for one in found
    )
    show_table(("ID", "SLOT", "KIND", "STATE", "ROWS", "ERROR"), rows)
