"""The store of jobs in Slurm."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.slurm_tables import slurm_jobs
from app.db.tables import dispatches
from app.values.dispatch import Claim, DispatchState
from app.values.slurm import NAME_PREFIX, JobRecord, SeenJob
from app.values.slurm_job import OpenJob

_RUN_DIGITS = 16
_RECORD = tuple(JobRecord.model_fields)
_LONGEST = 255


class SlurmJobStore:
    """Jobs, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, dispatch_id: int, at: datetime) -> None:
        """Add a job to submit for a dispatch: the next one for the same attempt at its work."""
        names = (dispatches.c.id, dispatches.c.run, dispatches.c.retry_of, dispatches.c.attempt)
        # Not the whole row: one that is damaged must not keep others from being placed.
        query = sa.select(*names).where(dispatches.c.id == dispatch_id)
        dispatch = self._connection.execute(query).one()
        before = self._last_submission(dispatch.id)
        if before == 0 and dispatch.retry_of is not None:
            same = sa.select(dispatches.c.attempt).where(dispatches.c.id == dispatch.retry_of)
            if self._connection.execute(same).scalar() == dispatch.attempt:
                before = self._last_submission(dispatch.retry_of)
        name = f"{NAME_PREFIX}{dispatch.id}-{dispatch.run[:_RUN_DIGITS]}-{before + 1}"
        row = {
            "dispatch": dispatch.id,
            "name": name,
            "submission": before + 1,
            "restarts": 0,
            "claim_restarts": 0,
            "taken_at": at,
        }
        self._connection.execute(slurm_jobs.insert().values(row))

    def _last_submission(self, dispatch_id: int) -> int:
        query = sa.select(sa.func.max(slurm_jobs.c.submission))
        found = self._connection.execute(query.where(slurm_jobs.c.dispatch == dispatch_id)).scalar()
        return found or 0

    def count_open(self) -> int:
        """Return how many are not closed."""
        query = sa.select(sa.func.count()).where(slurm_jobs.c.closed_at.is_(None))
        return self._connection.execute(query).scalar_one()

    def open(self, limit: int) -> list[OpenJob]:
        """Return those that are not closed, the oldest first."""
        return self._found(slurm_jobs.c.closed_at.is_(None), limit=limit)

    def uncopied(self, limit: int) -> list[OpenJob]:
        """Return those whose output may not be copied whole, the oldest first."""
        wanted = (slurm_jobs.c.copied_at.is_(None), slurm_jobs.c.output.is_not(None))
        return self._found(*wanted, limit=limit)

    def named(self, name: str) -> OpenJob | None:
        """Return the one of this name, open or closed."""
        return next(iter(self._found(slurm_jobs.c.name == name, limit=1)), None)

    def _found(self, *where: sa.ColumnElement[bool], limit: int) -> list[OpenJob]:
        query = (
            sa.select(
                slurm_jobs,
                dispatches.c.state.label("dispatch_state"),
                # Of one that was split no program is the one that runs it.
                sa.case((dispatches.c.tasks.is_(None), dispatches.c.claim)).label("dispatch_claim"),
                dispatches.c.cancel_requested,
                dispatches.c.finished_at,
                dispatches.c.parent,
                dispatches.c.partition,
            )
            .join(dispatches, dispatches.c.id == slurm_jobs.c.dispatch)
            .where(*where)
        )
        rows = self._connection.execute(query.order_by(slurm_jobs.c.id).limit(limit))
        return [_value(row) for row in rows]

    def record_of(self, dispatch_id: int) -> JobRecord | None:
        """Return the newest job of a dispatch that has begun, else the newest."""
        began = slurm_jobs.c.claim.is_not(None)
        query = sa.select(slurm_jobs).where(slurm_jobs.c.dispatch == dispatch_id)
        row = self._connection.execute(
            query.order_by(began.desc(), slurm_jobs.c.id.desc()).limit(1)
        ).first()
        return None if row is None else _record(row)

    def change(self, job_id: int, **fields: Any) -> None:
        """Write some of its fields."""
        change = slurm_jobs.update().where(slurm_jobs.c.id == job_id)
        self._connection.execute(change.values(fields))

    def see(self, job_id: int, seen: SeenJob, at: datetime) -> None:
        """Write what Slurm tells of it."""
        self.change(
            job_id,
            job=seen.id,
            state=seen.state,
            reason=seen.reason and seen.reason[:_LONGEST],
            node=seen.node and seen.node[:_LONGEST],
            restarts=seen.restarts,
            exit_code=seen.exit_code,
            seen_at=at,
            fault=None,
            submitted_at=sa.func.coalesce(slurm_jobs.c.submitted_at, at),
        )

    def begin(self, job_id: int, claim: Claim, **fields: Any) -> None:
        """Note that its program has claimed the dispatch; a job that was given up is open again."""
        self.change(job_id, claim=claim.token, closed_at=None, copied_at=None, **fields)

    def waits(self, dispatch_id: int) -> bool:
        """Tell whether a dispatch still waits; it stays so until the transaction ends."""
        change = dispatches.update().where(
            dispatches.c.id == dispatch_id, dispatches.c.state == DispatchState.QUEUED
        )
        kept = change.values(submitted_at=dispatches.c.submitted_at)
        return self._connection.execute(kept).rowcount == 1


def _record(row: Any) -> JobRecord:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return JobRecord(**{name: fields[name] for name in _RECORD})


def _value(row: Any) -> OpenJob:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    names: Sequence[str] = tuple(set(OpenJob.model_fields) - {"record"})
    return OpenJob(record=_record(row), **{name: fields[name] for name in names})
