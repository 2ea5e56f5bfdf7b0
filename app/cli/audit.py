"""`disparo audit`: who did what, and who was refused."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import write_out
from app.cli.parts import Json, command_group, instant, services, show, show_table
from app.values.audit import AuditEntry, AuditFilter, AuditFormat

group = command_group("Who did what, whence, and who was refused.")
Since = Annotated[str | None, typer.Option(help="UTC, if it has no offset.")]
Noun = Annotated[str | None, typer.Option(help="E.g. schedule: all of them.")]
Subject = Annotated[str | None, typer.Option(help="Exactly, e.g. schedule:nightly.")]
What = Annotated[str | None, typer.Option("--name", help="What happened, e.g. refused.")]
_SHOWN = 80


@group.command("list")
def list_audit(  # noqa: PLR0913 - each is a filter
    *,
    actor: str | None = None,
    subject: Subject = None,
    noun: Noun = None,
    name: What = None,
    address: str | None = None,
    since: Since = None,
    until: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: Json = False,
) -> None:
    """List the newest entries that fit."""
    wanted = _filter(actor, subject, noun, name, address, since, until)
    with services() as factory:
        found = factory.audit.newest(wanted, limit=limit)
    if as_json:
        return show(found, as_json=True, columns={})
    headings = ("AT", "ACTOR", "ADDRESS", "SUBJECT", "WHAT", "DETAIL")
    return show_table(headings, map(_row, found))


@group.command("export")
def export(  # noqa: PLR0913 - each is a filter
    *,
    actor: str | None = None,
    subject: Subject = None,
    noun: Noun = None,
    name: What = None,
    address: str | None = None,
    since: Since = None,
    until: Since = None,
    form: Annotated[AuditFormat, typer.Option("--format")] = AuditFormat.CSV,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Standard output, if left out.")
    ] = None,
) -> None:
    """Write the entries that fit as CSV or lines of JSON, the newest first."""
    wanted = _filter(actor, subject, noun, name, address, since, until)
    with services() as factory:
        write_out(factory.audit.stream(wanted, form), file)


def _filter(
    actor: str | None,
    subject: str | None,
    noun: str | None,
    name: str | None,
    address: str | None,
    since: str | None,
    until: str | None,
) -> AuditFilter:
    return AuditFilter(
        actor=actor,
        subject=subject,
        noun=noun,
        name=name,
        address=address,
        since=None if since is None else instant(since, "--since"),
        until=None if until is None else instant(until, "--until"),
    )


def _row(one: AuditEntry) -> list[object]:
    told = ", ".join(f"{key}={value}" for key, value in one.detail.items())
    shown = told if len(told) <= _SHOWN else f"{told[:_SHOWN]}…"
    return [one.at, one.actor, one.address, one.subject, one.name, shown]
