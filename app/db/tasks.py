"""The store of tasks: dispatches that belong to another one, whose state follows from theirs.

Whoever ends a task, or adds one, holds its parent first: so the last of two that end in the same
instant sees the other, and nobody waits in a circle.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.dispatch_rows import from_row, new_row
from app.db.tables import dispatches
from app.values.dispatch import (
    Claim,
    Dispatch,
    DispatchError,
    DispatchState,
    NewDispatch,
    Progress,
)
from app.values.task import DispatchTask

_PROGRESS = tuple(Progress.model_fields)
_READ = tuple(set(DispatchTask.model_fields) - {"progress"})
_AGAIN = dispatches.alias("again")
_IS_NEWEST = ~sa.exists().where(_AGAIN.c.retry_of == dispatches.c.id)
"""Whether a task is not tried again: only that attempt counts."""


class TaskStore:
    """Tasks, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def hold(self, dispatch_id: int) -> Dispatch | None:
        """Return a task's parent, and keep others from it until the transaction ends.

        None: it is no task.
        """
        query = sa.select(dispatches.c.parent).where(dispatches.c.id == dispatch_id)
        parent = self._connection.execute(query).scalar()
        return None if parent is None else self.held(parent)

    def held(self, parent: int) -> Dispatch:
        """Return a dispatch, and keep others from it until the transaction ends."""
        query = sa.select(dispatches).where(dispatches.c.id == parent).with_for_update()
        return from_row(self._connection.execute(query).one())

    def split(self, claim: Claim, news: Sequence[NewDispatch], at: datetime) -> list[int] | None:
        """Let tasks do a running dispatch from now on; return their ids in order.

        None: the claim is gone.
        """
        shares = [new.order.share for new in news]
        expected = [share.rows for share in shares if share is not None and share.rows is not None]
        change = dispatches.update().where(
            dispatches.c.id == claim.dispatch,
            dispatches.c.claim == claim.token,
            dispatches.c.state == DispatchState.RUNNING,
            dispatches.c.tasks.is_(None),
        )
        fields = {"rows_expected": sum(expected) if len(expected) == len(news) else None}
        won = self._connection.execute(change.values(tasks=len(news), **fields)).rowcount == 1
        return self.add(news, at) if won else None

    def add(self, news: Sequence[NewDispatch], at: datetime) -> list[int]:
        """Add tasks that wait; return their ids in order."""
        rows = [new_row(new, at) for new in news]
        self._connection.execute(dispatches.insert(), rows)
        runs = [row["run"] for row in rows]
        query = sa.select(dispatches.c.run, dispatches.c.id).where(dispatches.c.run.in_(runs))
        ids = {row.run: row.id for row in self._connection.execute(query)}
        return [ids[run] for run in runs]

    def of(self, parent: int) -> list[DispatchTask]:
        """Return the newest attempt of each task, in the order of partitions, publication last."""
        columns = [dispatches.c[name] for name in (*_READ, *_PROGRESS)]
        query = sa.select(*columns).where(dispatches.c.parent == parent, _IS_NEWEST)
        found = [_task(row) for row in self._connection.execute(query.order_by(dispatches.c.id))]
        return sorted(found, key=lambda task: (task.partition is None, task.partition or 0))

    def unfinished(self, parent: int) -> list[Dispatch]:
        """Return the tasks that wait or run."""
        query = sa.select(dispatches).where(
            dispatches.c.parent == parent,
            dispatches.c.state.in_([DispatchState.QUEUED, DispatchState.RUNNING]),
        )
        return [from_row(row) for row in self._connection.execute(query.order_by(dispatches.c.id))]

    def some(self, ids: Collection[int]) -> list[Dispatch]:
        """Return these tasks whole."""
        query = sa.select(dispatches).where(dispatches.c.id.in_(ids)).order_by(dispatches.c.id)
        return [from_row(row) for row in self._connection.execute(query)]

    def progress(self, parents: Collection[int]) -> dict[int, Progress]:
        """Return how far the tasks of these dispatches are together."""
        if not parents:
            return {}
        query = sa.select(dispatches.c.parent, *_SUMS).where(
            dispatches.c.parent.in_(parents), _IS_NEWEST
        )
        rows = self._connection.execute(query.group_by(dispatches.c.parent))
        return {row.parent: _progress(row) for row in rows}

    def finish(
        self,
        parent: int,
        state: DispatchState,
        at: datetime,
        *,
        error: DispatchError | None,
        progress: Progress,
    ) -> None:
        """Write the end of a dispatch whose tasks have ended, and which is held."""
        told = None if error is None else error.model_dump_json()
        counts = progress.model_dump(exclude={"rows_expected"})
        change = dispatches.update().where(dispatches.c.id == parent)
        self._connection.execute(change.values(state=state, finished_at=at, error=told, **counts))

    def reopen(self, parent: int) -> None:
        """Let a dispatch that has ended, and is held, go on."""
        change = dispatches.update().where(dispatches.c.id == parent)
        fields = {"finished_at": None, "error": None, "cancel_requested": False}
        self._connection.execute(change.values(state=DispatchState.RUNNING, **fields))


def _sum(name: str, *, of_publication: bool) -> sa.Label[Any]:
    column: Any = dispatches.c[name]
    if not of_publication:
        column = sa.case((dispatches.c.partition.is_(None), 0), else_=column)
    return sa.func.coalesce(sa.func.sum(column), 0).label(name)


_SUMS = (
    *(_sum(name, of_publication=False) for name in _PROGRESS if name.startswith("rows_")),
    *(_sum(name, of_publication=True) for name in _PROGRESS if name.endswith("_seconds")),
    sa.func.max(dispatches.c.peak_memory).label("peak_memory"),
)


def _progress(row: Any) -> Progress:
    """Return sums as numbers: MySQL gives decimals."""
    kinds = {name: float if name.endswith("_seconds") else int for name in _PROGRESS}
    told = {name: getattr(row, name) for name in _PROGRESS}
    return Progress(**{n: None if value is None else kinds[n](value) for n, value in told.items()})


def _task(row: Any) -> DispatchTask:
    fields = {name: getattr(row, name) for name in _READ}
    error = fields.pop("error")
    return DispatchTask(
        **fields,
        error=None if error is None else DispatchError.model_validate_json(error),
        progress=Progress(**{name: getattr(row, name) for name in _PROGRESS}),
    )
