"""The store that removes what looks found, the oldest first."""

from datetime import datetime

import sqlalchemy as sa

from app.db.check_tables import check_results, check_rollups, flips


class CheckRetentionStore:
    """The old end of results, within the transaction of `connection`; about `most` rows a call."""

    def __init__(self, connection: sa.Connection, most: int) -> None:
        self._connection = connection
        self._most = most

    def results(self, before: datetime) -> int:
        """Remove results of before an instant; return how many."""
        return self._remove(check_results, check_results.c.at, before)

    def rollups(self, width: str, before: datetime) -> int:
        """Remove hours or days that began before an instant; return how many."""
        of_width = check_rollups.c.width == width
        return self._remove(check_rollups, check_rollups.c.start, before, of_width)

    def flips(self, before: datetime) -> int:
        """Remove flips of before an instant, the oldest first; return how many."""
        oldest = sa.select(flips.c.id, flips.c.at).order_by(flips.c.id).limit(self._most)
        ids = [row.id for row in self._connection.execute(oldest) if row.at < before]
        if not ids:
            return 0
        return self._connection.execute(flips.delete().where(flips.c.id <= max(ids))).rowcount

    def _remove(
        self,
        table: sa.Table,
        column: sa.Column[datetime],
        before: datetime,
        condition: sa.ColumnElement[bool] | None = None,
    ) -> int:
        """Remove rows up to a boundary: by an index, whose order all rows share."""
        wanted = column < before if condition is None else condition & (column < before)
        boundary = sa.select(column).where(wanted).order_by(column).offset(self._most).limit(1)
        until = self._connection.execute(boundary).scalar()
        if until is not None:
            wanted = wanted & (column <= until)
        return self._connection.execute(table.delete().where(wanted)).rowcount
