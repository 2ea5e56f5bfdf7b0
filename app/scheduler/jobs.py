"""The jobs in APScheduler's store, kept equal to the schedules' rows."""

import logging
import re
from collections.abc import Callable
from datetime import UTC

from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from app.factory import Factory
from app.scheduler.alarm import Alarm, Doorbell, fire
from app.values.schedule import AnySchedule, DamagedSchedule

logger = logging.getLogger(__name__)
_AT_ONCE = 200
"""Most jobs that one look adds, so that a look stays short however many schedules are new."""
_OURS = re.compile(r"([0-9]+):[0-9]+")
"""A schedule's id and revision."""


class _Store(SQLAlchemyJobStore):  # type: ignore[misc] # APScheduler ships no types
    def shutdown(self) -> None:
        """Leave the engine alone: all of the service uses it."""


class Jobs:
    """One job for each schedule that has a next slot, named by the schedule's id and revision."""

    def __init__(self, factory: Factory, on_ring: Callable[[int], None]) -> None:
        self._agenda = factory.agenda
        store = _Store(engine=factory.engine)
        self._scheduler = BackgroundScheduler(
            jobstores={"default": store},
            executors={"default": Doorbell(on_ring)},
            # Late or not, each ring is answered; how late a slot may be is the schedule's policy.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
            timezone=UTC,
            jobstore_retry_interval=1.0,
        )
        self._known: dict[int, str] = {}
        self._seen = 0
        self._behind = True

    def start(self) -> None:
        """Start ringing; what the store holds from before rings too."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ringing. The jobs stay in the store."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def is_alive(self) -> bool:
        """Tell whether APScheduler's thread lives: `running` stays true when it has died."""
        thread = self._scheduler._thread  # noqa: SLF001 - there is no public way to ask
        return thread is not None and thread.is_alive()

    def compare(self) -> None:
        """Make the store equal to the rows, whatever happened to either."""
        self._seen = self._agenda.last_change()
        self._known = {}
        for job_id in self._agenda.job_ids():
            self._note(job_id)
        wanted = self._agenda.revisions()
        for schedule_id in self._known.keys() - wanted.keys():
            self.forget(schedule_id)
        missing = [n for n, r in wanted.items() if self._known.get(n) != _job_id(n, r)]
        self._behind = len(missing) > _AT_ONCE
        for schedule in self._agenda.some(missing[:_AT_ONCE]):
            self._set(schedule)

    def _note(self, job_id: str) -> None:
        """Note a job of the store; what is no job of ours would ring for nobody, and is removed."""
        found = _OURS.fullmatch(job_id)
        if found is None:
            logger.warning("job %r in apscheduler_jobs belongs to no schedule: removed", job_id)
            self._remove(job_id)
            return
        schedule_id = int(found[1])
        self.forget(schedule_id)  # one of another revision
        self._known[schedule_id] = job_id

    def follow(self) -> bool:
        """Take over what has changed in the rows since the last look; tell whether it has."""
        newest = self._agenda.last_change()
        if newest == self._seen and not self._behind:
            return False
        changed = [] if self._behind else self._agenda.changed_since(self._seen)
        if self._behind or len(changed) > _AT_ONCE:
            self.compare()
            return True
        for schedule in changed:
            self._set(schedule)
        self._seen = newest
        return True

    def forget(self, schedule_id: int) -> None:
        """Remove the job of a schedule that is gone."""
        job_id = self._known.pop(schedule_id, None)
        if job_id is not None:
            self._remove(job_id)

    def _set(self, schedule: AnySchedule) -> None:
        if isinstance(schedule, DamagedSchedule) or schedule.due_at is None:
            self.forget(schedule.id)
            return
        job_id = _job_id(schedule.id, schedule.revision)
        if self._known.get(schedule.id) == job_id:
            return
        self.forget(schedule.id)
        self._scheduler.add_job(
            fire,
            Alarm(schedule.spec.timing),
            args=[schedule.id],
            id=job_id,
            name=schedule.spec.name,
            next_run_time=schedule.due_at,
            replace_existing=True,
        )
        self._known[schedule.id] = job_id

    def _remove(self, job_id: str) -> None:
        try:
            self._scheduler.remove_job(job_id)
        except JobLookupError:
            logger.debug("job %s was gone already", job_id)


def _job_id(schedule_id: int, revision: int) -> str:
    return f"{schedule_id}:{revision}"
