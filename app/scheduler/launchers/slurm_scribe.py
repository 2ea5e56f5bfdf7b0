"""The scribe of Slurm: copies the output files of jobs into logs, where this machine sees them."""

import logging
import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from app.db.engine import AWAY
from app.factory import Factory
from app.scheduler.launchers.copying import Copying
from app.services.slurm_jobs import SlurmJobService
from app.values.dispatch import Claim
from app.values.slurm import NAME_PREFIX
from app.values.slurm_job import OpenJob

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_STOP_SECONDS = 10.0
_LATE_SECONDS = 3.0
"""How long after a job's end its output is still looked for: file systems that are shared lag."""
_SWEEP_SECONDS = 3600.0
_DAY = 86_400.0


class SlurmScribe:
    """A thread that follows the output of all jobs, while this service looks after them."""

    def __init__(
        self, factory: Factory, *, is_ours: Callable[[], bool], clock: Callable[[], datetime]
    ) -> None:
        self._factory = factory
        self._jobs: SlurmJobService = factory.slurm_jobs
        self._is_ours = is_ours
        self._clock = clock
        self._copies: dict[int, _Copy] = {}
        self._over: dict[int, float] = {}
        """Since when jobs are over, by the monotonic clock."""
        self._swept_at = -_SWEEP_SECONDS
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="scribe of Slurm", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End; another service goes on where the log ends."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def _loop(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            try:
                if self._is_ours():
                    self._look()
                    self._sweep()
            except AWAY:
                logger.info("the output of jobs is copied when the database is back")
            except Exception:
                logger.exception("the output of jobs is followed further after an error")
        for copy in self._copies.values():
            copy.close()

    def _look(self) -> None:
        jobs = self._jobs.uncopied()
        done = [job for job in jobs if self._follow(job)]
        if done:
            self._jobs.copied(done, now=self._clock())
        for gone in self._copies.keys() - {job.id for job in jobs if job not in done}:
            self._copies.pop(gone).close()
            self._over.pop(gone, None)

    def _follow(self, job: OpenJob) -> bool:
        """Copy what is new; tell whether nothing more comes."""
        is_over = self._is_over(job)
        copy = self._copies.get(job.id) or self._opened(job)
        if copy is not None:
            copy.advance(is_over=is_over)
            if is_over and job.claim is not None:
                self._factory.logs.close(Claim(dispatch=job.dispatch, token=job.claim), copy.end)
        return is_over

    def _is_over(self, job: OpenJob) -> bool:
        """Tell whether the job has ended, and shared file systems have had time to show all."""
        state = job.record.state
        if not (job.is_closed or (state is not None and state.is_final)):
            self._over.pop(job.id, None)
            return False
        moment = time.monotonic()
        since = self._over.setdefault(job.id, moment)
        return moment - since >= _LATE_SECONDS

    def _opened(self, job: OpenJob) -> "_Copy | None":
        """Return what follows a job's output, if the file is to be seen from this machine."""
        descriptor = _open(Path(job.record.output or ""))
        if descriptor is None:
            return None
        start = job.log_start
        if start is None:
            start = self._factory.logs.begin(job.dispatch)
            self._jobs.note_log(job, start)
        self._copies[job.id] = _Copy(self._factory, job, descriptor, start)
        return self._copies[job.id]

    def _sweep(self) -> None:
        """Remove old files of ours from the directory that the settings name."""
        if time.monotonic() < self._swept_at + _SWEEP_SECONDS:
            return
        self._swept_at = time.monotonic()
        oldest = time.time() - self._factory.settings.slurm.output_days * _DAY
        for file in self._factory.slurm_orders.directory.glob(f"{NAME_PREFIX}*.out"):
            with suppress(OSError):
                if file.lstat().st_mtime < oldest:
                    file.unlink()


class _Copy:
    """The output of one job."""

    def __init__(self, factory: Factory, job: OpenJob, descriptor: int, start: int) -> None:
        self._descriptor = descriptor
        self._copying = Copying(factory.logs, job.dispatch, descriptor, start)

    @property
    def end(self) -> int:
        """Return where the log ends."""
        return self._copying.end

    def advance(self, *, is_over: bool) -> None:
        """Copy what is new."""
        self._copying.advance(is_over=is_over)

    def close(self) -> None:
        """Leave the file as it is."""
        os.close(self._descriptor)


def _open(file: Path) -> int | None:
    """Open a file that a job has made; no link, and no pipe that would hold up who reads."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return descriptor
