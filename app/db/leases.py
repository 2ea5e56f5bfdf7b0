"""The store of leases: who may be the only one, by the database's own clock."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.db.tables import leases
from app.errors import NotLeaderError
from app.values.lease import Lease


class LeaseStore:
    """Leases, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Lease | None:
        """Return the newest holder of a lease, whether or not it has ended."""
        row = self._connection.execute(sa.select(leases).where(leases.c.name == name)).first()
        return None if row is None else Lease(**row._mapping)  # noqa: SLF001 - documented name

    def take(self, name: str, holder: str, length: timedelta) -> Lease | None:
        """Take a lease that has ended, with the next token; None while another holds it."""
        now = self.database_time()
        fields = {"holder": holder, "expires_at": now + length}
        change = leases.update().where(leases.c.name == name, leases.c.expires_at <= now)
        taken = self._connection.execute(change.values(token=leases.c.token + 1, **fields))
        if taken.rowcount == 0 and (self.get(name) is not None or not self._add(name, fields)):
            return None
        return self.get(name)

    def _add(self, name: str, fields: dict[str, object]) -> bool:
        """Add the lease that nobody has held yet; False: another was faster."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(leases.insert().values(name=name, token=1, **fields))
        except sa.exc.IntegrityError:
            return False
        return True

    def renew(self, lease: Lease, length: timedelta) -> Lease | None:
        """Make the lease last `length` from now on; None if another has taken it."""
        change = leases.update().where(leases.c.name == lease.name, leases.c.token == lease.token)
        renewed = change.values(expires_at=self.database_time() + length)
        if self._connection.execute(renewed).rowcount == 0:
            return None
        return self.get(lease.name)

    def give_up(self, lease: Lease) -> None:
        """End the lease at once."""
        change = leases.update().where(leases.c.name == lease.name, leases.c.token == lease.token)
        self._connection.execute(change.values(expires_at=self.database_time()))

    def require(self, lease: Lease) -> None:
        """Raise NotLeaderError unless the lease is still the newest; it stays so meanwhile."""
        query = sa.select(leases.c.token).where(leases.c.name == lease.name)
        token = self._connection.execute(query.with_for_update(read=True)).scalar()
        if token != lease.token:
            raise NotLeaderError(
                f"{lease.holder} holds the lease {lease.name!r} no more; the newer holder goes on"
            )

    def database_time(self) -> datetime:
        """Return the database's own time."""
        if self._connection.dialect.name == "sqlite":
            text = self._connection.exec_driver_sql(
                "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"
            ).scalar_one()
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        now: datetime = self._connection.exec_driver_sql("SELECT UTC_TIMESTAMP(6)").scalar_one()
        return now.replace(tzinfo=UTC)
