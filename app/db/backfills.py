"""The store of backfills."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from app.db.tables import backfills, dispatches
from app.values.backfill import Backfill, BackfillPlan
from app.values.base import Instant
from app.values.dispatch import DispatchState


class BackfillStore:
    """Backfills, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, plan: BackfillPlan, *, at_once: int, actor: str, now: Instant) -> Backfill:
        """Note a backfill."""
        row = {
            "schedule": plan.schedule,
            "first": plan.first,
            "until": plan.until,
            "at_once": at_once,
            "slots": plan.to_dispatch,
            "actor": actor,
            "created_at": now,
        }
        new = self._connection.execute(backfills.insert().values(row)).lastrowid
        return Backfill(id=new, **row)

    def get(self, backfill_id: int) -> Backfill | None:
        """Return one backfill."""
        return next(iter(self._found(backfills.c.id == backfill_id)), None)

    def of(self, schedule: str, *, before: int | None = None, limit: int = 50) -> list[Backfill]:
        """Return the backfills of a schedule, the newest first; `before` is the cursor."""
        where = [backfills.c.schedule == schedule]
        if before is not None:
            where.append(backfills.c.id < before)
        return self._found(*where, limit=limit)

    def _found(self, *where: sa.ColumnElement[bool], limit: int = 1) -> list[Backfill]:
        query = sa.select(backfills).where(*where).order_by(backfills.c.id.desc()).limit(limit)
        rows = self._connection.execute(query).mappings().all()
        states = self._states([row["id"] for row in rows])
        return [Backfill(**row, states=states[row["id"]]) for row in rows]

    def _states(self, ids: Sequence[int]) -> dict[int, dict[DispatchState, int]]:
        count = sa.func.count().label("dispatches")
        query = sa.select(dispatches.c.backfill, dispatches.c.state, count)
        grouped = query.where(dispatches.c.backfill.in_(ids)).group_by(
            dispatches.c.backfill, dispatches.c.state
        )
        found: dict[int, dict[DispatchState, int]] = defaultdict(dict)
        for row in self._connection.execute(grouped):
            found[row.backfill][DispatchState(row.state)] = row.dispatches
        return found
