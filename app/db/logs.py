"""The store of what the programs of dispatches print."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.db.tables import dispatch_logs
from app.values.log import LogPiece


class LogStore:
    """Logs of dispatches, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, dispatch_id: int, start: int, text: str) -> None:
        """Append a piece that begins `start` bytes into the whole output."""
        row = {"dispatch": dispatch_id, "start": start, "text": text}
        self._connection.execute(dispatch_logs.insert().values(row))

    def last(self, dispatch_id: int) -> LogPiece | None:
        """Return the last piece."""
        query = _pieces(dispatch_id).order_by(dispatch_logs.c.start.desc()).limit(1)
        return next(iter(self._values(query)), None)

    def remove(self, dispatch_id: int, first: int, until: int) -> None:
        """Remove the pieces that begin in `[first, until)`."""
        self._connection.execute(
            dispatch_logs.delete().where(
                dispatch_logs.c.dispatch == dispatch_id,
                dispatch_logs.c.start >= first,
                dispatch_logs.c.start < until,
            )
        )

    def read(self, dispatch_id: int, *, after: int = 0, limit: int = 100) -> list[LogPiece]:
        """Return pieces in their order, from the one on that holds the byte `after`."""
        holding = (
            sa.select(sa.func.max(dispatch_logs.c.start))
            .where(dispatch_logs.c.dispatch == dispatch_id, dispatch_logs.c.start <= after)
            .scalar_subquery()
        )
        query = _pieces(dispatch_id).where(dispatch_logs.c.start >= sa.func.coalesce(holding, 0))
        return list(self._values(query.order_by(dispatch_logs.c.start).limit(limit)))

    def _values(self, query: sa.Select[tuple[int, str]]) -> Sequence[LogPiece]:
        rows = self._connection.execute(query)
        return [LogPiece(start=row.start, text=row.text) for row in rows]


def _pieces(dispatch_id: int) -> sa.Select[tuple[int, str]]:
    query = sa.select(dispatch_logs.c.start, dispatch_logs.c.text)
    return query.where(dispatch_logs.c.dispatch == dispatch_id)
