"""The store of dispatches in brief: what long lists and time lines read."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.dispatches import fitting
from app.db.tables import dispatches
from app.values.brief import Brief
from app.values.dispatch import DispatchError

_READ = [dispatches.c[name] for name in Brief.model_fields]


class BriefStore:
    """Dispatches in brief, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(self, *, limit: int, **filters: Any) -> list[Brief]:
        """Return dispatches that fit the filters of `DispatchStore.page`, the newest first."""
        query = fitting(sa.select(*_READ), **filters).order_by(dispatches.c.id.desc())
        return [_brief(row) for row in self._connection.execute(query.limit(limit))]

    def ran(
        self, since: datetime, until: datetime, *, schedule: str | None, limit: int
    ) -> list[Brief]:
        """Return what ran at some instant of `[since, until)`, what started last first."""
        table = dispatches.c
        # Found in an index alone, however wide the rows are.
        found = sa.select(table.id).where(
            table.started_at < until,
            sa.or_(table.finished_at.is_(None), table.finished_at >= since),
        )
        if schedule is not None:
            found = found.where(table.schedule == schedule)
        ids = found.order_by(table.started_at.desc()).limit(limit).subquery()
        query = sa.select(*_READ).join(ids, ids.c.id == table.id)
        rows = self._connection.execute(query.order_by(table.started_at.desc(), table.id.desc()))
        return [_brief(row) for row in rows]


def _brief(row: sa.Row[Any]) -> Brief:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    if (error := fields["error"]) is not None:
        fields["error"] = DispatchError.model_validate_json(error).detail
    return Brief(**fields)
