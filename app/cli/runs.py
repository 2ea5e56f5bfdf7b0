"""A dispatch that runs in this process: its signals, its progress, its report and exit code."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from app.cli.parts import ACTOR, err
from app.clock import utc_now
from app.errors import ConflictError, ExitCode, exit_code
from app.values.dispatch import Dispatch, DispatchState, Progress

if TYPE_CHECKING:
    from app.factory import Factory
    from app.services.pulse import Stop

_LOOK_SECONDS = 0.2


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


def run_tasks(
    factory: "Factory", parent: Dispatch, stop: "Stop", show: Callable[[Progress], None]
) -> Dispatch:
    """Run the tasks of a dispatch one by one, beside services that do; return it when it is over.

    A task that another program was faster to claim, or that is to be tried again later, is waited
    for. Told to stop, the whole dispatch is cancelled.
    """
    while not parent.state.is_final:
        if stop.reason is not None and not parent.cancel_requested:
            factory.dispatches.cancel(parent.id, actor=ACTOR, now=utc_now())
        elif (task := _waiting_task(factory, parent.id)) is not None:
            with suppress(ConflictError):  # somebody else runs it
                factory.execution.run(task, clock=utc_now, stop=stop)
        else:
            time.sleep(_LOOK_SECONDS)
        parent = factory.dispatches.get(parent.id)
        show(parent.progress)
    return parent


def _waiting_task(factory: "Factory", parent: int) -> int | None:
    now = utc_now()
    waiting = (one for one in factory.tasks.of(parent) if one.state is DispatchState.QUEUED)
    return next((one.id for one in waiting if one.not_before <= now), None)


def report(record: Dispatch) -> None:
    """Print how the dispatch ended, and end with its exit code."""
    told = f"dispatch {record.id} {record.in_words()}"
    if record.tasks is not None and not record.state.is_final:  # its tasks are other jobs
        typer.echo(told)
        return
    if not record.state.is_final:  # Slurm ends it, and says why
        typer.echo(f"dispatch {record.id} was told to end; nothing of it was delivered", err=True)
        _leave(ExitCode.CANCELLED)
    if record.error is None:
        typer.echo(told)
        return
    typer.echo(told, err=True)
    _leave(exit_code(record.error.slug))
