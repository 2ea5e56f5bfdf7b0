"""Jobs in Slurm: submitted, seen, given up. Each method is one transaction; none asks Slurm."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.engine import reading
from app.db.events import EventStore
from app.db.slurm_jobs import SlurmJobStore
from app.db.tasks import TaskStore
from app.errors import AppError, ConfigurationError
from app.services.alerts import AlertService
from app.services.ends import ended, in_record, state_after, subject
from app.services.queue import QueueService
from app.values.dispatch import Claim, Dispatch
from app.values.slurm import SeenJob, array_name
from app.values.slurm_job import OpenJob

_COPIED_AT_ONCE = 1000


class SlurmJobService:
    """The records behind the launcher that submits to Slurm, and behind its jobs' programs."""

    def __init__(self, engine: sa.Engine, queue: QueueService, alerts: AlertService) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._queue = queue
        self._alerts = alerts

    def count_open(self) -> int:
        """Return how many jobs there are about which something may be to be done."""
        with self._reading.begin() as connection:
            return SlurmJobStore(connection).count_open()

    def open(self, limit: int) -> list[OpenJob]:
        """Return those, the oldest first."""
        with self._reading.begin() as connection:
            return SlurmJobStore(connection).open(limit)

    def uncopied(self) -> list[OpenJob]:
        """Return the jobs whose output may not be copied whole yet."""
        with self._reading.begin() as connection:
            return SlurmJobStore(connection).uncopied(_COPIED_AT_ONCE)

    def dispatch(self, job: OpenJob) -> Dispatch | None:
        """Return the dispatch of a job."""
        with self._reading.begin() as connection:
            return DispatchStore(connection).get(job.dispatch)

    def try_submit(self, job: OpenJob, output: str, *, now: datetime) -> bool:
        """Note that it is submitted now; False: its dispatch waits no more."""
        with self._engine.begin() as connection:
            store = SlurmJobStore(connection)
            if not store.waits(job.dispatch):
                return False
            store.change(job.id, tried_at=now, output=output)
            return True

    def try_submit_array(
        self, jobs: Sequence[OpenJob], base: str, output: str, *, now: datetime
    ) -> list[OpenJob]:
        """Note that tasks are submitted now as one array job; return those that still wait.

        Each is then known by the array's name with its index. `output` has `%a` for that.
        """
        with self._engine.begin() as connection:
            store, waiting = SlurmJobStore(connection), list[OpenJob]()
            for job in jobs:
                if store.waits(job.dispatch):
                    index = job.partition or 0
                    file = output.replace("%a", str(index))
                    store.change(job.id, name=array_name(base, index), tried_at=now, output=file)
                    waiting.append(job)
            return waiting

    def submitted(self, job: OpenJob, number: int, *, now: datetime) -> None:
        """Note that Slurm has it, under this id."""
        with self._engine.begin() as connection:
            SlurmJobStore(connection).change(job.id, job=number, submitted_at=now, fault=None)
            EventStore(connection).add(
                subject(job.dispatch), "submitted", now, actor="launcher", detail={"job": number}
            )

    def failed(self, job: OpenJob, error: AppError) -> None:
        """Note why Slurm could not be asked about it."""
        told = in_record(error).detail
        if told != job.record.fault:
            with self._engine.begin() as connection:
                SlurmJobStore(connection).change(job.id, fault=told)

    def see(self, job: OpenJob, seen: SeenJob, *, now: datetime) -> None:
        """Note what Slurm tells of it."""
        with self._engine.begin() as connection:
            SlurmJobStore(connection).see(job.id, seen, now)

    def touch(self, job: OpenJob, *, now: datetime) -> None:
        """Show life for a program that Slurm has suspended."""
        if job.claim is not None:
            with self._engine.begin() as connection:
                DispatchStore(connection).touch(Claim(dispatch=job.dispatch, token=job.claim), now)

    def close(self, job: OpenJob, *, now: datetime) -> None:
        """Note that there is nothing more to do about it."""
        with self._engine.begin() as connection:
            SlurmJobStore(connection).change(job.id, closed_at=now)

    def end(self, job: OpenJob, error: AppError, *, now: datetime) -> bool:
        """End the dispatch of a job whose program did not; False: it is not as it was."""
        told = in_record(error)
        state = state_after(told)
        if job.claim is not None and job.has_begun:
            claim = Claim(dispatch=job.dispatch, token=job.claim)
            return self._queue.finish(claim, state, now=now, actor="launcher", error=told)
        with self._engine.begin() as connection:
            store = DispatchStore(connection)
            TaskStore(connection).hold(job.dispatch)
            if not store.end_waiting(job.dispatch, state, now, told):
                return False
            dispatch = store.get(job.dispatch)
            assert dispatch is not None  # noqa: S101 - just written
            over = ended(connection, dispatch, state, told, now=now, actor="launcher")
            if over is not None:
                self._alerts.dispatch_ended(connection, *over, now=now)
            return True

    def again(self, job: OpenJob, error: AppError, *, now: datetime) -> bool:
        """Have the dispatch run again, as the same attempt; False: it is not as it was."""
        if job.claim is not None and job.has_begun:
            claim = Claim(dispatch=job.dispatch, token=job.claim)
            return self._queue.lose(claim, error, now=now, actor="launcher")
        with self._engine.begin() as connection:
            store = SlurmJobStore(connection)
            if not store.waits(job.dispatch):
                return False
            store.change(job.id, closed_at=now, fault=error.detail)
            store.add(job.dispatch, now)
            detail = {"error": error.detail}
            EventStore(connection).add(
                subject(job.dispatch), "placed", now, actor="launcher", detail=detail
            )
            return True

    def dispatch_of(self, name: str) -> int | None:
        """Return the dispatch that the job of this name was submitted for."""
        with self._reading.begin() as connection:
            job = SlurmJobStore(connection).named(name)
        return None if job is None else job.dispatch

    def begin(self, dispatch_id: int, name: str, seen: SeenJob, *, now: datetime) -> Claim | None:
        """Claim a dispatch for the program of its job, which tells what it is in `seen`.

        None: the dispatch has ended, or another program runs it: there is nothing to do. Raises
        ConfigurationError if this database knows no such job.
        """
        with self._engine.begin() as connection:
            store, dispatches = SlurmJobStore(connection), DispatchStore(connection)
            job = store.named(name)
            if job is None or job.dispatch != dispatch_id:
                raise ConfigurationError(
                    f"the database that this job finds knows no job {name}: its settings are not "
                    "those of the service; see docs/slurm.md on DISPARO_SETTINGS and secrets files"
                )
            claim = dispatches.claim(dispatch_id, now, host=seen.node, launcher="slurm")
            if claim is None:
                return None
            store.see(job.id, seen, now)
            store.begin(job.id, claim, claim_restarts=seen.restarts)
            detail = {"launcher": "slurm", "job": seen.id, "node": seen.node}
            EventStore(connection).add(
                subject(dispatch_id), "started", now, actor="program", detail=detail
            )
            return claim

    def note_log(self, job: OpenJob, start: int) -> None:
        """Note where the job's output begins in the dispatch's log."""
        with self._engine.begin() as connection:
            SlurmJobStore(connection).change(job.id, log_start=start)

    def copied(self, jobs: Sequence[OpenJob], *, now: datetime) -> None:
        """Note that their output was copied whole, as far as there is any."""
        with self._engine.begin() as connection:
            for job in jobs:
                SlurmJobStore(connection).change(job.id, copied_at=now)
