"""The launcher of Slurm: submits dispatches as jobs, and looks after what dies without a word.

Jobs go on whatever becomes of the service. Whatever is asked of Slurm, and however long it takes to
answer, is asked by one thread, for which nothing else in the service waits.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from app.db.engine import AWAY
from app.errors import AppError
from app.factory import Factory
from app.scheduler.launchers.slurm_scribe import SlurmScribe
from app.scheduler.tenure import Tenure
from app.services.slurm_verdicts import Bounds, What, chosen, judge
from app.slurm.client import SlurmAwayError
from app.values.slurm import JobState, SeenJob, array_of
from app.values.slurm_job import OpenJob

logger = logging.getLogger(__name__)

LEASE = "slurm"
_STOP_SECONDS = 5.0
_OLD = timedelta(seconds=10)
"""After which it is written anew that a job is as it was."""
_LONGEST_PAUSE = 60.0
"""Between two tries while Slurm does not answer."""


class SlurmLauncher:
    """A thread that, while this service holds the lease, keeps jobs and records together."""

    def __init__(self, factory: Factory, *, clock: Callable[[], datetime]) -> None:
        settings = factory.settings
        self._settings = settings.slurm
        self._is_wanted = settings.slurm.enabled and settings.scheduler.enabled
        self._poll_seconds = settings.scheduler.poll_seconds
        self._factory = factory
        self._clock = clock
        self._bounds = Bounds(
            grace=timedelta(seconds=settings.dispatch.grace_seconds),
            unknown=timedelta(seconds=settings.slurm.unknown_seconds),
            submissions=settings.slurm.submissions,
        )
        self._wakened = threading.Event()
        self._stopping = threading.Event()
        self._tenure = Tenure(factory.leases, LEASE, on_taken=self.wake)
        self._scribe = SlurmScribe(factory, is_ours=self._tenure.is_sure, clock=clock)
        self._thread = threading.Thread(target=self._loop, name="slurm", daemon=True)
        self._looked_at = 0.0
        self._cancel_failed_at = -1.0
        """When a cancellation failed last: the others of the same look are left for the next."""
        self._pause = 0.0
        """How long Slurm is left alone after it has not answered."""
        self._asked: dict[int, float] = {}
        """When jobs were first seen to have been asked to stop, by the monotonic clock."""

    def start(self) -> None:
        """Start the thread, unless this service does not submit. Raises ConfigurationError."""
        if self._is_wanted:
            assert self._factory.slurm_orders.defaults  # noqa: S101 - wrong settings are fatal
            self._tenure.start()
            self._scribe.start()
            self._thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        self._wakened.set()

    def stop(self) -> None:
        """Stop. Jobs go on; another service looks after them."""
        self._stopping.set()
        self._wakened.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)  # a call of Slurm may take longer, and is left
            self._scribe.stop()
            self._tenure.stop()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._wakened.wait(self._poll_seconds)
            self._wakened.clear()
            if self._tenure.is_sure():
                self._safely(self._turn)

    def _safely(self, do: Callable[[], None]) -> None:
        """Do something that the next turn does again, should it fail."""
        try:
            do()
        except AWAY as error:
            logger.warning("Slurm's jobs wait for the database: %s", str(error).partition("\n")[0])
        except Exception:
            logger.exception("the launcher of Slurm goes on after an error")

    def _turn(self) -> None:
        room = self._settings.jobs - self._factory.slurm_jobs.count_open()
        self._factory.queue.place(room, now=self._clock())
        if time.monotonic() < self._looked_at + self._pause:
            return
        jobs = self._factory.slurm_jobs.open(self._settings.jobs)
        try:
            self._submit([one for one in jobs if one.tried_at is None])
            if self._is_due(jobs):
                self._look(jobs)
            self._pause = 0.0
        except SlurmAwayError as error:
            self._note_away(jobs, error)

    def _is_due(self, jobs: list[OpenJob]) -> bool:
        """Tell whether jobs are to be looked at: now and then, and when something was asked."""
        has_ended = any(not one.waits and not one.has_begun for one in jobs)
        every = min(1.0, self._settings.poll_seconds) if has_ended else self._settings.poll_seconds
        return bool(jobs) and time.monotonic() >= self._looked_at + every

    def _note_away(self, jobs: list[OpenJob], error: SlurmAwayError) -> None:
        """Leave Slurm alone for a while, the longer the longer it does not answer."""
        if not self._pause:
            logger.warning("%s", error.detail)
        shortest = self._settings.poll_seconds
        self._pause = min(_LONGEST_PAUSE, max(shortest, self._pause * 2))
        self._looked_at = time.monotonic()
        for job in jobs:
            self._factory.slurm_jobs.failed(job, error)

    def _submit(self, jobs: list[OpenJob]) -> None:
        """Submit what was never tried. Raises SlurmAwayError: then it is looked for first."""
        for several in in_arrays(jobs):
            if self._stopping.is_set() or not self._tenure.is_sure():
                return
            with self._alone(several[0]):
                if array_of(several[0].record.name)[1] is None and len(several) == 1:
                    self._submit_one(several[0])
                else:
                    self._submit_array(several)

    def _submit_one(self, job: OpenJob) -> None:
        records = self._factory.slurm_jobs
        dispatch = records.dispatch(job)
        if dispatch is None or not job.waits:
            return records.close(job, now=self._clock())
        try:
            new = self._factory.slurm_orders.job(dispatch, job.record.name)
            if not records.try_submit(job, new.output, now=self._clock()):
                return None
            number = self._factory.slurm.submit(new)
        except SlurmAwayError:
            raise
        except (AppError, OSError) as error:
            told = error if isinstance(error, AppError) else AppError(f"{error}")
            logger.warning("dispatch %d: %s", job.dispatch, told)
            records.end(job, told, now=self._clock())
            return None
        records.submitted(job, number, now=self._clock())
        return None

    def _submit_array(self, jobs: Sequence[OpenJob]) -> None:
        """Submit tasks of one dispatch as an array job, whose indexes are their partitions."""
        records, base = self._factory.slurm_jobs, array_of(jobs[0].record.name)[0]
        task = records.dispatch(jobs[0])
        if task is None:
            return
        try:
            new = self._factory.slurm_orders.array_job(task, base)
            waiting = records.try_submit_array(jobs, base, new.output, now=self._clock())
            for job in jobs:
                if job not in waiting:
                    records.close(job, now=self._clock())
            if not waiting:
                return
            indexes = ",".join(str(job.partition or 0) for job in waiting)
            number = self._factory.slurm.submit(new.model_copy(update={"array": indexes}))
        except SlurmAwayError:
            raise
        except (AppError, OSError) as error:
            told = error if isinstance(error, AppError) else AppError(f"{error}")
            logger.warning("dispatch %s: %s", task.parent, told)
            for job in jobs:
                records.end(job, told, now=self._clock())
            return
        for job in waiting:
            records.submitted(job, number, now=self._clock())

    def _look(self, jobs: list[OpenJob]) -> None:
        """Ask Slurm for the jobs, then judge each by the records as they are after its answer."""
        tried = {one.record.name: one.record.job for one in jobs if one.tried_at is not None}
        seen = self._factory.slurm.find(tried)
        self._looked_at = time.monotonic()
        unfound = set()
        for job in self._factory.slurm_jobs.open(self._settings.jobs):
            if job.record.name not in tried:
                continue
            mine = [one for one in seen if one.name == job.record.name] or dropped(job, seen)
            with self._alone(job):
                self._see_to(job, mine)
            if job.waits and job.record.job is None and not mine:
                unfound.add(job.id)
        # What was tried without an answer, and has not arrived, is tried again.
        self._submit([one for one in jobs if one.id in unfound])

    def _see_to(self, job: OpenJob, mine: list[SeenJob]) -> None:
        records, now = self._factory.slurm_jobs, self._clock()
        one = chosen(job, mine)
        if one is not None and _differs(job, one, now):
            records.see(job, one, now=now)
        verdict = judge(job, mine, self._bounds, now=now, asked_for=self._asked_for(job))
        for other in verdict.cancel:
            self._cancel(job, other)
        error = verdict.error
        match verdict.what:
            case What.CLOSE:
                records.close(job, now=now)
                self._asked.pop(job.id, None)
            case What.TOUCH:
                records.touch(job, now=now)
            case What.END if error is not None:
                if records.end(job, error, now=now):
                    logger.warning("dispatch %d: %s", job.dispatch, error.detail)
            case What.AGAIN if error is not None:
                if records.again(job, error, now=now):
                    logger.warning("dispatch %d runs again: %s", job.dispatch, error.detail)
                    self.wake()
            case _:
                pass

    def _cancel(self, job: OpenJob, other: SeenJob) -> None:
        """Cancel a job; what Slurm does not let go of is asked for again at the next look."""
        if self._looked_at < self._cancel_failed_at:
            return
        try:
            self._factory.slurm.cancel(other.id, other.name)
        except SlurmAwayError as error:
            self._cancel_failed_at = time.monotonic()
            logger.warning("dispatch %d: %s", job.dispatch, error.detail)
            self._factory.slurm_jobs.failed(job, error)

    @contextmanager
    def _alone(self, job: OpenJob) -> Iterator[None]:
        """Keep what fails about one job, as a damaged row does, from stopping the others."""
        try:
            yield
        except (SlurmAwayError, *AWAY):
            raise
        except Exception:
            logger.exception("dispatch %d: its job cannot be seen to", job.dispatch)

    def _asked_for(self, job: OpenJob) -> timedelta | None:
        if not job.cancel_requested:
            return None
        moment = time.monotonic()
        return timedelta(seconds=moment - self._asked.setdefault(job.id, moment))


def _differs(job: OpenJob, one: SeenJob, now: datetime) -> bool:
    """Tell whether the record lacks something of what Slurm says, or is old."""
    record = job.record
    told = (one.id, one.state, one.reason, one.node, one.restarts, one.exit_code)
    kept = (
        record.job, record.state, record.reason, record.node, record.restarts, record.exit_code
    )  # fmt: skip
    is_old = record.seen_at is None or now - record.seen_at > _OLD
    return told != kept or record.fault is not None or (is_old and not one.state.is_final)


def dropped(job: OpenJob, seen: Sequence[SeenJob]) -> list[SeenJob]:
    """Return a task of an array as cancelled, if Slurm knows the others of the array alone.

    It keeps no record of a task that was cancelled while it waited.
    """
    number, (base, index) = job.record.job, array_of(job.record.name)
    others = any(one.array is not None and array_of(one.name)[0] == base for one in seen)
    if index is None or number is None or not (job.waits and others):
        return []
    return [SeenJob(id=number, name=job.record.name, state=JobState.CANCELLED)]


def in_arrays(jobs: Sequence[OpenJob]) -> list[list[OpenJob]]:
    """Return jobs to submit, those together that are one array job: tasks of a dispatch.

    What was tried before keeps the array that it was tried as.
    """
    found: dict[object, list[OpenJob]] = {}
    for job in jobs:
        base, index = array_of(job.record.name)
        is_task = job.parent is not None and job.partition is not None
        key = base if index is not None else ("of", job.parent) if is_task else job.id
        found.setdefault(key, []).append(job)
    return list(found.values())
