"""What the commands share: the factory, how things are printed, words that are parsed."""

import getpass
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from app import whence
from app.errors import ConfigurationError, NoSuchTimeError
from app.services.documents import parse_yaml, parsed_schedule, read_yaml
from app.settings import load_settings
from app.values.base import Scalar
from app.values.prediction import RequestId
from app.values.schedule import Schedule
from app.values.when import When

if TYPE_CHECKING:  # it loads SQLAlchemy, which `disparo --help` does not need
    from app.factory import Factory


def _user() -> str:
    """Return the name of the operating system's user; of one who has none, the number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # as in a container that runs as any user
        return str(os.getuid())


ACTOR = f"command line ({_user()})"[:100]
"""Commands act as the user of the operating system."""
_REQUEST_ID: TypeAdapter[str] = TypeAdapter(RequestId)
_UNBROKEN = 1000
"""Characters of a line that a program reads, so that no cell is broken."""
_AS_IT_IS: Any = {"soft_wrap": True, "markup": False, "emoji": False}
"""What a database or a server says may hold brackets, which are no markup of ours."""
out = Console(**_AS_IT_IS, width=None if sys.stdout.isatty() else _UNBROKEN)
err = Console(**_AS_IT_IS, stderr=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def command_group(purpose: str) -> typer.Typer:
    """Return a group of commands, with what `--help` says of it."""
    return typer.Typer(no_args_is_help=True, help=purpose)


@contextmanager
def services(*, checked: bool = True) -> Iterator["Factory"]:
    """Give the services to one command; `checked` refuses an outdated schema."""
    from app.factory import Factory

    factory = Factory(load_settings())
    with whence.bound(whence.LOCAL), closing(factory):
        if checked:
            factory.check_schema()
        yield factory


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


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, e.g. `1 case` and `2 cases`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def percent(part: float | None) -> str | None:
    """Return a part of a whole as percent, with two digits."""
    return None if part is None else f"{100 * part:.2f} %"


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return "-" if value is None else str(value)


def show_one(value: BaseModel) -> None:
    """Print one value whole, as JSON."""
    typer.echo(value.model_dump_json(indent=2))


def moment(text: str, option: str, *others: str) -> datetime:
    """Return the time that an option gives; `others` are words that it takes too.

    Raises ConfigurationError.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        *first, last = ("2013-11-28", "2013-11-28T07:30", *others)
        raise ConfigurationError(
            f"{option} {text!r} is not a time; write e.g. {', '.join(first)} or {last}"
        ) from error


def instant(text: str, option: str, *others: str) -> datetime:
    """Return the instant that an option gives, UTC without an offset. Raises as `moment` does."""
    found = moment(text, option, *others)
    try:
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        raise NoSuchTimeError(found) from None


def request_id_of(text: str) -> str:
    """Return the id of a request on record. Raises ConfigurationError for what is none."""
    try:
        return _REQUEST_ID.validate_python(text)
    except ValidationError:
        raise ConfigurationError(
            f"{text!r} is no id of a request; `disparo predictions list` shows them"
        ) from None


def parameter(text: str) -> tuple[str, Scalar]:
    """Return name and value of `--param name=value`. Raises ConfigurationError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigurationError(f"--param {text!r} is not of the form name=value")
    return name, yaml.safe_load(value)


def assignment(text: str) -> tuple[str, str]:
    """Return name and text of `NAME=TEXT`. Raises ConfigurationError."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ConfigurationError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def in_zone(when: When, instant: datetime) -> str:
    """Return an instant by the clock of a schedule, with its offset."""
    precise = "seconds" if instant.second else "minutes"
    return when.shown(instant).isoformat(" ", precise)


def read_schedule(file: Path) -> Schedule:
    """Return the schedule that a file describes. Raises ConfigurationError."""
    return parsed_schedule(read_one(file, "schedule"))


def read_one(file: Path, noun: str) -> Any:
    """Return what a file says of one thing, alone or as exported; `-` is standard input.

    Raises ConfigurationError.
    """
    is_piped = str(file) == "-"
    document = parse_yaml(sys.stdin.read(), "standard input") if is_piped else read_yaml(file)
    if isinstance(document, dict) and list(document) == [f"{noun}s"]:
        found = document[f"{noun}s"]
        if not isinstance(found, list) or len(found) != 1:
            raise ConfigurationError(
                f"{file} does not hold one {noun}; `disparo apply {file}` takes several"
            )
        [document] = found
    return document


def patch(fields: Iterable[str]) -> dict[str, Any]:
    """Return `a.b=value` and the like as a merge patch. Raises ConfigurationError."""
    result: dict[str, Any] = {}
    for field in fields:
        path, equals, text = field.partition("=")
        if not equals or not path:
            raise ConfigurationError(f"{field!r} is not of the form field=value")
        place = result
        *parents, last = path.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise ConfigurationError(f"{field!r}: {parent!r} is given as a whole already")
        place[last] = _value(text)
    return result


def _value(text: str) -> Any:
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:  # such as */5 * * * * and @daily, which mean something in YAML
        return text
    return text if isinstance(value, dict | list) and text[0] not in "{[" else value
