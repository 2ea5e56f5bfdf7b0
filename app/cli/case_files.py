"""`disparo cases import` and `export`: cases in bulk."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from app.cli.output import write_out
from app.cli.parts import ACTOR, err, parameter, services
from app.clock import utc_now
from app.errors import ConfigurationError
from app.services.uploads import upload
from app.values.case import Choice
from app.values.case_import import (
    CaseFile,
    CaseFormat,
    CaseImport,
    CaseQuery,
    Delimiter,
    ImportOptions,
)

if TYPE_CHECKING:  # loads the database's libraries, which help needs not
    from app.factory import Factory

_PIECE = 2**16
_SUFFIXES = {
    ".csv": CaseFormat.CSV,
    ".tsv": CaseFormat.CSV,
    ".jsonl": CaseFormat.JSONL,
    ".ndjson": CaseFormat.JSONL,
}
Format = Annotated[
    CaseFormat | None, typer.Option("--format", help="By the FILE's suffix, else csv.")
]


def import_cases(  # noqa: PLR0913 - each says what a column is, or where rows come from
    file: Annotated[
        Path | None, typer.Argument(help="CSV, or lines of JSON; - for standard input.")
    ] = None,
    *,
    model: Annotated[str, typer.Option(help="Whose cases they are.")],
    source: Annotated[str | None, typer.Option(help="Where the query runs.")] = None,
    query: Annotated[str | None, typer.Option(help="SQL whose rows become cases.")] = None,
    param: Annotated[list[str] | None, typer.Option(help="name=value; may be repeated.")] = None,
    expected: Annotated[str | None, typer.Option(help="Column of the expected answer.")] = None,
    title: Annotated[str | None, typer.Option(help="Column of the title.")] = None,
    tags: Annotated[str | None, typer.Option(help="Column of each one's tags.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="For all; may be repeated.")] = None,
    skip_known: Annotated[bool, typer.Option(help="Leave out what is stored already.")] = False,
    form: Format = None,
    delimiter: Annotated[
        Delimiter | None, typer.Option(help="Of CSV; a comma, of .tsv a tab.")
    ] = None,
) -> None:
    """Store the rows of FILE, or of a query on a source, as cases: all of them or none."""
    asked = ImportOptions(
        model=model,
        expected=expected,
        title=title,
        tags_column=tags,
        tags=tuple(tag or ()),
        skip_known=skip_known,
    )
    with services() as factory:
        if file is not None and source is None and query is None:
            whole = _file(asked, file, form, delimiter)
            found = _from_file(factory, file, whole)
        elif file is None and source is not None and query is not None:
            found = _from_query(factory, asked, source, query, param or ())
        else:
            raise ConfigurationError("name either a FILE, or a --source and a --query")
    _tell(found)


def _tell(found: CaseImport) -> None:
    typer.echo(f"{found.model}: {len(found.added)} cases added, {found.known} known already")
    if found.ignored_columns:
        err.print(f"columns that are no inputs: {', '.join(found.ignored_columns)}", markup=False)


def _file(
    asked: ImportOptions, file: Path, form: CaseFormat | None, delimiter: Delimiter | None
) -> CaseFile:
    usual = Delimiter.TAB if file.suffix.lower() == ".tsv" else Delimiter.COMMA
    return CaseFile(
        **asked.model_dump(),
        format=form or _by_suffix(file),
        delimiter=delimiter or usual,
        name=file.name,
    )


def _from_query(
    factory: "Factory", asked: ImportOptions, source: str, query: str, param: Iterable[str]
) -> CaseImport:
    parameters = dict(map(parameter, param))
    whole = CaseQuery(**asked.model_dump(), source=source, query=query, parameters=parameters)
    return factory.case_import.from_query(whole, actor=ACTOR, now=utc_now())


def _from_file(factory: "Factory", file: Path, asked: CaseFile) -> CaseImport:
    most = factory.settings.showroom.import_bytes
    with _opened(file) as content:
        pieces = iter(partial(content.read, _PIECE), b"")
        with upload(pieces, most=most) as received:
            whole = received.whole()
            return factory.case_import.from_file(whole, asked, actor=ACTOR, now=utc_now())


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        content = file.open("rb")
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    with content:
        yield content


def export(
    model: str,
    *,
    tag: Annotated[list[str] | None, typer.Option(help="Only those with it.")] = None,
    form: Format = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Standard output, if left out.")
    ] = None,
) -> None:
    """Write the cases of MODEL as CSV or lines of JSON, as `disparo cases import` takes them."""
    choice = Choice(model=model, tags=tuple(tag or ()))
    with services() as factory:
        pieces = factory.cases.export(choice, form or _by_suffix(file))
        write_out(pieces, file)


def _by_suffix(file: Path | None) -> CaseFormat:
    if file is None or str(file) == "-":
        return CaseFormat.CSV
    try:
        return _SUFFIXES[file.suffix.lower()]
    except KeyError:
        raise ConfigurationError(
            f"{file} has no suffix of {', '.join(_SUFFIXES)}; name one with --format"
        ) from None
