"""`disparo predictions`: what was predicted, and what turned out to be true."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli import replays
from app.cli.output import write_out
from app.cli.parts import (
    ACTOR,
    Json,
    command_group,
    counted,
    instant,
    request_id_of,
    services,
    show,
    show_one,
    show_table,
)
from app.clock import utc_now
from app.errors import ConfigurationError
from app.values.export import ExportFormat
from app.values.outcome import TellOutcomes
from app.values.prediction import (
    PredictionFilter,
    PredictionKind,
    PredictionOverview,
)

group = command_group("Predictions on record, and what turned out to be true of them.")
group.command("replay")(replays.replay)
_HEADINGS = ("ID", "RECEIVED", "MODEL", "VERSION", "CALLER", "KIND", "CASES", "ANSWER", "OUTCOME")
_SHOWN = 40
"""Characters of an answer in a table."""
Version = Annotated[int | None, typer.Option(min=1, max=2**31 - 1)]
Since = Annotated[str | None, typer.Option(help="Received then or later; UTC.")]
Until = Annotated[str | None, typer.Option(help="Received before; UTC.")]
Label = Annotated[str | None, typer.Option(help="Predicted for one of the cases.")]
Text = Annotated[str | None, typer.Option(help="In a case's inputs, names or values.")]
Known = Annotated[
    bool | None, typer.Option("--known/--unknown", help="Whether a case's outcome is known.")
]


@group.command("list")
def list_predictions(  # noqa: PLR0913 - each is a filter
    *,
    model: str | None = None,
    version: Version = None,
    since: Since = None,
    until: Until = None,
    caller: str | None = None,
    kind: PredictionKind | None = None,
    label: Label = None,
    text: Text = None,
    known: Known = None,
    limit: Annotated[int, typer.Option(min=1)] = 20,
    as_json: Json = False,
) -> None:
    """List the newest requests, each with its first case that fits."""
    wanted = _filter(
        since, until, model=model, version=version, caller=caller, kind=kind, label=label,
        text=text, outcome=known,
    )  # fmt: skip
    with services() as factory:
        found = factory.predictions.newest(wanted, limit=limit)
    if as_json:
        return show(found, as_json=True, columns={})
    return show_table(_HEADINGS, map(_row, found))


@group.command("show")
def show_prediction(request_id: str) -> None:
    """Show one request with all of its cases and their outcomes."""
    with services() as factory:
        show_one(factory.predictions.get(request_id_of(request_id)))


@group.command("export")
def export(  # noqa: PLR0913 - each is a filter
    *,
    model: str | None = None,
    version: Version = None,
    since: Since = None,
    until: Until = None,
    caller: str | None = None,
    kind: PredictionKind | None = None,
    label: Label = None,
    text: Text = None,
    known: Known = None,
    form: Annotated[
        ExportFormat | None, typer.Option("--format", help="By the FILE's suffix, else csv.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Standard output, if left out.")
    ] = None,
) -> None:
    """Write the cases that fit as CSV, Parquet or lines of JSON, a row each."""
    wanted = _filter(
        since, until, model=model, version=version, caller=caller, kind=kind, label=label,
        text=text, outcome=known,
    )  # fmt: skip
    with services() as factory:
        write_out(factory.export.stream(wanted, form or _by_suffix(file)), file)


@group.command("outcome")
def tell_outcome(
    request_id: str,
    outcome: Annotated[
        str | None, typer.Argument(help="The class, or the number, that is true.")
    ] = None,
    *,
    case: Annotated[
        int | None, typer.Option(min=0, max=2**31 - 1, help="Which of several, from 0.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Take back what was told.")] = False,
) -> None:
    """Tell what turned out to be true of a prediction; it replaces what was told before."""
    if forget == (outcome is not None):
        raise ConfigurationError("give either the outcome or --forget")
    told = TellOutcomes(outcome=outcome, case=case)
    with services() as factory:
        found = factory.outcomes.tell(
            request_id_of(request_id), told, actor=ACTOR, now=utc_now(), is_text=True
        )
    shadows = f", and of {counted(len(found.shadows), 'shadow')}" if found.shadows else ""
    typer.echo(
        f"the outcomes of {found.known} of {counted(found.cases, 'case')} are known{shadows}"
    )


def _filter(since: str | None, until: str | None, **others: Any) -> PredictionFilter:
    return PredictionFilter(
        since=None if since is None else instant(since, "--since"),
        until=None if until is None else instant(until, "--until"),
        **others,
    )


def _row(one: PredictionOverview) -> list[object]:
    output = one.case.output
    given = str(output.get("label", output.get("value", output.get("values"))))
    shown = given if len(given) <= _SHOWN else f"{given[:_SHOWN]}…"
    head = (one.id, one.received_at, one.model, one.version, one.caller, one.kind)
    return [*head, one.cases, shown, one.case.outcome]


def _by_suffix(file: Path | None) -> ExportFormat:
    if file is None:
        return ExportFormat.CSV
    try:
        return ExportFormat(file.suffix.removeprefix(".").lower())
    except ValueError:
        raise ConfigurationError(
            f"{file} has no suffix of {', '.join(ExportFormat)}; name one with --format"
        ) from None
