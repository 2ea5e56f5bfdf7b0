"""What is told of a scheduler that stands still: all that keeps its slots from succeeding."""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.leases import LeaseStore
from app.db.tables import dispatch_logs, dispatches, events, schedules
from app.values.dispatch import Dispatch, DispatchState
from tests.scheduler.outcome import attempts

_MOST = 40
"""Of each kind of row, the newest."""


def told(engine: sa.Engine, now: datetime) -> str:
    """Return in lines what did not succeed, why, and how the schedules and the lease stand."""
    with engine.begin() as connection:
        lines = [*_lease(connection), *_schedules(connection), *_dispatches(connection, now)]
    return "\n".join([f"dispatches: {attempts(engine)}", *lines])


def _lease(connection: sa.Connection) -> Iterator[str]:
    store = LeaseStore(connection)
    yield f"lease {store.get('scheduler')}, the database's time {store.database_time()}"


def _schedules(connection: sa.Connection) -> Iterator[str]:
    for row in connection.execute(sa.select(schedules).limit(_MOST)):
        yield (
            f"schedule {row.name}: claimed until {row.claimed_until}, due at {row.due_at}, "
            f"fault {row.fault}"
        )
    query = sa.select(events).where(
        events.c.subject.like("schedule:%"), events.c.name != "declared"
    )
    for row in connection.execute(query.order_by(events.c.id.desc()).limit(_MOST)):
        yield f"event {row.at} {row.subject} {row.name}: {row.detail}"


def _dispatches(connection: sa.Connection, now: datetime) -> Iterator[str]:
    ids = sa.select(dispatches.c.id).where(dispatches.c.state != DispatchState.SUCCEEDED)
    store = DispatchStore(connection)
    for dispatch_id in list(connection.scalars(ids.order_by(dispatches.c.id.desc()).limit(_MOST))):
        dispatch = store.get(dispatch_id)
        assert dispatch is not None
        yield _in_words(dispatch, now)
        if dispatch.state is DispatchState.RUNNING:
            yield from _log(connection, dispatch_id)


def _in_words(one: Dispatch, now: datetime) -> str:
    silent = None if one.heartbeat_at is None else (now - one.heartbeat_at).total_seconds()
    words = (
        f"dispatch {one.id}: {one.schedule} {one.slot}, {one.kind}, attempt {one.attempt}, "
        f"{one.state}, process {one.process}, heartbeat {silent} s ago, not before "
        f"{one.not_before}, retry of {one.retry_of}"
    )
    if one.error is None:
        return words
    error = one.error
    end = (error.traceback or "")[-3000:]
    return (
        f"{words}; {error.slug} in {error.stage}, can pass {error.can_pass}: {error.detail}\n{end}"
    )


def _log(connection: sa.Connection, dispatch_id: int) -> Iterator[str]:
    query = sa.select(dispatch_logs.c.text).where(dispatch_logs.c.dispatch == dispatch_id)
    yield from (f"  log: {text}" for text in connection.scalars(query))
