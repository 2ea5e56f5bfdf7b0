"""Leases: who of several services may be the only one, for a time."""

from datetime import timedelta

import sqlalchemy as sa

from app.db.leases import LeaseStore
from app.values.lease import Lease


class LeaseService:
    """The use cases of leases. Each method is one short transaction on the database's clock."""

    def __init__(self, engine: sa.Engine, length: timedelta) -> None:
        self._engine = engine
        self.length = length

    def take(self, name: str, holder: str) -> Lease | None:
        """Take a lease that nobody holds; None while somebody does."""
        with self._engine.begin() as connection:
            return LeaseStore(connection).take(name, holder, self.length)

    def renew(self, lease: Lease) -> Lease | None:
        """Hold the lease for another length; None: another has it."""
        with self._engine.begin() as connection:
            return LeaseStore(connection).renew(lease, self.length)

    def give_up(self, lease: Lease) -> None:
        """Let another have the lease at once."""
        with self._engine.begin() as connection:
            LeaseStore(connection).give_up(lease)

    def get(self, name: str) -> Lease | None:
        """Return who holds the lease, or did last."""
        with self._engine.begin() as connection:
            return LeaseStore(connection).get(name)
