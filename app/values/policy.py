"""The policies of a schedule: what happens when its slots meet the world."""

from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from pydantic import Field

from app.values.base import Value

Duration = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=366))]


class CatchUp(StrEnum):
    """What becomes of slots that were missed: due for longer than `scheduler.missed_after`."""

    SKIP = "skip"
    LATEST = "latest"
    ALL = "all"


class Overlap(StrEnum):
    """What becomes of a slot that is due while the schedule's lane is full."""

    SKIP = "skip"
    """It is passed over, and an event says so."""
    QUEUE = "queue"
    """It waits its turn, in slot order."""
    CANCEL_RUNNING = "cancel running"
    """What runs and waits is cancelled, and the slot takes its place."""


class Retries(Value):
    """How often, and when, a dispatch is tried again after an error that can pass."""

    limit: Annotated[int, Field(ge=0, le=100)] = 0
    delay: Duration = timedelta(seconds=30)
    """Before the first retry; before each later one it is `factor` times as long."""
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    longest_delay: Duration = timedelta(hours=1)
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.1
    """The part of a delay that is left to chance, so that retries do not come all at once."""

    def wait(self, attempt: int, seed: str) -> timedelta:
        """Return the delay after the failed `attempt` (from 1); `seed` decides the jitter."""
        whole = min(self.delay.total_seconds() * self.factor ** (attempt - 1), _DAYS)
        bounded = min(timedelta(seconds=whole), self.longest_delay)
        return bounded * (1 - self.jitter * chance(seed))


class Policies(Value):
    """All policies of a schedule, each with a default that fits most."""

    catch_up: CatchUp = CatchUp.LATEST
    catch_up_limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Most missed slots that `all` dispatches; the oldest beyond it are passed over."""
    overlap: Overlap = Overlap.QUEUE
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 1
    """Dispatches of the schedule that may run at once: the width of its lane."""
    retries: Retries = Retries()
    time_out: Duration | None = None
    """The longest that a dispatch may run."""
    start_deadline: Duration | None = None
    """The longest that a slot may wait for its start; later it is cancelled."""
    jitter: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=1))] = timedelta(0)
    """The most by which starts are spread; the slot itself stays what it is."""
    priority: Annotated[int, Field(ge=-100, le=100)] = 0
    """Of dispatches that wait, the higher one starts first."""
    memory_limit: Annotated[int, Field(ge=2**26)] | None = None
    """The most resident memory of a dispatch's processes, in bytes."""


_DAYS = timedelta(days=366).total_seconds()


def chance(seed: str) -> float:
    """Return a number in [0, 1) that depends on the seed alone."""
    return int.from_bytes(sha256(seed.encode()).digest()[:6]) / 2**48
