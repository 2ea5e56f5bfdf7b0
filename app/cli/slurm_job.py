"""The program of a job in Slurm: who it is, by what Slurm tells it."""

import logging
import os
import socket
from typing import TYPE_CHECKING

import typer

from app import log_setup
from app.clock import utc_now
from app.values.dispatch import Claim
from app.values.slurm import JobState, SeenJob, array_name

if TYPE_CHECKING:
    from app.factory import Factory

logger = logging.getLogger(__name__)


def claim_as_job(factory: "Factory", dispatch_id: int, name: str) -> Claim:
    """Claim the dispatch that this job was submitted for; end with success if it needs no one.

    Of a task of an array job that is the one of its index, not the dispatch that was split. That is
    so for a job that Slurm has queued again, or that was submitted twice: whatever the
    record says goes before it.
    """
    from app.services.patience import Patience

    patiently = Patience(factory.settings.dispatch.record_seconds)
    patiently(factory.check_schema)
    if (index := os.environ.get("SLURM_ARRAY_TASK_ID", "")).isdigit():
        own = array_name(name, int(index))
        found = patiently(lambda: factory.slurm_jobs.dispatch_of(own))
        dispatch_id, name = (dispatch_id, name) if found is None else (found, own)
    logs = factory.settings.logs
    log_setup.configure(
        level=logs.level,
        form="program",
        most=logs.max_characters,
        subject=f"dispatch {dispatch_id}",
    )
    seen = _seen(name)
    claim = patiently(lambda: factory.slurm_jobs.begin(dispatch_id, name, seen, now=utc_now()))
    if claim is None:
        state = factory.dispatches.get(dispatch_id).state
        typer.echo(f"dispatch {dispatch_id} is {state}: there is nothing for this job to do")
        raise typer.Exit
    logger.info("started as job %d on %s, in process %d", seen.id, seen.node, os.getpid())
    return claim


def _seen(name: str) -> SeenJob:
    told = os.environ
    return SeenJob(
        id=_number(told.get("SLURM_JOB_ID")),
        name=name,
        state=JobState.RUNNING,
        node=told.get("SLURMD_NODENAME") or socket.gethostname(),
        restarts=_number(told.get("SLURM_RESTART_COUNT")),
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
