"""APScheduler by itself, for `benchmarks.scheduler`: jobs that note when they started."""

import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger


def work() -> None:
    """Do nothing."""


def main() -> None:
    """Run until told to stop, then write the starts."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    url, due, period, ready, result = sys.argv[1:]
    starts: list[tuple[float, float]] = []

    def note(event: Any) -> None:
        if event.code == EVENT_JOB_EXECUTED:
            starts.append((event.scheduled_run_time.timestamp(), time.time()))

    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=url)}, timezone="UTC"
    )
    scheduler.add_listener(note, EVENT_JOB_EXECUTED | EVENT_JOB_MISSED)
    minutes = int(period) // 60
    for number in range(int(due) * int(period)):
        second = number % int(period)
        trigger = CronTrigger(minute=f"{second // 60}/{minutes}", second=second % 60)
        scheduler.add_job(work, trigger)
    scheduler.start()
    Path(ready).touch()
    signal.sigwait({signal.SIGTERM})
    Path(result).write_text(json.dumps(starts))


if __name__ == "__main__":
    main()
