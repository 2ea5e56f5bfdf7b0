"""Checks that tests look at, with readings that the test decides."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.services.watching import WatchService
from app.values.check import Check, Reading
from app.values.notice import Notice
from app.watch.monitor import Monitor

WELL = Reading(ok=True, seconds=0.01, detail="it answers")
BAD = Reading(ok=False, seconds=0.01, detail="refused", failed_step="refused")


def check(name: str, **fields: Any) -> Check:
    """Return a check of a host, looked at each second, down at once."""
    target = {"kind": "host", "address": name, "port": 1}
    return Check.model_validate(
        {"name": name, "target": target, "every": 1, "retries": 0, **fields}
    )


class World:
    """What looks find: by default all is well."""

    def __init__(self) -> None:
        self.readings: dict[str, Reading] = {}
        self.otherwise = WELL
        self.hanging: dict[str, threading.Event] = {}
        self.looks: Counter[str] = Counter()
        self.at: defaultdict[str, list[datetime]] = defaultdict(list)
        self.threads: set[str] = set()

    def look(self, check: Check, now: datetime) -> Reading:
        """Take a look."""
        self.looks[check.name] += 1
        self.at[check.name].append(now)
        self.threads.add(threading.current_thread().name)
        if check.name in self.hanging:
            self.hanging[check.name].wait(60)
        return self.readings.get(check.name, self.otherwise)


class Told:
    """What people were told."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def note(self, connection: sa.Connection, notice: Notice) -> None:
        """Note it."""
        assert connection.in_transaction()
        self.notices.append(notice)

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The checks, and their new states."""
        return [(one.name, one.after) for one in self.notices]


@contextmanager
def monitoring(factory: Factory, world: World, told: Told | None = None) -> Iterator[Monitor]:
    """Run a Monitor on the factory's database."""
    factory.looks.look = world.look  # type: ignore[method-assign]
    factory.watching = WatchService(factory.engine, (told or Told()).note)
    monitor = Monitor(factory, clock=utc_now)
    monitor.start()
    try:
        yield monitor
    finally:
        monitor.stop()
