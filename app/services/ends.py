"""How dispatches end: the rules that hold whoever ends one, within the caller's transaction."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from app.connection_string import redacted_lines
from app.db.bulk import BulkStore
from app.db.dispatches import DispatchStore
from app.db.events import EventStore
from app.db.queue import QueueStore
from app.db.tasks import TaskStore
from app.errors import AppError, CancelledError, ClaimGoneError, LostError, TimedOutError
from app.services.splitting import settle
from app.values.dispatch import (
    Dispatch,
    DispatchError,
    DispatchState,
    again,
)

_TRACEBACK = 20_000
"""Most characters of a traceback that a record keeps: its end."""
_RETRIED = {DispatchState.FAILED, DispatchState.TIMED_OUT, DispatchState.LOST}


class Over(NamedTuple):
    """What has ended for good."""

    dispatch: Dispatch
    state: DispatchState
    error: DispatchError | None


_STATES = {
    CancelledError.slug: DispatchState.CANCELLED,
    TimedOutError.slug: DispatchState.TIMED_OUT,
    ClaimGoneError.slug: DispatchState.LOST,
    LostError.slug: DispatchState.LOST,
}


def state_after(error: DispatchError) -> DispatchState:
    """Return the state in which an error leaves a dispatch."""
    return _STATES.get(error.slug, DispatchState.FAILED)


def subject(dispatch_id: int) -> str:
    """Return what events call a dispatch."""
    return f"dispatch:{dispatch_id}"


def ended(
    connection: sa.Connection,
    dispatch: Dispatch,
    state: DispatchState,
    error: DispatchError | None,
    *,
    now: datetime,
    actor: str,
) -> Over | None:
    """Note that the dispatch has ended, and queue its retry if its policy wants one.

    Returns what is over with it: the dispatch, or the one whose last task it was, which the caller
    holds. None: it is tried again, or other tasks go on.
    """
    progress = dispatch.progress.model_dump(exclude_none=True)
    detail = {**progress, "error": error.detail} if error else progress
    name = state if dispatch.parent is None else f"task {state}"
    EventStore(connection).add(subject(dispatch.id), name, now, actor=actor, detail=detail)
    may_pass = error is not None and error.can_pass and state in _RETRIED
    if may_pass and _retry(connection, dispatch, now=now):
        return None
    if dispatch.parent is None:
        return Over(dispatch, state, error)
    over = settle(connection, TaskStore(connection).held(dispatch.parent), now=now)
    return None if over is None else Over(*over)


def _retry(connection: sa.Connection, dispatch: Dispatch, *, now: datetime) -> bool:
    retries = dispatch.order.schedule.policies.retries
    if dispatch.attempt > retries.limit or dispatch.cancel_requested:
        return False
    parent = dispatch.parent
    if parent is not None and TaskStore(connection).held(parent).cancel_requested:
        return False
    new = again(dispatch).model_copy(
        update={"not_before": now + retries.wait(dispatch.attempt, dispatch.run)}
    )
    retry = DispatchStore(connection).add(new, now)
    detail = {"retry_of": dispatch.id, "attempt": retry.attempt, "not_before": retry.not_before}
    EventStore(connection).add(subject(retry.id), "queued", now, actor="retries", detail=detail)
    return True


def cancel(
    connection: sa.Connection, dispatch: Dispatch, error: AppError, *, now: datetime, actor: str
) -> None:
    """Cancel a waiting dispatch at once; ask a running one to stop, or each of its tasks."""
    tasks = TaskStore(connection)
    held = tasks.held(dispatch.id)
    _cancel(connection, held, error, now=now, actor=actor)
    if held.tasks is not None:
        for task in tasks.unfinished(held.id):
            _cancel(connection, task, error, now=now, actor=actor)


def _cancel(
    connection: sa.Connection, dispatch: Dispatch, error: AppError, *, now: datetime, actor: str
) -> None:
    store, events = DispatchStore(connection), EventStore(connection)
    store.request_cancel(dispatch.id)
    events.add(subject(dispatch.id), "cancel requested", now, actor=actor)
    told = in_record(error)
    if store.end_waiting(dispatch.id, DispatchState.CANCELLED, now, told):
        ended(connection, dispatch, DispatchState.CANCELLED, told, now=now, actor=actor)


def cancel_lane(connection: sa.Connection, lane: str, *, now: datetime, actor: str) -> None:
    """Cancel all that waits and runs in a lane, for a newer slot."""
    QueueStore(connection).lock()
    error = CancelledError("a newer slot was due: the overlap policy is 'cancel running'")
    for dispatch in DispatchStore(connection).unfinished(lane):
        cancel(connection, dispatch, error, now=now, actor=actor)


def cancel_waiting(
    connection: sa.Connection,
    error: AppError,
    *,
    now: datetime,
    actor: str,
    schedule: str | None = None,
    backfill: int | None = None,
) -> int:
    """Cancel all that waits of a schedule or of a backfill, however much; return how many."""
    QueueStore(connection).lock()
    bulk = BulkStore(connection)
    ids = bulk.waiting(schedule=schedule, backfill=backfill)
    told = in_record(error)
    bulk.cancel(ids, now, told)
    EventStore(connection).add_all(
        [subject(one) for one in ids],
        DispatchState.CANCELLED,
        now,
        actor=actor,
        detail={"error": told.detail},
    )
    return len(ids)


def in_record(error: AppError, traceback: str | None = None) -> DispatchError:
    """Return what a record says of an error: passwords are hidden, whoever records it."""
    return DispatchError(
        slug=error.slug,
        title=error.title,
        detail=redacted_lines(error.detail),
        facts={name: redacted_lines(str(fact)) for name, fact in error.facts.items()},
        can_pass=error.can_pass,
        # Cut last: what is left of a connection string that is cut may not look like one.
        traceback=traceback and redacted_lines(traceback)[-_TRACEBACK:],
    )
