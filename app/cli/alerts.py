"""`disparo alerts`: who is told of what, and what became of it."""

from typing import Annotated

import typer

from app.cli.editing import Editing
from app.cli.parts import (
    ACTOR,
    Json,
    command_group,
    err,
    read_one,
    services,
    show,
    show_one,
    show_table,
)
from app.clock import utc_now
from app.errors import ExitCode
from app.services.documents import parsed
from app.values.alert import Alert, AlertFilter, AlertState, Rule, RuleOverview
from app.values.channel import Channel, ChannelOverview
from app.values.notice import Subject

group = command_group("Who is told of what, and what became of it.")


def _channel_row(one: ChannelOverview) -> list[object]:
    return [one.name, one.place or f"damaged: {one.fault}", one.revision, one.declared_in]


def _rule_row(one: RuleOverview) -> list[object]:
    if one.spec is None:
        return [one.name, f"damaged: {one.fault}", None, None, None, one.revision, one.declared_in]
    about = {"checks": one.spec.checks, "schedules": one.spec.schedules, "models": one.spec.models}
    words = "; ".join(f"{kind} {', '.join(names)}" for kind, names in about.items() if names)
    every = None if one.spec.reminder is None else f"{one.spec.reminder:g} s"
    states, channels = ", ".join(one.spec.states), ", ".join(one.spec.channels)
    return [one.name, words, states, channels, every, one.revision, one.declared_in]


channels = command_group("Where alerts go.")
rules = command_group("Who is told of what.")
group.add_typer(channels, name="channels")
group.add_typer(rules, name="rules")


@channels.command("list")
def list_channels(*, as_json: Json = False) -> None:
    """List the channels."""
    with services() as factory:
        found = factory.channels.page()
    if as_json:
        show(found, as_json=True, columns={})
    else:
        show_table(("NAME", "PLACE", "REVISION", "DECLARED IN"), map(_channel_row, found))


@channels.command("show")
def show_channel(name: str) -> None:
    """Show a channel whole; secrets are masked."""
    with services() as factory:
        show_one(factory.channels.get(name))


@rules.command("list")
def list_rules(*, as_json: Json = False) -> None:
    """List the rules."""
    with services() as factory:
        found = factory.rules.page()
    headings = ("NAME", "ABOUT", "STATES", "CHANNELS", "REMINDER", "REVISION", "DECLARED IN")
    if as_json:
        show(found, as_json=True, columns={})
    else:
        show_table(headings, map(_rule_row, found))


@rules.command("show")
def show_rule(name: str) -> None:
    """Show a rule whole."""
    with services() as factory:
        show_one(factory.rules.get(name))


Editing(
    noun="channel",
    service=lambda factory: factory.channels,
    read=lambda file: parsed(Channel, "channel", read_one(file, "channel")),
    told=lambda made: made.place,
    fields="timeout=5 target.url=https://chat.example.org/hook",
).add_to(channels)
Editing(
    noun="rule",
    service=lambda factory: factory.rules,
    read=lambda file: parsed(Rule, "rule", read_one(file, "rule")),
    told=lambda made: f"tells {', '.join(made.spec.channels)}",
    fields="reminder=3600 'checks=[\"*\"]'",
).add_to(rules)


@group.command("list")
def list_alerts(
    *,
    channel: str | None = None,
    rule: str | None = None,
    subject: Subject | None = None,
    name: str | None = None,
    state: AlertState | None = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: Json = False,
) -> None:
    """List the newest alerts: what was told to whom, and what became of it."""
    wanted = AlertFilter(channel=channel, rule=rule, subject=subject, name=name, state=state)
    with services() as factory:
        found = factory.alerts.page(wanted, limit=limit)
    if as_json:
        show(found, as_json=True, columns={})
        return
    show_table(("ID", "AT", "ABOUT", "IS", "CHANNEL", "STATE", "ATTEMPTS"), map(_row, found))
    if len(found) == limit:
        err.print("there may be older ones; --limit shows them")


def _row(one: Alert) -> list[object]:
    reminder = f" (reminder {one.reminder})" if one.reminder else ""
    about = f"{one.notice.subject} {one.notice.name}"
    told = f"{one.notice.after}{reminder}"
    return [one.id, one.created_at, about, told, one.channel, one.state, one.attempts]


@group.command("show")
def show_alert(number: Annotated[int, typer.Argument(min=1)]) -> None:
    """Show an alert whole, with what came of its last attempt."""
    with services() as factory:
        show_one(factory.alerts.get(number))


@group.command("retry")
def retry(number: Annotated[int, typer.Argument(min=1)]) -> None:
    """Try an alert again that has failed."""
    with services() as factory:
        factory.alerts.try_again(number, actor=ACTOR, now=utc_now())
    typer.echo(f"alert {number} waits; a service sends it")


@group.command("test")
def test_channel(channel: str) -> None:
    """Send a test by a channel, from here, and tell what was answered."""
    with services() as factory:
        trial = factory.channels.test(channel, now=utc_now())
    typer.echo(f"{channel}: {trial.detail} ({trial.seconds:.2f} s)")
    if not trial.ok:
        raise typer.Exit(ExitCode.SOURCE_UNREACHABLE)
