"""APScheduler's parts that are ours: the trigger of a job, and the executor that takes its ring.

A job is an alarm clock and no more: it says that a schedule may be due. What is due, what was
missed and who may dispatch it is decided on our own rows (`app.services.slots`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from apscheduler.executors.base import BaseExecutor
from apscheduler.job import Job
from apscheduler.triggers.base import BaseTrigger

from app.values.timing import Timing

_VERSION = 1


class Alarm(BaseTrigger):  # type: ignore[misc] # APScheduler ships no types
    """Rings at each slot of a timing. Pickled as a plain dictionary: releases may differ."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> Any:
        """Return the first slot after both; slots in between are found by who answers the ring."""
        latest = now if previous_fire_time is None else max(previous_fire_time, now)
        return next(self._timing.after(latest), None)

    def __getstate__(self) -> dict[str, Any]:
        return {"version": _VERSION, "timing": self._timing.model_dump(mode="json")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._timing = Timing.model_validate(state["timing"])


class Doorbell(BaseExecutor):  # type: ignore[misc] # APScheduler ships no types
    """Hands over the ids of schedules that ring, in APScheduler's own thread: nothing waits."""

    def __init__(self, on_ring: Callable[[int], None]) -> None:
        super().__init__()
        self._on_ring = on_ring

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:  # noqa: ARG002 - APScheduler's
        match job.args:
            case (int() as schedule_id,):
                self._on_ring(schedule_id)
        self._run_job_success(job.id, [])


def fire(schedule_id: int) -> None:
    """Be what jobs name as their function. Doorbell takes the schedule's id before it is called."""
    raise NotImplementedError(schedule_id)
