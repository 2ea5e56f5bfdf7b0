"""`disparo tokens`: what programs show to be let in."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from app.cli.parts import ACTOR, Json, command_group, instant, services, show, show_table
from app.clock import utc_now
from app.values.account import Role
from app.values.token import NewToken, TokenScope, TokenView, shown

group = command_group("Tokens: what programs show to be let in.")
_HEADINGS = ("NAME", "ROLE", "SCOPE", "MODELS", "STATE", "EXPIRES", "LAST USED", "CREATED BY")
_LENGTH = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@group.command("create")
def create(
    name: str,
    role: Annotated[
        Role | None,
        typer.Option(help="viewer if left out; for predictions operator.", show_default=False),
    ] = None,
    scope: Annotated[
        TokenScope | None,
        typer.Option(help="predict: for predictions alone.", show_default=False),
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="For predictions of this model; again for more.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ends: 90d, 12h, 30m, or a time in UTC.")
    ] = None,
) -> None:
    """Make a token and print it: it is shown this once."""
    now = utc_now()
    if scope is None:
        scope = TokenScope.PREDICT if model else TokenScope.ALL
    least = Role.OPERATOR if scope is TokenScope.PREDICT else Role.VIEWER
    new = NewToken(
        name=name,
        role=role or least,
        scope=scope,
        models=tuple(model or ()),
        expires_at=None if expires is None else _end(expires, now),
    )
    with services() as factory:
        _, secret = factory.tokens.create(new, actor=ACTOR, now=now)
    typer.echo(secret)


@group.command("list")
def list_tokens(*, as_json: Json = False) -> None:
    """List the tokens, also those that are not taken any more."""
    now = utc_now()
    with services() as factory:
        found = [shown(one, now) for one in factory.tokens.all()]
    if as_json:
        return show(found, as_json=True, columns={})
    return show_table(_HEADINGS, map(_row, found))


@group.command("revoke")
def revoke(name: str) -> None:
    """Let a token be taken no more, in every service within about a second."""
    with services() as factory:
        factory.tokens.revoke(name, actor=ACTOR, now=utc_now())
    typer.echo(f"revoked {name}")


def _row(one: TokenView) -> list[object]:
    models = ", ".join(one.models) or None
    head = (one.name, one.role, one.scope, models, one.state)
    return [*head, one.expires_at, one.last_used_at, one.created_by]


def _end(text: str, now: datetime) -> datetime:
    """Return when a token ends: after a length, or at a time. Raises ConfigurationError."""
    if match := _LENGTH.fullmatch(text):
        return now + timedelta(**{_UNITS[match[2]]: int(match[1])})
    return instant(text, "--expires", "90d")
