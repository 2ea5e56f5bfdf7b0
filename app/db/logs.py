"""The store of what the programs of dispatches print."""

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

    def read(self, dispatch_id: int, *, after: int = -1, limit: int = 100) -> list[LogPiece]:
        """Return pieces in their order; `after` is the start of the last one seen."""
        query = sa.select(dispatch_logs.c.start, dispatch_logs.c.text).where(
            dispatch_logs.c.dispatch == dispatch_id, dispatch_logs.c.start > after
        )
        rows = self._connection.execute(query.order_by(dispatch_logs.c.start).limit(limit))
        return [LogPiece(start=row.start, text=row.text) for row in rows]
