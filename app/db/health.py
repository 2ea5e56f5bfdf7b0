"""The store of what tells whether schedules and Disparo itself are well."""

from datetime import datetime

import sqlalchemy as sa

from app.db.dispatch_lists import IS_WHOLE
from app.db.tables import dispatches
from app.values.base import Instant, Value
from app.values.dispatch import DispatchState

_COUNTED = tuple(
    state for state in DispatchState if state.is_final and state is not DispatchState.CANCELLED
)


class Ended(Value):
    """How a dispatch ended."""

    id: int
    state: DispatchState
    slot: Instant
    finished_at: Instant | None


class HealthStore:
    """What is read of dispatches, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def ended(self, schedule: str, limit: int) -> list[Ended]:
        """Return a schedule's newest dispatches that ended by themselves, the newest first."""
        columns = [dispatches.c[name] for name in Ended.model_fields]
        query = sa.select(*columns).where(
            dispatches.c.schedule == schedule, dispatches.c.state.in_(_COUNTED), IS_WHOLE
        )
        rows = self._connection.execute(query.order_by(dispatches.c.id.desc()).limit(limit))
        return [Ended(**row._mapping) for row in rows]  # noqa: SLF001 - documented name

    def succeeded_at(self, schedule: str) -> datetime | None:
        """Return when the newest success of a schedule ended."""
        query = sa.select(dispatches.c.finished_at).where(
            dispatches.c.schedule == schedule,
            dispatches.c.state == DispatchState.SUCCEEDED,
            IS_WHOLE,
        )
        return self._connection.execute(query.order_by(dispatches.c.id.desc()).limit(1)).scalar()

    def waiting(self, now: datetime) -> tuple[int, datetime | None]:
        """Return how many dispatches wait whose time has come, and since when the first does."""
        query = sa.select(sa.func.count(), sa.func.min(dispatches.c.not_before)).where(
            dispatches.c.state == DispatchState.QUEUED, dispatches.c.not_before <= now, IS_WHOLE
        )
        count, since = self._connection.execute(query).one()
        return count, since
