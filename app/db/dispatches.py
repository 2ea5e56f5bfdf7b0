"""The store of dispatches: states move by conditional UPDATE alone."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.tables import dispatches
from app.values.dispatch import (
    Dispatch,
    DispatchError,
    DispatchKind,
    DispatchState,
    Order,
    Progress,
)

_PROGRESS = tuple(Progress.model_fields)
_PLAIN = tuple(set(Dispatch.model_fields) - {"order", "progress", "error"})


class DispatchStore:
    """Dispatches, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, order: Order, kind: DispatchKind, at: datetime) -> Dispatch:
        """Add a queued dispatch."""
        row = {
            "run": uuid.uuid4().hex,
            "schedule": order.schedule.name,
            "kind": kind,
            "state": DispatchState.QUEUED,
            "slot": order.slot,
            "claimed_slot": order.slot if kind is DispatchKind.SCHEDULED else None,
            "order": order.model_dump_json(),
            "attempt": 1,
            "created_at": at,
            "model": order.schedule.model,
            "cancel_requested": False,
            **Progress().model_dump(),
        }
        new = self._connection.execute(dispatches.insert().values(row)).lastrowid
        added = self.get(new)
        assert added is not None  # noqa: S101 - it was inserted above
        return added

    def get(self, dispatch_id: int) -> Dispatch | None:
        """Return one dispatch."""
        query = sa.select(dispatches).where(dispatches.c.id == dispatch_id)
        row = self._connection.execute(query).first()
        return None if row is None else _value(row)

    def page(
        self,
        *,
        schedule: str | None = None,
        state: DispatchState | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Dispatch]:
        """Return dispatches that fit the filters, the newest first; `before` is the cursor."""
        query = sa.select(dispatches).order_by(dispatches.c.id.desc()).limit(limit)
        if schedule is not None:
            query = query.where(dispatches.c.schedule == schedule)
        if state is not None:
            query = query.where(dispatches.c.state == state)
        if before is not None:
            query = query.where(dispatches.c.id < before)
        return [_value(row) for row in self._connection.execute(query)]

    def queued(self, limit: int) -> list[int]:
        """Return the ids of the dispatches that wait longest."""
        query = sa.select(dispatches.c.id).where(dispatches.c.state == DispatchState.QUEUED)
        return list(self._connection.scalars(query.order_by(dispatches.c.id).limit(limit)))

    def count_queued(self) -> int:
        """Return how many dispatches wait."""
        query = sa.select(sa.func.count()).where(dispatches.c.state == DispatchState.QUEUED)
        return self._connection.execute(query).scalar_one()

    def last_success(self, schedule: str, before: datetime) -> datetime | None:
        """Return the newest slot before `before` that was dispatched with success."""
        query = sa.select(sa.func.max(dispatches.c.slot)).where(
            dispatches.c.schedule == schedule,
            dispatches.c.state == DispatchState.SUCCEEDED,
            dispatches.c.slot < before,
        )
        return self._connection.execute(query).scalar()

    def move(self, dispatch_id: int, old: DispatchState, new: DispatchState, **fields: Any) -> bool:
        """Move a dispatch from one state to another; False means that another was faster."""
        change = dispatches.update().where(
            dispatches.c.id == dispatch_id, dispatches.c.state == old
        )
        if (error := fields.get("error")) is not None:
            fields["error"] = error.model_dump_json()
        return self._connection.execute(change.values(state=new, **fields)).rowcount == 1

    def record(self, dispatch_id: int, progress: Progress, at: datetime, **fields: Any) -> bool:
        """Write progress and heartbeat of a running dispatch; return whether it is to stop."""
        here = (dispatches.c.id == dispatch_id, dispatches.c.state == DispatchState.RUNNING)
        change = dispatches.update().where(*here)
        self._connection.execute(change.values(heartbeat_at=at, **progress.model_dump(), **fields))
        asked = self._connection.execute(sa.select(dispatches.c.cancel_requested).where(*here))
        return asked.scalar() is not False

    def request_cancel(self, dispatch_id: int) -> None:
        """Ask a running dispatch to stop."""
        change = dispatches.update().where(dispatches.c.id == dispatch_id)
        self._connection.execute(change.values(cancel_requested=True))


def _value(row: sa.Row[tuple[object, ...]]) -> Dispatch:
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    error = fields["error"]
    return Dispatch(
        **{name: fields[name] for name in _PLAIN},
        order=Order.model_validate_json(fields["order"]),
        progress=Progress(**{name: fields[name] for name in _PROGRESS}),
        error=None if error is None else DispatchError.model_validate_json(error),
    )
