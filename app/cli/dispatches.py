"""`disparo dispatch`: executions."""

import os
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.parts import (
    ACTOR,
    Json,
    command_group,
    in_zone,
    moment,
    parameter,
    services,
    show,
    show_one,
    show_table,
)
from app.cli.runs import progress_bar, report, run_tasks, stopped_by_signal
from app.cli.slurm_job import claim_as_job
from app.clock import utc_now
from app.errors import ConfigurationError, ConflictError
from app.services.priority import QUIET_THREADS, give_way
from app.values.brief import DispatchFilter
from app.values.dispatch import Claim, DispatchState
from app.values.task import DispatchInParts, DispatchTask

if TYPE_CHECKING:
    from app.factory import Factory

_LOOK_SECONDS = 0.5
_HELD = timedelta(minutes=1)
"""How long launchers leave a dispatch to the program that has queued it to run it itself."""
group = command_group("Executions.")


@group.command("list")
def list_dispatches(schedule: str | None = None, limit: int = 20, *, as_json: Json = False) -> None:
    """List the newest dispatches."""
    columns = {
        "ID": "id",
        "SCHEDULE": "schedule",
        "SLOT": "slot",
        "STATE": "state",
        "STARTED": "started_at",
    }
    with services() as factory:
        show(
            factory.dispatches.page(DispatchFilter(schedule=schedule), limit=limit),
            as_json=as_json,
            columns=columns,
        )


@group.command("show")
def show_dispatch(dispatch_id: int) -> None:
    """Show a dispatch's whole record; `parts` are its tasks, if it was split."""
    with services() as factory:
        record = factory.dispatches.get(dispatch_id)
        parts = tuple(factory.tasks.of(dispatch_id))
    show_one(DispatchInParts(**dict(record), parts=parts) if parts else record)


@group.command("tasks")
def list_tasks(dispatch_id: int, *, as_json: Json = False) -> None:
    """List the tasks of a dispatch that was split, each by its newest attempt."""
    with services() as factory:
        tasks = factory.tasks.of(dispatch_id)
    if as_json:
        show(tasks, as_json=True, columns={})
    else:
        show_table(("ID", "TASK", "STATE", "ATTEMPT", "ROWS", "HOST", "ERROR"), map(_row, tasks))


def _row(task: DispatchTask) -> tuple[object, ...]:
    error = None if task.error is None else task.error.detail
    rows = task.progress.rows_delivered
    return task.id, task.in_words(), task.state, task.attempt, rows, task.host, error


@group.command("rerun-tasks")
def rerun_tasks(
    dispatch_id: int,
    *,
    partition: Annotated[
        list[int] | None, typer.Option(min=0, help="This task too, though it has succeeded.")
    ] = None,
) -> None:
    """Run the failed tasks of a dispatch again, and publish what they and the others staged."""
    with services() as factory:
        factory.tasks.rerun(dispatch_id, partitions=partition, actor=ACTOR, now=utc_now())
    typer.echo(f"the failed tasks of dispatch {dispatch_id} wait to run again")


@group.command("logs")
def print_log(
    dispatch_id: int,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the dispatch has ended.")
    ] = False,
) -> None:
    """Print what a dispatch's program printed; its middle is left out where it is long."""
    after = 0
    with services() as factory:
        while True:
            part = factory.logs.part(dispatch_id, after=after, now=utc_now())
            typer.echo(part.text, nl=False)
            is_all = part.is_over if follow else part.end == after
            if is_all:
                return
            after = part.end
            if follow and not part.text:
                time.sleep(_LOOK_SECONDS)


@group.command("cancel")
def cancel_dispatch(dispatch_id: int) -> None:
    """Cancel a dispatch: a waiting one at once, a running one within seconds."""
    with services() as factory:
        found = factory.dispatches.cancel(dispatch_id, actor=ACTOR, now=utc_now())
    asked = "is asked to stop" if found.state is DispatchState.RUNNING else f"is {found.state}"
    typer.echo(f"dispatch {dispatch_id} {asked}")


@group.command("run")
def run_dispatch(
    schedule: Annotated[str | None, typer.Argument(help="The schedule's name.")] = None,
    *,
    dispatch_id: Annotated[
        int | None, typer.Option("--id", help="Run this waiting dispatch.")
    ] = None,
    slot: Annotated[
        str | None,
        typer.Option(help="ISO 8601, by the schedule's clock; `now` claims the newest slot."),
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="k=v, for a parameter of the query.")
    ] = None,
    claim: Annotated[str | None, typer.Option(hidden=True, help="The launcher's claim.")] = None,
    job: Annotated[
        str | None, typer.Option(hidden=True, help="The job in Slurm that this is.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most rows to predict.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Predict, but deliver nothing.")
    ] = False,
) -> None:
    """Run one dispatch here and now: of SCHEDULE, or the waiting one with that --id.

    With `--slot now` it claims the slot that is due, as the scheduler does: if that is dispatched
    already, there is nothing to do. So a system's cron can run what the scheduler would.
    """
    if (schedule is None) == (dispatch_id is None):
        raise ConfigurationError("name either a schedule or an --id")
    os.environ.update(QUIET_THREADS | os.environ)
    stop = stopped_by_signal(of_job=job is not None)
    with services(checked=job is None) as factory:  # a job is patient with the database
        give_way(factory.settings.dispatch.nice)
        if job is not None and dispatch_id is not None:
            taken = claim_as_job(factory, dispatch_id, job)
            dispatch_id, claim = taken.dispatch, taken.token
        execution = factory.execution
        if schedule is not None and slot == "now":
            _refuse_options(param, limit, dry_run=dry_run)
            taken = _claimed(factory, schedule)
            dispatch_id, claim = taken.dispatch, taken.token
        elif schedule is not None:
            dispatch_id = factory.dispatches.order(
                schedule,
                now=utc_now(),
                actor=ACTOR,
                slot=None if slot is None else moment(slot, "--slot", "now"),
                parameters=dict(map(parameter, param or [])),
                limit=limit,
                dry_run=dry_run,
                held=_HELD,
            ).id
        assert dispatch_id is not None  # noqa: S101 - one of the two was given
        with progress_bar() as show_progress:
            record = execution.run(
                dispatch_id,
                clock=utc_now,
                stop=stop,
                claim=None if claim is None else Claim(dispatch=dispatch_id, token=claim),
                on_progress=show_progress,
            )
            if record.tasks is not None and job is None:
                record = run_tasks(factory, record, stop, show_progress)
    report(record)


def _claimed(factory: "Factory", schedule: str) -> Claim:
    """Claim the newest slot of a schedule; end with success if there is nothing to do."""
    found = factory.schedules.get(schedule)
    if found.paused:
        typer.echo(f"schedule {schedule} is paused: nothing is dispatched")
        raise typer.Exit
    dispatch, is_free = factory.dispatches.order_slot(
        schedule, now=utc_now(), actor=ACTOR, held=_HELD
    )
    if not is_free:
        slot = in_zone(found.spec, dispatch.slot)
        typer.echo(f"slot {slot} has dispatch {dispatch.id} already, which is {dispatch.state}")
        raise typer.Exit
    taken = factory.queue.claim(dispatch.id, now=utc_now(), launcher="command line")
    if taken is None:
        raise ConflictError(f"dispatch {dispatch.id} was cancelled before it could start")
    return taken


def _refuse_options(param: list[str] | None, limit: int | None, *, dry_run: bool) -> None:
    if param or limit is not None or dry_run:
        raise ConfigurationError(
            "--slot now runs the slot as the scheduler would: it goes with no --param, --limit or "
            "--dry-run; leave --slot out to run by hand"
        )
