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

    def left(self, dispatch: Dispatch, limit: int = 1000) -> list[Dispatch]:
        """Return other runs of a schedule since its last success that may have left rows staged.

        They were lost, or were to be gone on behind, and that was cancelled; or they are tasks of
        a dispatch that was never published. The newest first.
        """
        last = sa.select(sa.func.max(dispatches.c.id)).where(
            dispatches.c.schedule == dispatch.schedule,
            dispatches.c.state == DispatchState.SUCCEEDED,
            dispatches.c.parent.is_(None),
        )
        query = sa.select(dispatches).where(
            dispatches.c.schedule == dispatch.schedule,
            sa.or_(
                sa.and_(dispatches.c.parent.is_(None), _may_have_left()),
                sa.and_(dispatches.c.digest.is_not(None), _was_not_published()),
            ),
            dispatches.c.parent.is_distinct_from(dispatch.origin),
            dispatches.c.id > sa.func.coalesce(last.scalar_subquery(), 0),
        )
        return self._newest_first(query.limit(limit))

    def _newest_first(self, query: sa.Select[tuple[object, ...]]) -> list[Dispatch]:
        rows = self._connection.execute(query.order_by(dispatches.c.id.desc()))
        return [from_row(row) for row in rows]


def _may_have_left() -> sa.ColumnElement[bool]:
    """Tell of a dispatch that was not split whether it may have left a stage."""
    retry = dispatches.alias()
    cancelled = DispatchState.CANCELLED
    retry_was = sa.exists().where(retry.c.retry_of == dispatches.c.id, retry.c.state == cancelled)
    had_begun = sa.and_(dispatches.c.state == cancelled, dispatches.c.digest.is_not(None))
    is_lost = dispatches.c.state == DispatchState.LOST
    # Slurm told it to end, and it did not know whether it was to run again.
    has_failed = dispatches.c.state.in_([DispatchState.FAILED, DispatchState.TIMED_OUT])
    was_told = sa.and_(has_failed, dispatches.c.launcher == "slurm")
    return sa.or_(is_lost, had_begun, retry_was, was_told)


def _was_not_published() -> sa.ColumnElement[bool]:
    """Tell of a task whether its dispatch has ended without success."""
    whole = dispatches.alias()
    ended = [state for state in DispatchState if state.is_final]
    bad = [state for state in ended if state is not DispatchState.SUCCEEDED]
    return sa.exists().where(whole.c.id == dispatches.c.parent, whole.c.state.in_(bad))
