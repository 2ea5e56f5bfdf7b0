"""The command line: `disparo`. Parse, call one service, print. One module per noun."""

import sys

import typer
from pydantic import ValidationError

from app import log_setup
from app.cli import (
    alerts,
    audit,
    cases,
    checks,
    crontabs,
    db,
    dispatches,
    models,
    predictions,
    schedule_runs,
    scheduler,
    secrets,
    slurm,
    sources,
    tokens,
    users,
    windows,
)
from app.cli.root import cli
from app.connection_string import redacted_lines
from app.errors import AppError, ConfigurationError, DatabaseAwayError
from app.services import faults

__all__ = ["cli", "main"]

_SAID = 300
"""Most characters that are told of what a database said."""

for _name, _module in (
    ("db", db),
    ("models", models),
    ("cases", cases),
    ("predictions", predictions),
    ("sources", sources),
    ("schedules", schedule_runs),
    ("scheduler", scheduler),
    ("dispatch", dispatches),
    ("crontab", crontabs),
    ("checks", checks),
    ("windows", windows),
    ("alerts", alerts),
    ("slurm", slurm),
    ("secrets", secrets),
    ("tokens", tokens),
    ("audit", audit),
    ("users", users),
):
    cli.add_typer(_module.group, name=_name)


def main() -> None:
    """Run the command line; an AppError ends it with its own exit code."""
    log_setup.configure(level="warning", form="console")
    try:
        cli()
    except AppError as error:
        typer.echo(f"{error.title}: {error.detail}", err=True)
        raise SystemExit(error.exit_code) from error
    except ValidationError as error:  # an argument that its type refuses, e.g. a name
        first = error.errors(include_input=False)[0]
        said = ": ".join(filter(None, [".".join(map(str, first["loc"])), faults.words(first)]))
        typer.echo(f"{ConfigurationError.title}: {said}", err=True)
        raise SystemExit(ConfigurationError.exit_code) from error
    except Exception as error:
        if not _is_away(error):
            raise
        typer.echo(f"{DatabaseAwayError.title}: {_away_in_words(error)}", err=True)
        raise SystemExit(DatabaseAwayError.exit_code) from error


def _is_away(error: Exception) -> bool:
    """Tell whether Disparo's database failed; where its library was never loaded, it did not."""
    if "sqlalchemy" not in sys.modules:
        return False
    from app.db.engine import AWAY

    return isinstance(error, AWAY)


def _away_in_words(error: Exception) -> str:
    """Return what the database said, without statement and secrets, and what to do."""
    said = str(getattr(error, "orig", None) or error).partition("\n")[0][:_SAID]
    return (
        f"Disparo's database does not answer: {redacted_lines(said)}; see that it runs, and that "
        "the setting database.url leads to it"
    )
