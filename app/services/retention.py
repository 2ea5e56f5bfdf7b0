"""Retention: records of predictions go when they are old, or too many."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.engine import reading
from app.db.leases import LeaseStore
from app.db.retention import RetentionStore
from app.settings_sections import Showroom
from app.values.lease import Lease
from app.values.prediction import first_id

_REQUESTS, _CASES = 1000, 10_000
"""At most about so many are removed in one transaction: others wait no longer than for that."""


class RetentionService:
    """The use case of letting records go, in bounded steps."""

    def __init__(self, engine: sa.Engine, bounds: Showroom) -> None:
        self._engine = engine
        self._bounds = bounds

    def limit(self, now: datetime) -> str:
        """Return the id before which records are not kept: by their age, and by their number."""
        with reading(self._engine).begin() as connection:
            last_kept = RetentionStore(connection).newest(self._bounds.keep_requests)
        by_age = first_id(now - timedelta(days=self._bounds.keep_days))
        return max(by_age, last_kept or by_age)

    def remove(self, before: str, lease: Lease) -> int:
        """Remove some of the oldest records under an id; return how many requests, 0 at the end.

        Raises NotLeaderError if another service holds the lease.
        """
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)
            store = RetentionStore(connection)
            ids = store.oldest(before, requests=_REQUESTS, cases=_CASES)
            if ids:
                store.remove(ids)
        return len(ids)
