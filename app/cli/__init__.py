"""The command line: `disparo`. Parse, call one service, print. One module per noun."""

import logging

import typer

from app.cli import db, dispatches, models, schedules, sources
from app.cli.root import cli
from app.errors import AppError

for _name, _module in (
    ("db", db),
    ("models", models),
    ("sources", sources),
    ("schedules", schedules),
    ("dispatch", dispatches),
):
    cli.add_typer(_module.group, name=_name)


def main() -> None:
    """Run the command line; an AppError ends it with its own exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    try:
        cli()
    except AppError as error:
        typer.echo(f"{error.title}: {error.detail}", err=True)
        raise SystemExit(error.exit_code) from error
