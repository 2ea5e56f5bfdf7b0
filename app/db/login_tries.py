"""The store of tries to log in: counted by one statement, so that all services count together.

The rule is the generic cell rate algorithm (ITU-T I.371): each try takes some seconds to be
forgotten, and so many may wait to be. One number holds it all: when the last one is forgotten.
"""

from datetime import datetime

import sqlalchemy as sa

from app.db.user_tables import login_tries
from app.values.login import Rate

_AT_ONCE = 1000


class TryStore:
    """Tries, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def take(self, digest: str, rate: Rate, now: datetime) -> bool:
        """Count a try; False: it is too early, or none was ever counted here."""
        at = now.timestamp()
        forgotten_at = login_tries.c.forgotten_at
        later = sa.case((forgotten_at > at, forgotten_at), else_=at) + rate.seconds
        query = login_tries.update().where(login_tries.c.digest == digest)
        change = query.where(forgotten_at <= _latest(rate, now)).values(forgotten_at=later)
        return self._connection.execute(change).rowcount > 0

    def early(self, digest: str, rate: Rate, now: datetime) -> float | None:
        """Return how many seconds are left until a try is counted; None: there was none yet."""
        query = sa.select(login_tries.c.forgotten_at).where(login_tries.c.digest == digest)
        found: float | None = self._connection.execute(query).scalar()
        return None if found is None else max(0.0, found - _latest(rate, now))

    def add(self, digest: str, rate: Rate, now: datetime) -> None:
        """Count the first try. Raises IntegrityError if there was one."""
        row = {"digest": digest, "forgotten_at": now.timestamp() + rate.seconds}
        self._connection.execute(login_tries.insert().values(row))

    def give_back(self, digest: str, rate: Rate) -> None:
        """Forget one try: it was no guess."""
        change = login_tries.update().where(login_tries.c.digest == digest)
        later = login_tries.c.forgotten_at - rate.seconds
        self._connection.execute(change.values(forgotten_at=later))

    def forget(self, digest: str) -> None:
        """Forget all tries."""
        self._connection.execute(login_tries.delete().where(login_tries.c.digest == digest))

    def make_room(self, now: datetime, *, most: int) -> None:
        """Remove what is forgotten; also what will be soonest, until there is room below `most`."""
        order = sa.select(login_tries.c.digest).order_by(login_tries.c.forgotten_at)
        is_over = login_tries.c.forgotten_at <= now.timestamp()
        digests = list(self._connection.scalars(order.where(is_over).limit(_AT_ONCE)))
        count = self._connection.scalar(sa.select(sa.func.count()).select_from(login_tries)) or 0
        if (beyond := count - len(digests) - most + 1) > 0:
            query = order.where(~is_over).limit(min(beyond, _AT_ONCE))
            digests += self._connection.scalars(query)
        if digests:
            self._connection.execute(login_tries.delete().where(login_tries.c.digest.in_(digests)))


def _latest(rate: Rate, now: datetime) -> float:
    """Return until when, at the latest, all must be forgotten for another try to be counted."""
    return now.timestamp() + rate.seconds * (rate.tries - 1)
