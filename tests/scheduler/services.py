"""Services that schedule, for tests: each is a service's scheduler on the test's database."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from app.clock import utc_now
from app.factory import Factory
from app.scheduler.leader import Leader
from app.settings import load_settings
from app.values.brief import DispatchFilter
from app.values.dispatch import Dispatch
from tests.scheduling import spec

SECOND = {"interval": {"every": "PT1S"}, "policies": {"catch_up": "all"}}
LEASE_SECONDS = 2.0


class Service:
    """A service's scheduler, without the rest of it."""

    def __init__(self, state: Path, clock: Callable[[], datetime] = utc_now) -> None:
        settings = load_settings()
        short = settings.scheduler.model_copy(update={"lease_seconds": LEASE_SECONDS})
        self.factory = Factory(settings.model_copy(update={"scheduler": short}), state)
        self.queued = threading.Event()
        self.leader = Leader(self.factory, clock=clock, on_queued=self.queued.set)

    def stop(self) -> None:
        """Stop as a service does."""
        self.leader.stop()
        self.factory.close()


def declare(factory: Factory, name: str = "each-second", at: datetime | None = None) -> int:
    """Declare a schedule that is due each second; return its id."""
    factory.schedules.declare(spec(name, **SECOND), "test.yaml", now=at or utc_now())
    return factory.schedules.get(name).id


def dispatches(factory: Factory, schedule: str = "each-second") -> list[Dispatch]:
    """Return a schedule's dispatches, the oldest slot first."""
    found = factory.dispatches.page(DispatchFilter(schedule=schedule), limit=1000)
    return sorted(found, key=lambda one: one.slot)


def require_each_second_once(found: list[Dispatch]) -> None:
    """Fail unless the slots are seconds without gap and double."""
    slots = [one.slot for one in found]
    assert slots == [slots[0] + timedelta(seconds=n) for n in range(len(slots))]
