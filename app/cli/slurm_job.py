"""The program of a job in Slurm: who it is, by what Slurm tells it."""

import logging
import os
import socket
from typing import TYPE_CHECKING

import typer

from app import log_setup
from app.clock import utc_now
from app.values.slurm import JobState, SeenJob

if TYPE_CHECKING:
    from app.factory import Factory

logger = logging.getLogger(__name__)


def claim_as_job(factory: "Factory", dispatch_id: int, name: str) -> str:
    """Claim the dispatch that this job was submitted for; end with success if it needs no one.

    That is so for a job that Slurm has queued again, or that was submitted twice: whatever the
    record says goes before it.
    """
    logs = factory.settings.logs
    log_setup.configure(
        level=logs.level,
        form="program",
        most=logs.max_characters,
        subject=f"dispatch {dispatch_id}",
    )
    from app.services.patience import Patience

    seen = _seen(name)
    patiently = Patience(factory.settings.dispatch.record_seconds)
    patiently(factory.check_schema)
    claim = patiently(lambda: factory.slurm_jobs.begin(dispatch_id, name, seen, now=utc_now()))
    if claim is None:
        state = factory.dispatches.get(dispatch_id).state
        typer.echo(f"dispatch {dispatch_id} is {state}: there is nothing for this job to do")
        raise typer.Exit
    logger.info("started as job %d on %s, in process %d", seen.id, seen.node, os.getpid())
    return claim.token


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
