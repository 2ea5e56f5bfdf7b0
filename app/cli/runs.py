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
from app.errors import exit_code
from app.values.dispatch import Dispatch, Progress

if TYPE_CHECKING:
    from app.services.pulse import Stop


def _leave(code: int) -> NoReturn:
    """End the process, also while a thread waits in a driver that never returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def stopped_by_signal() -> "Stop":
    """Return what Ctrl-C and SIGTERM set."""
    from app.services.pulse import Reason, Stop

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
    told = f"dispatch {record.id} {record.in_words()}"
    if record.error is None:
        typer.echo(told)
        return
    typer.echo(told, err=True)
    _leave(exit_code(record.error.slug))
