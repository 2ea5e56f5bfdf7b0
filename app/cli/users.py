"""`disparo users`: who may log in. Whoever owns the machine always gets in again this way."""

import sys
from typing import Annotated

import typer

from app.cli.parts import ACTOR, Json, command_group, services, show
from app.clock import utc_now
from app.errors import ConfigurationError
from app.settings import Settings
from app.values.account import Role
from app.values.link import Link
from app.values.user import UserChange, user_name

group = command_group("Who may log in, and what they may.")
Name = Annotated[str, typer.Argument(parser=user_name, metavar="NAME")]


@group.command("list")
def list_users(*, as_json: Json = False) -> None:
    """List the users."""
    with services() as factory:
        columns = {
            "NAME": "name",
            "ROLE": "role",
            "ENABLED": "is_enabled",
            "PASSWORD": "has_password",
            "SINGLE SIGN-ON": "issuer",
            "LAST LOG-IN": "seen_at",
        }
        show(factory.users.page(), as_json=as_json, columns=columns)


@group.command("create")
def create(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the user may.")] = Role.VIEWER,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add a user, and print a one-time link that sets the password."""
    password = _read_password() if password_stdin else None
    with services() as factory:
        user, link = factory.users.create(name, role, password=password, actor=ACTOR, now=utc_now())
        typer.echo(f"created {user.name}, who is {_with_article(role)}")
        if link is not None:
            _tell(link, factory.settings)


@group.command("role")
def change_role(name: Name, role: Role) -> None:
    """Change what a user may; it works at once."""
    with services() as factory:
        change = UserChange(role=role)
        factory.users.change(name, change, actor=ACTOR, now=utc_now())
    typer.echo(f"{name} is {_with_article(role)}")


@group.command("disable")
def disable(name: Name) -> None:
    """Keep a user out: every session ends."""
    _enable(name, is_enabled=False)
    typer.echo(f"disabled {name}")


@group.command("enable")
def enable(name: Name) -> None:
    """Let a user in again."""
    _enable(name, is_enabled=True)
    typer.echo(f"enabled {name}")


@group.command("remove")
def remove(name: Name) -> None:
    """Remove a user; what the user did stays on record."""
    with services() as factory:
        factory.users.remove(name, actor=ACTOR, now=utc_now())
    typer.echo(f"removed {name}")


@group.command("reset")
def reset(name: Name) -> None:
    """Print a one-time link by which a user sets a new password."""
    with services() as factory:
        _tell(factory.users.link(name, actor=ACTOR, now=utc_now()), factory.settings)


@group.command("logout")
def log_out(name: Name) -> None:
    """End all sessions of a user."""
    with services() as factory:
        ended = factory.sessions.end_all(name, actor=ACTOR, now=utc_now())
    typer.echo(f"ended {ended} of {name}'s sessions")


def _enable(name: str, *, is_enabled: bool) -> None:
    with services() as factory:
        change = UserChange(is_enabled=is_enabled)
        factory.users.change(name, change, actor=ACTOR, now=utc_now())


def _tell(link: Link, settings: Settings) -> None:
    hours = settings.passwords.link_seconds / 3600
    typer.echo(f"this link sets the password, once, within {hours:g} h:", err=True)
    typer.echo(settings.server.address + link.path)


def _with_article(role: Role) -> str:
    return f"an {role}" if role in {Role.OPERATOR, Role.ADMIN} else f"a {role}"


def _read_password() -> str:
    try:
        return sys.stdin.readline().removesuffix("\n")
    except UnicodeDecodeError:
        raise ConfigurationError("the password on standard input is no UTF-8 text") from None
