"""The command line: `disparo`. Parse, call one service, print."""

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import yaml
from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from app import __version__
from app.clock import utc_now
from app.errors import AppError, ConfigurationError, ExitCode
from app.factory import Factory
from app.services.pulse import Reason, Stop
from app.settings import effective, load_settings
from app.values.base import Scalar
from app.values.dispatch import Claim, Dispatch, DispatchState, Progress
from app.values.model import Registration, RuntimeName
from app.values.schedule import StoredSchedule

ACTOR = "command line"
cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
db = typer.Typer(no_args_is_help=True, help="Disparo's own database.")
models = typer.Typer(no_args_is_help=True, help="Models and their versions.")
sources = typer.Typer(no_args_is_help=True, help="Outside databases.")
schedules = typer.Typer(no_args_is_help=True, help="What runs when.")
dispatch = typer.Typer(no_args_is_help=True, help="Executions.")
for group, name in (
    (db, "db"),
    (models, "models"),
    (sources, "sources"),
    (schedules, "schedules"),
    (dispatch, "dispatch"),
):
    cli.add_typer(group, name=name)

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def _factory(*, checked: bool = True) -> Iterator[Factory]:
    factory = Factory(load_settings())
    try:
        if checked:
            factory.check_schema()
        yield factory
    finally:
        factory.close()


def _print(values: Any, *, as_json: bool, columns: dict[str, str]) -> None:
    """Print values as JSON, or as a table of `columns`: heading to attribute."""
    if as_json:
        plain = [value.model_dump(mode="json") for value in values]
        typer.echo(json.dumps(plain, indent=2))
        return
    table = Table(*columns, box=None, pad_edge=False)
    for value in values:
        table.add_row(*(_cell(getattr(value, attribute)) for attribute in columns.values()))
    out.print(table)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return "-" if value is None else str(value)


def _print_one(value: BaseModel) -> None:
    typer.echo(value.model_dump_json(indent=2))


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def disparo(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=lambda on: _version(wanted=on), is_eager=True)
    ] = False,
) -> None:
    """Machine-learning models in production from one self-hosted service."""


@cli.command()
def settings() -> None:
    """Print the effective settings, secrets redacted."""
    typer.echo(yaml.safe_dump(effective(load_settings()), sort_keys=False).rstrip())


@cli.command()
def serve() -> None:
    """Start the service."""
    from app.main import serve as start

    start(load_settings())


@cli.command()
def apply(file: Path) -> None:
    """Make the sources and schedules be as FILE declares them."""
    with _factory() as factory:
        changed = factory.declarations.apply(file, now=utc_now())
    typer.echo("\n".join(f"applied {one}" for one in changed) or "nothing to change")


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database's schema up to date."""
    with _factory(checked=False) as factory:
        factory.upgrade_schema()


@models.command("register")
def register(
    name: str,
    path: Path,
    *,
    sample: Annotated[Path | None, typer.Option(help="CSV or Parquet of typical inputs.")] = None,
    runtime: Annotated[
        RuntimeName | None, typer.Option(help="Told by the suffix if left out.")
    ] = None,
    entry_point: Annotated[
        str | None, typer.Option(help="module:Class, for runtime python.")
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option(help="A type that a skops file may hold, module.Class; may be repeated."),
    ] = None,
    accept_version_difference: bool = False,
) -> None:
    """Register the file PATH as a new version of model NAME. Loading a pickle runs its code."""
    asked = Registration(
        name=name,
        filename=path.name,
        runtime=runtime,
        sample=sample,
        entry_point=entry_point,
        trusted=tuple(trust or ()),
        accept_version_difference=accept_version_difference,
    )
    with _factory() as factory:
        version = factory.models.register(path, asked, actor=ACTOR, now=utc_now())
    live = (
        ", live"
        if version.live
        else f"; `disparo models promote {name} {version.number}` makes it live"
    )
    typer.echo(f"{name} version {version.number} ({version.estimator.class_name}){live}")
    for warning in version.estimator.warnings:
        err.print(f"warning: {warning}", style="yellow")


