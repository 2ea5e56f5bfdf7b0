"""The store of what the Monitor's tiles draw: one look into an index for each tile."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.check_results import rollup
from app.db.check_tables import check_results, check_rollups, checks
from app.db.dispatch_lists import IS_WHOLE
from app.db.tables import dispatches, schedules
from app.values.base import Name
from app.values.check_view import Rollup
from app.values.history import Point, Ran

_RAN = ("id", "state", "slot", "started_at", "finished_at")


class HistoryStore:
    """Histories, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def checks(self, limit: int) -> dict[int, Name]:
        """Return the names of the first checks by name, by their ids."""
        query = sa.select(checks.c.id, checks.c.name).order_by(checks.c.name).limit(limit)
        return {row.id: row.name for row in self._connection.execute(query)}

    def schedules(self, limit: int) -> list[Name]:
        """Return the first schedules by name."""
        query = sa.select(schedules.c.name).order_by(schedules.c.name).limit(limit)
        return list(self._connection.scalars(query))

    def hours(self, since: datetime) -> dict[int, list[Rollup]]:
        """Return the hours of all checks from an hour on, the oldest first, by check."""
        table = check_rollups.c
        query = sa.select(check_rollups).where(table.width == "hour", table.start >= since)
        found = defaultdict(list)
        for row in self._connection.execute(query.order_by(table.check, table.start)):
            found[row.check].append(rollup(_fields(row)))
        return found

    def looks(self, check_id: int, limit: int) -> list[Point]:
        """Return a check's newest looks, the oldest of them first."""
        table = check_results.c
        query = sa.select(table.at, table.seconds, table.state).where(table.check == check_id)
        rows = self._connection.execute(query.order_by(table.at.desc()).limit(limit))
        return [Point(**_fields(row)) for row in rows][::-1]

    def ran(self, schedule: Name, limit: int) -> list[Ran]:
        """Return a schedule's newest dispatches, the oldest of them first."""
        table = dispatches.c
        greatest = sa.func.max if self._connection.dialect.name == "sqlite" else sa.func.greatest
        rows = greatest(table.rows_delivered, table.rows_inferred)
        query = sa.select(*(table[name] for name in _RAN), rows.label("rows"))
        found = self._connection.execute(
            query.where(table.schedule == schedule, IS_WHOLE).order_by(table.id.desc()).limit(limit)
        )
        return [Ran(**_fields(row)) for row in found][::-1]


def _fields(row: Any) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
