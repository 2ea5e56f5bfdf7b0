"""`disparo crontab`: schedules from a crontab, and a crontab from schedules."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.parts import ACTOR, Json, command_group, services, show_one, show_table
from app.clock import utc_now
from app.errors import ConfigurationError
from app.services.zones import system_zone
from app.values.crontab_file import CrontabImport

group = command_group("Crontabs of the system's cron.")
_KEPT = ("DISPARO_VAR", "DISPARO_SETTINGS", "DISPARO_SECRETS_DIR")
Zone = Annotated[
    str | None, typer.Option(help="The machine's, if left out; CRON_TZ lines say otherwise.")
]


@group.command("import")
def take_over(
    file: Annotated[Path, typer.Argument(help="A crontab; - for standard input.")],
    *,
    timezone: Zone = None,
    system: Annotated[
        bool, typer.Option("--system", help="Lines name a user, as in /etc/crontab.")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without, it is only told.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give schedules the times of crontab lines that call `disparo dispatch run NAME`."""
    text = _read(file)
    with services() as factory:
        done = factory.crontab.take_over(
            text,
            timezone=timezone or system_zone(),
            fixed_zone=timezone is not None,
            system=system,
            apply=apply,
            actor=ACTOR,
            now=utc_now(),
        )
    if as_json:
        show_one(done)
    else:
        _tell(done)


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is no text in UTF-8") from None


def _tell(done: CrontabImport) -> None:
    if done.taken:
        show_table(
            ("LINE", "SCHEDULE", "ACTION", "CRON", "ZONE", "DUE"),
            ([one.line, one.schedule, one.action, one.cron, one.timezone, one.words]
             for one in done.taken),
        )  # fmt: skip
    for left in done.left_out:
        typer.echo(f"line {left.line} is left out: {left.reason}")
    if not done.applied:
        typer.echo("nothing is changed yet; --apply does it")


@group.command("export")
def export(
    names: Annotated[list[str] | None, typer.Argument(help="All of them, if left out.")] = None,
    *,
    timezone: Annotated[str | None, typer.Option(help="The machine's, if left out.")] = None,
    cron_tz: Annotated[
        bool, typer.Option("--cron-tz", help="For a cron that heeds CRON_TZ, such as cronie.")
    ] = False,
) -> None:
    """Print crontab lines that run schedules under the system's cron."""
    with services() as factory:
        text = factory.crontab_export.write(
            names or None,
            command=str(Path(sys.executable).with_name("disparo")),
            environment={name: os.environ[name] for name in _KEPT if name in os.environ},
            timezone=timezone or system_zone(),
            every_zone=cron_tz,
            now=utc_now(),
        )
    typer.echo(text, nl=False)