@models.command("list")
def list_models(*, as_json: Json = False) -> None:
    """List the models."""
    with _factory() as factory:
        columns = {"NAME": "name", "LIVE": "live", "VERSIONS": "versions", "CREATED": "created_at"}
        _print(factory.models.all(), as_json=as_json, columns=columns)


@models.command("show")
def show_model(name: str, version: int | None = None, *, as_json: Json = False) -> None:
    """Show a model's versions, or one version whole."""
    with _factory() as factory:
        if version is not None:
            return _print_one(factory.models.version(name, version))
        columns = {
            "VERSION": "number",
            "STATE": "state",
            "LIVE": "live",
            "REGISTERED": "registered_at",
        }
        return _print(factory.models.versions(name), as_json=as_json, columns=columns)


@models.command("promote")
def promote(name: str, version: int) -> None:
    """Make a version the live one."""
    with _factory() as factory:
        factory.models.promote(name, version, actor=ACTOR, now=utc_now())
    typer.echo(f"{name} version {version} is live")


@models.command("retire")
def retire(name: str, version: int) -> None:
    """Take a version out of use."""
    with _factory() as factory:
        factory.models.retire(name, version, actor=ACTOR, now=utc_now())
    typer.echo(f"{name} version {version} is retired")


@sources.command("add")
def add_source(name: str, connection: str, description: str = "") -> None:
    """Add a source: an ODBC connection string or an SQLAlchemy URL; ${NAME} takes a variable."""
    with _factory() as factory:
        factory.sources.add(name, connection, description, actor=ACTOR, now=utc_now())
    typer.echo(f"added {name}; `disparo sources test {name}` tries it")


@sources.command("list")
def list_sources(*, as_json: Json = False) -> None:
    """List the sources."""
    with _factory() as factory:
        columns = {
            "NAME": "name",
            "KIND": "kind",
            "DECLARED IN": "declared_in",
            "DESCRIPTION": "description",
        }
        _print(factory.sources.all(), as_json=as_json, columns=columns)


@sources.command("test")
def test_source(name: str) -> None:
    """Try every step of a connection."""
    with _factory() as factory:
        probe = factory.sources.test(name)
    typer.echo(f"{name}: {probe.detail} ({probe.seconds:.2f} s)")
    if not probe.ok:
        raise typer.Exit(ExitCode.SOURCE_UNREACHABLE)


@sources.command("remove")
def remove_source(name: str) -> None:
    """Remove a source."""
    with _factory() as factory:
        factory.sources.remove(name, actor=ACTOR, now=utc_now())
    typer.echo(f"removed {name}")


@schedules.command("list")
def list_schedules() -> None:
    """List the schedules."""
    with _factory() as factory:
        specs = [one.spec for one in factory.schedules.page() if isinstance(one, StoredSchedule)]
    columns = {
        "NAME": "name",
        "MODEL": "model",
        "CRON": "cron",
        "ZONE": "timezone",
        "DESCRIPTION": "description",
    }
    _print(specs, as_json=False, columns=columns)


@dispatch.command("list")
def list_dispatches(schedule: str | None = None, limit: int = 20, *, as_json: Json = False) -> None:
    """List the newest dispatches."""
    columns = {
        "ID": "id",
        "SCHEDULE": "schedule",
        "SLOT": "slot",
        "STATE": "state",
        "STARTED": "started_at",
    }
    with _factory() as factory:
        _print(
            factory.dispatches.page(schedule=schedule, limit=limit),
            as_json=as_json,
            columns=columns,
        )


@dispatch.command("show")
def show_dispatch(dispatch_id: int) -> None:
    """Show a dispatch's whole record."""
    with _factory() as factory:
        _print_one(factory.dispatches.get(dispatch_id))


