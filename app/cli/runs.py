"""A dispatch that runs in this process: its signals, its progress, its report and exit code."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from app.cli.parts import err
from app.errors import AppError, ExitCode
from app.services.pulse import Reason, Stop
from app.values.dispatch import Dispatch, DispatchState, Progress


def _leave(code: int) -> NoReturn:
    """End the process, also while a thread waits in a driver that never returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def stopped_by_signal() -> Stop:
    """Return what Ctrl-C and SIGTERM set."""
    stop = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set(Reason.CANCEL))
    return stop


@contextmanager
def progress_bar() -> Iterator[Any]:
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


def report(record: Dispatch) -> None:
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
