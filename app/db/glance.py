"""The store of what the Monitor shows of schedules and dispatches, cheap enough for each second."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.db.dispatch_lists import IS_WHOLE
from app.db.schedules import from_row
from app.db.tables import dispatches, schedules
from app.db.tasks import TaskStore
from app.values.base import Instant, Value
from app.values.dispatch import DispatchState, Progress
from app.values.monitor import Running
from app.values.overview import LastDispatch
from app.values.schedule import AnySchedule

_MOST_RUNNING = 1000
_PROGRESS = tuple(Progress.model_fields)
_RUNNING = ("id", "schedule", "slot", "started_at")
_PLAIN = ("id", "name", "paused", "revision", "due_at", "fault")
_NEWEST = (
    sa.select(sa.func.max(dispatches.c.id))
    .where(dispatches.c.schedule == schedules.c.name, dispatches.c.parent.is_(None))
    .correlate(schedules)
    .scalar_subquery()
)
_LAST = dispatches.alias("last")
_SHOWN = tuple(LastDispatch.model_fields)


class Glance(Value):
    """A schedule without what it says, which changes rarely."""

    id: int
    name: str
    paused: bool
    revision: int
    due_at: Instant | None
    fault: str | None
    last: LastDispatch | None


class GlanceStore:
    """Schedules at a glance, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def schedules(self) -> list[Glance]:
        """Return all schedules, by name, each with its newest dispatch."""
        query = sa.select(
            *(schedules.c[name] for name in _PLAIN),
            *(_LAST.c[name].label(f"last_{name}") for name in _SHOWN),
        ).outerjoin_from(schedules, _LAST, _LAST.c.id == _NEWEST)
        return [_glance(row) for row in self._connection.execute(query.order_by(schedules.c.name))]

    def specs(self, ids: Sequence[int]) -> list[AnySchedule]:
        """Return these schedules whole."""
        if not ids:
            return []
        rows = self._connection.execute(sa.select(schedules).where(schedules.c.id.in_(ids)))
        return [from_row(row._mapping) for row in rows]  # noqa: SLF001 - documented name

    def running(self) -> list[Running]:
        """Return dispatches that run, the oldest first."""
        query = sa.select(*(dispatches.c[name] for name in (*_RUNNING, "tasks", *_PROGRESS)))
        query = query.where(dispatches.c.state == DispatchState.RUNNING, IS_WHOLE)
        query = query.order_by(dispatches.c.id).limit(_MOST_RUNNING)
        rows = self._connection.execute(query).all()
        split = TaskStore(self._connection).progress([row.id for row in rows if row.tasks])
        return [_running(row, split.get(row.id)) for row in rows]


def _running(row: Any, of_tasks: Progress | None) -> Running:
    progress = Progress(**{name: getattr(row, name) for name in _PROGRESS})
    if of_tasks is not None:
        progress = of_tasks.model_copy(update={"rows_expected": progress.rows_expected})
    return Running(**{name: getattr(row, name) for name in _RUNNING}, progress=progress)


def _glance(row: sa.Row[tuple[object, ...]]) -> Glance:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    last = {name: fields.pop(f"last_{name}") for name in _SHOWN}
    return Glance(**fields, last=None if last["id"] is None else LastDispatch(**last))
