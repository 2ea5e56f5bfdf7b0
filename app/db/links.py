"""The store of one-time links. Their secrets are kept as digests alone."""

from datetime import datetime

import sqlalchemy as sa

from app.db.user_tables import user_links
from app.values.link import Purpose, StoredLink


class LinkStore:
    """One-time links, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        digest: str,
        purpose: Purpose,
        user_id: int | None,
        *,
        now: datetime,
        ends_at: datetime,
    ) -> None:
        """Add a link."""
        row = {
            "digest": digest,
            "purpose": purpose,
            "user": user_id,
            "created_at": now,
            "ends_at": ends_at,
        }
        self._connection.execute(user_links.insert().values(row))

    def find(self, digest: str, purpose: Purpose, now: datetime) -> StoredLink | None:
        """Return a link that has not ended."""
        query = sa.select(user_links).where(
            user_links.c.digest == digest,
            user_links.c.purpose == purpose,
            user_links.c.ends_at > now,
        )
        row = self._connection.execute(query).mappings().first()
        return None if row is None else StoredLink(user_id=row["user"], ends_at=row["ends_at"])

    def take(self, digest: str) -> bool:
        """Use a link up; False: another did, or it was withdrawn."""
        query = user_links.delete().where(user_links.c.digest == digest)
        return self._connection.execute(query).rowcount > 0

    def withdraw(self, user_id: int) -> None:
        """Remove all links of a user."""
        self._connection.execute(user_links.delete().where(user_links.c.user == user_id))

    def withdraw_all(self, purpose: Purpose, *, but: int = 0) -> None:
        """Remove all links of a kind but the newest few."""
        query = sa.select(user_links.c.id).where(user_links.c.purpose == purpose)
        order = query.order_by(user_links.c.id.desc())
        if ids := list(self._connection.scalars(order))[but:]:
            self._connection.execute(user_links.delete().where(user_links.c.id.in_(ids)))

    def forget_ended(self, now: datetime) -> None:
        """Remove links that have ended."""
        self._connection.execute(user_links.delete().where(user_links.c.ends_at <= now))
