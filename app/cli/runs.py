"""A dispatch that runs in this process: its signals, its progress, its report and exit code."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from app.cli.parts import err
from app.errors import ExitCode, exit_code
from app.values.dispatch import Dispatch, Progress

if TYPE_CHECKING:
    from app.services.pulse import Stop


def _leave(code: int) -> NoReturn:
    """End the process, also while a thread waits in a driver that never returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def stopped_by_signal(*, of_job: bool) -> "Stop":
    """Return what Ctrl-C and SIGTERM set; the latter comes from Slurm where this is its job."""
    from app.services.pulse import Reason, Stop

    stop = Stop()
    signal.signal(signal.SIGINT, lambda *_: stop.set(Reason.CANCEL))
    told = Reason.TOLD if of_job else Reason.CANCEL
    signal.signal(signal.SIGTERM, lambda *_: stop.set(told))
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
    told = f"dispatch {record.id} {record.in_words()}"
    if not record.state.is_final:  # Slurm ends it, and says why
        typer.echo(f"dispatch {record.id} was told to end; nothing of it was delivered", err=True)
        _leave(ExitCode.CANCELLED)
    if record.error is None:
        typer.echo(told)
        return
    typer.echo(told, err=True)
    _leave(exit_code(record.error.slug))
