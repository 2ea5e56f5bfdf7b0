"""Retention of what looks found: results, hours, days and flips go when they are old."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.check_retention import CheckRetentionStore
from app.db.leases import LeaseStore
from app.settings_sections import Monitor
from app.values.lease import Lease

_AT_ONCE = 5000
"""About the most rows of a table that one transaction removes."""


class CheckRetentionService:
    """The use case of letting results go, in bounded steps."""

    def __init__(self, engine: sa.Engine, bounds: Monitor) -> None:
        self._engine = engine
        self._bounds = bounds

    def remove(self, lease: Lease, *, now: datetime) -> int:
        """Remove some of the oldest rows; return how many, 0 at the end.

        Raises NotLeaderError if another service holds the lease.
        """
        bounds = self._bounds
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)
            store = CheckRetentionStore(connection, _AT_ONCE)
            return (
                store.results(now - timedelta(days=bounds.keep_results_days))
                + store.rollups("hour", now - timedelta(days=bounds.keep_hours_days))
                + store.rollups("day", now - timedelta(days=bounds.keep_days))
                + store.flips(now - timedelta(days=bounds.keep_days))
            )
