"""Entries for tests of the prediction log, and what is in its tables."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
import uuid_utils

from app.clock import utc_now
from app.db.prediction_log import Entry, PredictionLog
from app.db.showroom_tables import prediction_cases, prediction_requests
from app.db.spool import Spool

SECONDS = 30.0


def entry(text: str = "x", *, seconds: float = SECONDS, **changes: Any) -> Entry:
    """Return an entry of one case, which waits so long."""
    plain: dict[str, Any] = {
        "id": uuid_utils.uuid7().hex,
        "model": "m",
        "version": 1,
        "caller": "test",
        "received_at": utc_now(),
        "queue_seconds": 0.1,
        "infer_seconds": 0.2,
        "inputs": [b'{"a":"%s"}' % text.encode()],
        "outputs": [b'{"label":"high"}'],
        "labels": ["high"],
        "commit_by": time.perf_counter() + seconds,
    }
    return Entry(**plain | changes)


class Told:
    """Takes what the log tells."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def __call__(self, entries: Sequence[Entry]) -> None:
        """Take entries."""
        self.entries += entries

    def has(self, number: int) -> Callable[[], bool]:
        """Return the condition that so many were told of."""
        return lambda: len(self.entries) >= number

    @property
    def errors(self) -> list[str]:
        """The kinds of errors, an empty text for none, in the order of the entries' ids."""
        found = sorted(self.entries, key=lambda one: one.id)
        return ["" if one.error is None else one.error.slug for one in found]


@contextmanager
def writing(
    engine: sa.Engine, told: Callable[[Sequence[Entry]], None], spool: Spool | None = None
) -> Iterator[PredictionLog]:
    """Give a log at work."""
    log = PredictionLog(engine, told, most=1000, most_bytes=2**30, spool=spool)
    log.start()
    try:
        yield log
    finally:
        log.stop(SECONDS)


def ids(engine: sa.Engine) -> list[str]:
    """Return the ids of all recorded requests."""
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(prediction_requests.c.id).order_by("id")))


def case_count(engine: sa.Engine) -> int:
    """Return how many cases are recorded."""
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(prediction_cases)) or 0
