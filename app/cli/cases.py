"""`disparo cases`: stored cases, and how versions answer them."""

from typing import Annotated

import typer

from app.cli import case_files
from app.cli.parts import (
    ACTOR,
    Json,
    assignment,
    command_group,
    counted,
    err,
    patch,
    services,
    show,
    show_one,
    show_table,
)
from app.clock import utc_now
from app.errors import ExitCode
from app.values.case import Choice
from app.values.case_import import TypedCase
from app.values.case_run import CaseAnswer, CaseResult, CaseRun, VersionTotal

group = command_group("Stored cases, and how versions answer them.")
group.command("import")(case_files.import_cases)
group.command("export")(case_files.export)
Tags = Annotated[list[str] | None, typer.Option(help="Only those with it; may be repeated.")]


@group.command("list")
def list_cases(
    *,
    model: str | None = None,
    tag: Tags = None,
    limit: Annotated[int, typer.Option(min=1)] = 1000,
    as_json: Json = False,
) -> None:
    """List the cases."""
    with services() as factory:
        found, following = factory.cases.page(model=model, tags=tag or (), limit=limit)
    columns = {"ID": "id", "MODEL": "model", "TITLE": "title", "EXPECTED": "expected"}
    show(found, as_json=as_json, columns=columns)
    if following is not None:
        err.print(f"there are more after {following}; --limit shows them")


@group.command("show")
def show_case(case_id: int) -> None:
    """Show a case whole."""
    with services() as factory:
        show_one(factory.cases.get(case_id))


@group.command("add")
def add(
    model: str,
    inputs: Annotated[
        list[str], typer.Argument(help="INPUT=VALUE, as in a CSV file: INPUT= is missing.")
    ],
    *,
    expected: Annotated[str | None, typer.Option(help="The answer that is right.")] = None,
    title: str = "",
    tag: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Store a case of MODEL."""
    typed = TypedCase(
        model=model,
        inputs=dict(map(assignment, inputs)),
        expected=expected,
        title=title,
        tags=tuple(tag or ()),
    )
    with services() as factory:
        made = factory.cases.add(typed, actor=ACTOR, now=utc_now())
    show_one(made) if as_json else typer.echo(f"added case {made.id}")


@group.command("set")
def set_fields(
    case_id: int,
    fields: Annotated[
        list[str],
        typer.Argument(
            help="FIELD=VALUE, e.g. expected=late inputs.distance=719 'tags=[a, b]'; null takes"
            " a field, or an input, away."
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Change fields of a case; all others stay."""
    with services() as factory:
        made = factory.cases.change(case_id, patch(fields), actor=ACTOR, now=utc_now())
    show_one(made) if as_json else typer.echo(f"changed case {case_id}")


@group.command("delete", hidden=True)
@group.command("remove")
def remove(ids: list[int]) -> None:
    """Remove cases; what happened to them stays on record."""
    with services() as factory:
        for case_id in ids:
            factory.cases.remove(case_id, actor=ACTOR, now=utc_now())
            typer.echo(f"removed case {case_id}")


@group.command("run")
def run(
    model: str,
    *,
    version: Annotated[
        list[int] | None, typer.Option(help="The live one, if left out; may be repeated.")
    ] = None,
    tag: Tags = None,
    case: Annotated[list[int] | None, typer.Option(help="An id; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Let versions answer the cases of MODEL; ends with 9 if one answers otherwise than expected.

    Each further --version is compared with the first one.
    """
    ids = None if case is None else tuple(case)
    choice = Choice(model=model, tags=tuple(tag or ()), case_ids=ids)
    with services() as factory:
        found = factory.cases.run(choice, version or ())
    if as_json:
        show_one(found)
    else:
        _show_run(found)
    if any(total.disagree or total.unanswered for total in found.versions):
        raise typer.Exit(ExitCode.CASES_FAILED)


def _show_run(found: CaseRun) -> None:
    numbers = [total.version for total in found.versions]
    headings = ["CASE", "TITLE", "EXPECTED", *(f"VERSION {number}" for number in numbers)]
    show_table(headings, map(_row, found.cases))
    for total in found.versions:
        typer.echo(_in_words(total))


def _row(result: CaseResult) -> list[object]:
    return [result.id, result.title, result.expected, *map(_cell, result.answers)]


def _cell(answer: CaseAnswer) -> str:
    if (output := answer.output) is None:
        return f"no answer: {answer.error}"
    given = str(output.get("label", output.get("value", output.get("values"))))
    if (chances := output.get("probabilities")) is not None:
        given += f" {chances.get(given, 0.0):.3f}"
    mark = {True: " +", False: " -", None: ""}[answer.agrees]
    moved = "" if answer.moved is None else f" (moved {answer.moved:.3f})"
    return f"{given}{mark}{moved}"


def _in_words(total: VersionTotal) -> str:
    words = f"version {total.version}: {total.agree} of {total.agree + total.disagree} as expected"
    if total.unanswered:
        words += f", {total.unanswered} without an answer"
    if total.moved_most is not None:
        words += (
            f", {counted(total.labels_changed, 'label')} changed, "
            f"moved {total.moved_most:.3f} at most"
        )
    return words
