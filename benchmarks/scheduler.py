"""How late slots start, and what it costs, beside plain APScheduler: `make bench-scheduler`.

Many schedules on a private MariaDB, some due each second. The service is a real one that runs no
dispatch itself (`scheduler.workers: 0`), so that what is measured is the scheduler: a slot has
started when its dispatch is committed to the queue. Plain APScheduler keeps as many jobs with
its own CronTrigger in the same kind of store, and calls a function that does nothing. The two run
one after the other, in processes of their own, and are asked alike.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import sqlalchemy as sa

from app.clock import utc_now
from app.db.schedules import ScheduleStore
from app.db.tables import dispatches
from app.factory import Factory
from app.settings import load_settings
from tests import scheduling, servers

PERIOD = 120
"""Seconds between two slots of one schedule."""
PAGES = 50
START_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one run gave."""

    lateness: list[float]
    """Seconds from each slot to its start."""
    expected: int
    processor: float
    """Seconds of processor time in each second."""
    memory: int
    """Resident bytes."""


def fill(factory: Factory, due: int) -> None:
    """Write the schedules: `due` of them for each second of the period."""
    now = utc_now()
    with factory.engine.begin() as connection:
        store = ScheduleStore(connection)
        for number in range(due * PERIOD):
            anchor = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number % PERIOD)
            made = scheduling.spec(
                f"s{number:05}", interval={"every": f"PT{PERIOD}S", "anchor": anchor}
            )
            first = next(made.fires(now))
            store.add(made, declared_in=None, now=now, due_at=first)


@contextmanager
def service(port: int, result: Path) -> Iterator[psutil.Process]:
    """Run a service that only schedules; it leaves its notes in `result`."""
    environment = {
        **os.environ,
        "DISPARO_SERVER__PORT": str(port),
        "DISPARO_AUTH__MODE": "none",
        "DISPARO_SCHEDULER__WORKERS": "0",
        "DISPARO_SCHEDULER__QUEUE": "10000000",
    }
    command = [sys.executable, "-m", "benchmarks.observed_service", str(result)]
    with running(command, environment) as process:
        yield process


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[psutil.Process]:
    """Run a command, and end it."""
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until the preparations are done."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("the preparations took too long")
        time.sleep(0.5)


def observe(process: psutil.Process, seconds: float) -> tuple[datetime, datetime, float, int]:
    """Let it run for whole seconds; return from when to when, its processor time, its memory."""
    start = (utc_now() + timedelta(seconds=1)).replace(microsecond=0)
    time.sleep((start - utc_now()).total_seconds())
    before = sum(process.cpu_times()[:2])
    time.sleep(seconds)
    used = sum(process.cpu_times()[:2]) - before
    return start, start + timedelta(seconds=seconds), used / seconds, process.memory_info().rss


def of_disparo(factory: Factory, due: int, seconds: float) -> tuple[Measured, list[float]]:
    """Measure the service; return also how long pages of `/schedules` take while it works."""
    port, result = servers.free_port(), factory.state / "committed.json"
    with service(port, result) as process:
        wait_for(lambda: len(factory.agenda.job_ids()) == due * PERIOD)
        start, end, processor, memory = observe(process, seconds)
        time.sleep(2)  # the last ones may be late
        pages = list(time_pages(port))
    committed = dict(json.loads(result.read_text()))
    query = sa.select(dispatches.c.id, dispatches.c.slot).where(
        dispatches.c.slot >= start, dispatches.c.slot < end
    )
    with factory.engine.begin() as connection:
        late = [committed[row.id] - row.slot.timestamp() for row in connection.execute(query)]
    measured = Measured(
        lateness=late, expected=round(due * seconds), processor=processor, memory=memory
    )
    return measured, pages


def time_pages(port: int) -> Iterator[float]:
    """Yield the seconds that a page of fifty schedules takes, from all over the list."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        cursor: str | None = None
        for _ in range(PAGES):
            start = time.perf_counter()
            parameters = {"limit": "50", **({} if cursor is None else {"cursor": cursor})}
            answer = client.get("/schedules", params=parameters)
            yield time.perf_counter() - start
            cursor = answer.raise_for_status().json()["next"]


def of_apscheduler(url: str, due: int, seconds: float, directory: Path) -> Measured:
    """Measure APScheduler by itself."""
    result, ready = directory / "late.json", directory / "ready"
    command = [sys.executable, "-m", "benchmarks.plain_apscheduler", url, str(due), str(PERIOD)]
    with running([*command, str(ready), str(result)], dict(os.environ)) as process:
        wait_for(ready.exists)
        start, end, processor, memory = observe(process, seconds)
        time.sleep(2)
    starts: list[tuple[float, float]] = json.loads(result.read_text())
    late = [
        started - slot for slot, started in starts if start.timestamp() <= slot < end.timestamp()
    ]
    return Measured(
        lateness=late, expected=round(due * seconds), processor=processor, memory=memory
    )


def report(name: str, measured: Measured) -> None:
    """Print one line."""
    late = sorted(measured.lateness)
    p50, p99 = late[len(late) // 2], late[min(len(late) - 1, round(len(late) * 0.99))]
    print(
        f"{name:<14}{len(late):>8,} of {measured.expected:,} slots"
        f"{p50 * 1000:>10.0f}{p99 * 1000:>10.0f}{late[-1] * 1000:>10.0f}"
        f"{measured.processor * 100:>10.0f} %{measured.memory / 2**20:>10.0f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=100, help="schedules due each second")
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, servers.mariadb() as server:
        admin = sa.create_engine(server.url.format(database="mysql"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE disparo")
            connection.exec_driver_sql("CREATE DATABASE plain")
        os.environ["DISPARO_VAR"] = name
        os.environ["DISPARO_DATABASE__URL"] = server.url.format(database="disparo")
        factory = Factory(load_settings(), Path(name))
        factory.upgrade_schema()
        fill(factory, asked.due)
        ours, pages = of_disparo(factory, asked.due, asked.seconds)
        plain = of_apscheduler(
            server.url.format(database="plain"), asked.due, asked.seconds, Path(name)
        )
        factory.close()
    print(f"{asked.due * PERIOD:,} schedules on MariaDB, {asked.due} due each second")
    print(f"{'':<14}{'':>24}{'p50 ms':>10}{'p99 ms':>10}{'worst':>10}{'processor':>12}{'MB':>10}")
    report("disparo", ours)
    report("APScheduler", plain)
    shown = f"{statistics.median(pages) * 1000:.1f} ms, slowest {max(pages) * 1000:.1f} ms"
    print(f"a page of 50 of /schedules: median {shown}")


if __name__ == "__main__":
    main()
