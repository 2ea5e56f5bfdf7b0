"""The store of dispatches in brief: what long lists and time lines read."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.dispatch_lists import IS_WHOLE, newest
from app.db.tables import dispatches
from app.db.tasks import TaskStore
from app.values.brief import Brief, DispatchFilter
from app.values.dispatch import DispatchError, Progress

_READ = [dispatches.c[name] for name in Brief.model_fields]


class BriefStore:
    """Dispatches in brief, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(self, wanted: DispatchFilter, *, before: int | None, limit: int) -> list[Brief]:
        """Return dispatches that fit, the newest first; `before` is the cursor."""
        query = newest(sa.select(*_READ), wanted, before=before, limit=limit)
        return self._briefs(query)

    def ran(
        self, since: datetime, until: datetime, *, schedule: str | None, limit: int
    ) -> list[Brief]:
        """Return what ran at some instant of `[since, until)`, what started last first."""
        ids = _ran(since, until, schedule).limit(limit).subquery()
        query = sa.select(*_READ).join(ids, ids.c.id == dispatches.c.id)
        by_start = (dispatches.c.started_at.desc(), dispatches.c.id.desc())
        return self._briefs(query.order_by(*by_start))

    def _briefs(self, query: sa.Select[Any]) -> list[Brief]:
        found = [_brief(row) for row in self._connection.execute(query)]
        split = [one.id for one in found if one.tasks is not None and not one.state.is_final]
        done = TaskStore(self._connection).progress(split)
        return [_with(one, done.get(one.id)) for one in found]


def _ran(since: datetime, until: datetime, schedule: str | None) -> sa.Select[Any]:
    """Return a query for the ids of what ran, which indexes alone answer, however wide rows are.

    One condition for all would read whatever has started before the end: that is the whole past.
    """
    table = dispatches.c
    parts = [
        (table.started_at >= since, table.started_at < until),
        (table.finished_at >= since, table.started_at < since),
        (table.finished_at.is_(None), table.started_at < since),
    ]
    of = [IS_WHOLE] if schedule is None else [IS_WHOLE, table.schedule == schedule]
    found = sa.union_all(
        *(sa.select(table.id, table.started_at).where(*part, *of) for part in parts)
    ).subquery()
    return sa.select(found.c.id).order_by(found.c.started_at.desc())


def _brief(row: sa.Row[Any]) -> Brief:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    if (error := fields["error"]) is not None:
        fields["error"] = DispatchError.model_validate_json(error).detail
    return Brief(**fields)


def _with(brief: Brief, of_tasks: Progress | None) -> Brief:
    """Return a dispatch with how far its tasks are together, if they are under way."""
    if of_tasks is None:
        return brief
    names = ("rows_inferred", "rows_delivered")
    return brief.model_copy(update={name: getattr(of_tasks, name) for name in names})