@dispatch.command("run")
def run_dispatch(
    schedule: Annotated[str | None, typer.Argument(help="The schedule's name.")] = None,
    *,
    dispatch_id: Annotated[
        int | None, typer.Option("--id", help="Run this waiting dispatch.")
    ] = None,
    slot: Annotated[str, typer.Option(help="ISO 8601, by the schedule's clock, or `now`.")] = "now",
    param: Annotated[
        list[str] | None, typer.Option(help="k=v, for a parameter of the query.")
    ] = None,
    claim: Annotated[str | None, typer.Option(hidden=True, help="The launcher's claim.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most rows to predict.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Predict, but deliver nothing.")
    ] = False,
) -> None:
    """Run one dispatch here and now: of SCHEDULE, or the waiting one with that --id."""
    if (schedule is None) == (dispatch_id is None):
        raise ConfigurationError("name either a schedule or an --id")
    stop = _stopped_by_signal()
    with _factory() as factory:
        if schedule is not None:
            dispatch_id = factory.dispatches.order(
                schedule,
                now=utc_now(),
                actor=ACTOR,
                slot=_slot(slot),
                parameters=dict(map(_parameter, param or [])),
                limit=limit,
                dry_run=dry_run,
            ).id
        assert dispatch_id is not None  # noqa: S101 - one of the two was given
        with _bar() as show:
            record = factory.execution.run(
                dispatch_id,
                clock=utc_now,
                stop=stop,
                claim=None if claim is None else Claim(dispatch=dispatch_id, token=claim),
                on_progress=show,
            )
    _report(record)


def _leave(code: int) -> NoReturn:
    """End the process, also while a thread waits in a driver that never returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _stopped_by_signal() -> Stop:
    """Return what Ctrl-C and SIGTERM set."""
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set(Reason.CANCEL))
    return stop


def _slot(text: str) -> datetime | None:
    if text == "now":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"--slot {text!r} is not a time; write e.g. 2013-11-28, 2013-11-28T07:30 or now"
        ) from error


def _parameter(text: str) -> tuple[str, Scalar]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigurationError(f"--param {text!r} is not of the form name=value")
    return name, yaml.safe_load(value)


@contextmanager
def _bar() -> Iterator[Any]:
    """Show progress as a bar, on a terminal alone."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("rows", total=None)

        def show(progress: Progress) -> None:
            bar.update(task, total=progress.rows_expected, completed=progress.rows_delivered)

        yield show


def _report(record: Dispatch) -> None:
    """Print how the dispatch ended, and end with its exit code."""
    progress, deliver = record.progress, record.order.schedule.deliver
    if record.state is DispatchState.SUCCEEDED:
        done = f"{progress.rows_delivered} rows delivered to {deliver.table} of {deliver.source}"
        if record.order.dry_run:
            done = f"{progress.rows_inferred} rows predicted, none delivered (dry run)"
        typer.echo(
            f"dispatch {record.id} succeeded: {done} "
            f"(collect {progress.collect_seconds:.1f} s, infer {progress.infer_seconds:.1f} s, "
            f"deliver {progress.deliver_seconds:.1f} s)"
        )
        return
    assert record.error is not None  # noqa: S101 - only success has none
    stage = f" in {record.error.stage}" if record.error.stage else ""
    typer.echo(f"dispatch {record.id} {record.state}{stage}: {record.error.detail}", err=True)
    _leave(_exit_code(record.error.slug))


def _exit_code(slug: str) -> ExitCode:
    """Return the exit code of the error class with this slug."""
    waiting = [AppError]
    while waiting:
        kind = waiting.pop()
        if kind.slug == slug:
            return kind.exit_code
        waiting += kind.__subclasses__()
    return ExitCode.UNEXPECTED


def main() -> None:
    """Run the command line; an AppError ends it with its own exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    run = partial(cli, standalone_mode=True)
    try:
        run()
    except AppError as error:
        typer.echo(f"{error.title}: {error.detail}", err=True)
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    main()
