"""The store of sessions. Their secrets are kept as digests alone."""

from datetime import datetime

import sqlalchemy as sa

from app.db.user_tables import user_sessions, users
from app.values.user import Client, Session, Way

_COLUMNS = (
    user_sessions.c.id,
    users.c.name.label("user"),
    users.c.role,
    *(
        user_sessions.c[name]
        for name in ("way", "address", "agent", "created_at", "seen_at", "ends_at")
    ),
)


class SessionStore:
    """Sessions, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, digest: str) -> Session | None:
        """Return the session of an enabled user, whether or not it has ended."""
        query = _query().where(user_sessions.c.digest == digest, users.c.is_enabled)
        row = self._connection.execute(query).first()
        return None if row is None else _value(row)

    def of(self, user_id: int) -> list[Session]:
        """Return the sessions of a user, the one that was used last first."""
        query = _query().where(user_sessions.c.user == user_id)
        order = query.order_by(user_sessions.c.seen_at.desc(), user_sessions.c.id.desc())
        return [_value(row) for row in self._connection.execute(order)]

    def add(
        self,
        digest: str,
        user_id: int,
        *,
        way: Way,
        client: Client,
        now: datetime,
        ends_at: datetime,
    ) -> None:
        """Add a session."""
        row = {
            "digest": digest,
            "user": user_id,
            "way": way,
            "address": client.address[:100],
            "agent": client.agent[:255],
            "created_at": now,
            "seen_at": now,
            "ends_at": ends_at,
        }
        self._connection.execute(user_sessions.insert().values(row))

    def see(self, session_id: int, now: datetime, *, before: datetime) -> None:
        """Note that a session is used, unless that was noted since `before`."""
        change = user_sessions.update().where(user_sessions.c.id == session_id)
        self._connection.execute(
            change.where(user_sessions.c.seen_at <= before).values(seen_at=now)
        )

    def end(self, digest: str) -> bool:
        """End a session; tell whether it was there."""
        query = user_sessions.delete().where(user_sessions.c.digest == digest)
        return self._connection.execute(query).rowcount > 0

    def end_one(self, user_id: int, session_id: int) -> bool:
        """End one of a user's sessions; tell whether it was there."""
        query = user_sessions.delete().where(
            user_sessions.c.user == user_id, user_sessions.c.id == session_id
        )
        return self._connection.execute(query).rowcount > 0

    def end_all(self, user_id: int, *, but: str = "") -> int:
        """End all sessions of a user, but the one of this digest; return how many."""
        query = user_sessions.delete().where(
            user_sessions.c.user == user_id, user_sessions.c.digest != but
        )
        return self._connection.execute(query).rowcount

    def forget_ended(self, now: datetime, *, unseen_since: datetime, most: int = 1000) -> None:
        """Remove sessions that have ended."""
        is_over = sa.or_(user_sessions.c.ends_at <= now, user_sessions.c.seen_at <= unseen_since)
        ids = list(
            self._connection.scalars(
                sa.select(user_sessions.c.id)
                .where(is_over)
                .order_by(user_sessions.c.id)
                .limit(most)
            )
        )
        if ids:
            self._connection.execute(user_sessions.delete().where(user_sessions.c.id.in_(ids)))


def _query() -> sa.Select[tuple[object, ...]]:
    return sa.select(*_COLUMNS).join(users, users.c.id == user_sessions.c.user)


def _value(row: sa.Row[tuple[object, ...]]) -> Session:
    return Session(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
