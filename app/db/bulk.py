"""The store of dispatches by the thousand: a few statements, whatever their number."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from app.db.dispatch_lists import IS_WHOLE
from app.db.dispatch_rows import new_row
from app.db.tables import dispatches, events
from app.values.dispatch import DispatchError, DispatchState, NewDispatch

_CHUNK = 500
Item = TypeVar("Item")


class BulkStore:
    """Many dispatches at once, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, news: Sequence[NewDispatch], at: datetime) -> None:
        """Add queued dispatches, in this order."""
        for some in _chunks(news):
            self._connection.execute(dispatches.insert(), [new_row(new, at) for new in some])

    def waiting(self, *, schedule: str | None = None, backfill: int | None = None) -> list[int]:
        """Return the ids of what waits, and keep others from taking it meanwhile.

        The rows are locked by their ids: by way of another index, InnoDB locks that one first, and
        a program that claims its dispatch by its id locks them the other way round.
        """
        query = sa.select(dispatches.c.id).where(
            dispatches.c.state == DispatchState.QUEUED, IS_WHOLE
        )
        if schedule is not None:
            query = query.where(dispatches.c.schedule == schedule)
        if backfill is not None:
            query = query.where(dispatches.c.backfill == backfill)
        found = list(self._connection.scalars(query.order_by(dispatches.c.id)))
        still = sa.select(dispatches.c.id).where(dispatches.c.state == DispatchState.QUEUED)
        locked: list[int] = []
        for some in _chunks(found):
            row = still.where(dispatches.c.id.in_(some)).order_by(dispatches.c.id)
            row = row.with_hint(dispatches, "FORCE INDEX (PRIMARY)", "mysql")
            row = row.with_hint(dispatches, "FORCE INDEX (PRIMARY)", "mariadb")
            locked += self._connection.scalars(row.with_for_update())
        return locked

    def note_queued(self, backfill: int, at: datetime, *, actor: str) -> None:
        """Append the event that they wait for all dispatches of a backfill."""
        subject = sa.literal("dispatch:") + sa.cast(dispatches.c.id, sa.String(20))
        shared = {"at": at, "name": "queued", "actor": actor, "detail": "{}"}
        literals = (sa.literal(one, events.c[name].type) for name, one in shared.items())
        query = sa.select(subject, *literals).where(dispatches.c.backfill == backfill)
        rows = query.order_by(dispatches.c.id)
        self._connection.execute(events.insert().from_select(["subject", *shared], rows))

    def cancel(self, ids: Sequence[int], at: datetime, error: DispatchError) -> None:
        """Write the end of dispatches that `waiting` returned."""
        change = dispatches.update().values(
            state=DispatchState.CANCELLED,
            cancel_requested=True,
            finished_at=at,
            error=error.model_dump_json(),
        )
        for some in _chunks(ids):
            self._connection.execute(change.where(dispatches.c.id.in_(some)))


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
