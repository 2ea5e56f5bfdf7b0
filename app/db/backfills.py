"""The store of backfills."""

import sqlalchemy as sa

from app.db.tables import backfills
from app.values.backfill import Backfill, BackfillPlan
from app.values.base import Instant


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
