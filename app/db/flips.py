"""The store of flips: each is a row, claimed once, then told of."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db.check_tables import flips
from app.values.check import Flip, State
from app.values.standing import NewFlip

_MUTED_LENGTH = 500


class FlipStore:
    """Flips, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, new: Sequence[NewFlip]) -> None:
        """Add flips. One of which nobody is told counts as claimed."""
        rows = [
            {
                **dict(one),
                "muted_by": one.muted_by and one.muted_by[:_MUTED_LENGTH],
                "claimed_at": one.at if one.muted_by else None,
            }
            for one in new
        ]
        if rows:
            self._connection.execute(flips.insert(), rows)

    def unclaimed(self, limit: int, *, without: Collection[int] = ()) -> list[Flip]:
        """Return flips that are to be told of, but for some, the oldest first."""
        query = sa.select(flips).where(flips.c.claimed_at.is_(None), flips.c.id.not_in(without))
        return self._found(query.order_by(flips.c.id).limit(limit))

    def claim(self, flip_id: int, now: datetime) -> bool:
        """Claim a flip; False: another has."""
        change = flips.update().where(flips.c.id == flip_id, flips.c.claimed_at.is_(None))
        return self._connection.execute(change.values(claimed_at=now)).rowcount > 0

    def of(self, check: str, *, before: int | None, limit: int) -> list[Flip]:
        """Return the flips of a check, the newest first; `before` is the last id seen."""
        query = sa.select(flips).where(flips.c.check == check)
        if before is not None:
            query = query.where(flips.c.id < before)
        return self._found(query.order_by(flips.c.id.desc()).limit(limit))

    def _found(self, query: sa.Select[tuple[object, ...]]) -> list[Flip]:
        return [
            Flip(
                id=row.id,
                check=row.check,
                before=State(row.before),
                after=State(row.after),
                at=row.at,
                detail=row.detail,
                told=None if row.told is None else State(row.told),
                muted_by=row.muted_by,
            )
            for row in self._connection.execute(query)
        ]
