"""The store of attempts: runs that a dispatch takes over from, for they may have delivered."""

import sqlalchemy as sa

from app.db.dispatch_rows import from_row
from app.db.tables import dispatches
from app.values.dispatch import Dispatch, DispatchState


class AttemptStore:
    """Earlier runs of a schedule, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def before(self, dispatch: Dispatch) -> list[Dispatch]:
        """Return the attempts at the very same work before this one, the newest first."""
        one = dispatches.alias()
        first = sa.select(one.c.id, one.c.retry_of).where(one.c.id == dispatch.retry_of)
        chain = first.cte(recursive=True)
        older = sa.select(one.c.id, one.c.retry_of).where(one.c.id == chain.c.retry_of)
        ids = sa.select(chain.union_all(older).c.id)
        return self._newest_first(sa.select(dispatches).where(dispatches.c.id.in_(ids)))

    def left(self, schedule: str, limit: int = 100) -> list[Dispatch]:
        """Return runs of a schedule since its last success that may have left rows staged.

        They were lost, or were to be gone on behind, and that was cancelled. The newest first.
        """
        retry = dispatches.alias()
        cancelled = DispatchState.CANCELLED
        retry_was = sa.exists().where(
            retry.c.retry_of == dispatches.c.id, retry.c.state == cancelled
        )
        had_begun = sa.and_(dispatches.c.state == cancelled, dispatches.c.digest.is_not(None))
        is_lost = dispatches.c.state == DispatchState.LOST
        # Slurm told it to end, and it did not know whether it was to run again.
        has_failed = dispatches.c.state.in_([DispatchState.FAILED, DispatchState.TIMED_OUT])
        was_told = sa.and_(has_failed, dispatches.c.launcher == "slurm")
        last = sa.select(sa.func.max(dispatches.c.id)).where(
            dispatches.c.schedule == schedule, dispatches.c.state == DispatchState.SUCCEEDED
        )
        query = sa.select(dispatches).where(
            dispatches.c.schedule == schedule,
            sa.or_(is_lost, had_begun, retry_was, was_told),
            dispatches.c.id > sa.func.coalesce(last.scalar_subquery(), 0),
        )
        return self._newest_first(query.limit(limit))

    def _newest_first(self, query: sa.Select[tuple[object, ...]]) -> list[Dispatch]:
        rows = self._connection.execute(query.order_by(dispatches.c.id.desc()))
        return [from_row(row) for row in rows]
