"""What the commands share: the factory, how things are printed, words that are parsed."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
import yaml
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from app.errors import ConfigurationError
from app.factory import Factory
from app.settings import load_settings
from app.values.base import Scalar

ACTOR = "command line"
_UNBROKEN = 1000
"""Characters of a line that a program reads, so that no cell is broken."""
out = Console(soft_wrap=True, width=None if sys.stdout.isatty() else _UNBROKEN)
err = Console(stderr=True, soft_wrap=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def command_group(purpose: str) -> typer.Typer:
    """Return a group of commands, with what `--help` says of it."""
    return typer.Typer(no_args_is_help=True, help=purpose)


@contextmanager
def services(*, checked: bool = True) -> Iterator[Factory]:
    """Give the services to one command; `checked` refuses an outdated schema."""
    factory = Factory(load_settings())
    try:
        if checked:
            factory.check_schema()
        yield factory
    finally:
        factory.close()


def show(values: Iterable[BaseModel], *, as_json: bool, columns: Mapping[str, str]) -> None:
    """Print values as JSON, or as a table of `columns`: heading to attribute."""
    if as_json:
        typer.echo(json.dumps([value.model_dump(mode="json") for value in values], indent=2))
        return
    show_table(
        columns,
        ([getattr(value, attribute) for attribute in columns.values()] for value in values),
    )


def show_table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table."""
    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(_cell, row))
    out.print(table)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return "-" if value is None else str(value)


def show_one(value: BaseModel) -> None:
    """Print one value whole, as JSON."""
    typer.echo(value.model_dump_json(indent=2))


def moment(text: str, option: str) -> datetime:
    """Return the time that an option gives. Raises ConfigurationError."""
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{option} {text!r} is not a time; write e.g. 2013-11-28, 2013-11-28T07:30 or now"
        ) from error


def parameter(text: str) -> tuple[str, Scalar]:
    """Return name and value of `--param name=value`. Raises ConfigurationError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigurationError(f"--param {text!r} is not of the form name=value")
    return name, yaml.safe_load(value)
