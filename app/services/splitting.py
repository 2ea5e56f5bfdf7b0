"""Tasks: a dispatch is split into them, and how it stands follows from how they do.

All within the caller's transaction, which holds the dispatch (`TaskStore.hold`).
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db.events import EventStore
from app.db.tasks import TaskStore
from app.values.dispatch import (
    Dispatch,
    DispatchError,
    DispatchState,
    NewDispatch,
    Progress,
    again,
)
from app.values.share import Share
from app.values.task import DispatchTask

_WORST = (
    DispatchState.FAILED, DispatchState.TIMED_OUT, DispatchState.LOST, DispatchState.CANCELLED
)  # fmt: skip
"""Of tasks that ended in several ways, the first of these is how their dispatch ended."""


def task_of(parent: Dispatch, share: Share, now: datetime) -> NewDispatch:
    """Return a task of a dispatch, to queue.

    It is in a lane of its own: its dispatch has its place among those of the schedule.
    """
    return NewDispatch(
        order=parent.order.model_copy(update={"share": share}),
        kind=parent.kind,
        not_before=now,
        lane=f"dispatch:{parent.id}",
        lane_width=share.partitions,
        priority=parent.priority,
        parent=parent.id,
    )


def rerun_of(task: Dispatch, now: datetime) -> NewDispatch:
    """Return a task that is tried once more, because somebody wants it."""
    return again(task).model_copy(update={"not_before": now})


def settle(
    connection: sa.Connection, parent: Dispatch, *, now: datetime
) -> tuple[Dispatch, DispatchState, DispatchError | None] | None:
    """Go on with a dispatch of which a task has ended: publish, or end it, or wait for the others.

    Returns how it ended, if it did.
    """
    store = TaskStore(connection)
    tasks = store.of(parent.id)
    if parent.state.is_final or not all(task.state.is_final for task in tasks):
        return None
    if _is_staged(tasks) and not (parent.order.dry_run or _is_told(tasks)):
        if not parent.cancel_requested:
            _publish(connection, parent, tasks, now)
            return None
        state, error = _cancelled(parent)
    else:
        state, error = _end(parent, tasks)
    progress = _final(store.progress([parent.id])[parent.id], tasks, state)
    store.finish(parent.id, state, now, error=error, progress=progress)
    told = progress.model_dump(exclude_none=True)
    detail = {**told, "error": error.detail} if error else told
    EventStore(connection).add(f"dispatch:{parent.id}", state, now, actor="tasks", detail=detail)
    return parent.model_copy(update={"state": state, "progress": progress}), state, error


def _is_staged(tasks: Sequence[DispatchTask]) -> bool:
    """Tell whether all rows are staged."""
    return all(task.state is DispatchState.SUCCEEDED for task in tasks if not task.publishes)


def _is_told(tasks: Sequence[DispatchTask]) -> bool:
    """Tell whether a publication has ended that is of these tasks, and not of earlier attempts."""
    return tasks[-1].publishes and tasks[-1].id == max(task.id for task in tasks)


def _publish(
    connection: sa.Connection, parent: Dispatch, tasks: Sequence[DispatchTask], now: datetime
) -> None:
    """Queue the publication of what all tasks have staged."""
    store = TaskStore(connection)
    [last] = store.some([tasks[-1].id])
    if tasks[-1].publishes:
        new = rerun_of(last, now)
    else:
        assert last.order.share is not None  # noqa: S101 - a task has one
        version, number = last.order.share.version, len(tasks)
        new = task_of(parent, Share(partition=None, partitions=number, version=version), now)
    [added] = store.add([new], now)
    EventStore(connection).add(f"dispatch:{added}", "queued", now, actor="tasks")


def _end(
    parent: Dispatch, tasks: Sequence[DispatchTask]
) -> tuple[DispatchState, DispatchError | None]:
    """Return how a dispatch ends whose tasks have all ended."""
    left = [task for task in tasks if task.state is not DispatchState.SUCCEEDED]
    if not left:
        return DispatchState.SUCCEEDED, None
    state = next(one for one in _WORST if one in {task.state for task in left})
    if parent.cancel_requested:
        state = DispatchState.CANCELLED
    worst = next((task for task in left if task.state is state), left[0])
    return state, _told(worst, tasks, left)


def _cancelled(parent: Dispatch) -> tuple[DispatchState, DispatchError | None]:
    """Return the end of a dispatch that was cancelled when all its tasks had succeeded."""
    error = DispatchError(
        slug="cancelled",
        title="Cancelled",
        detail=f"dispatch {parent.id} was cancelled before it was published",
    )
    return DispatchState.CANCELLED, error


def _told(
    worst: DispatchTask, tasks: Sequence[DispatchTask], left: Sequence[DispatchTask]
) -> DispatchError | None:
    """Return what the dispatch's record says: what its worst task's does, and how many there are.

    It never says that it can pass: each task was tried again as often as it may.
    """
    if worst.error is None:
        return None
    number = sum(not task.publishes for task in tasks)
    count = f"{len(left)} of {number} tasks did not succeed; " if not worst.publishes else ""
    detail = f"{count}{worst.in_words()}: {worst.error.detail}"
    return worst.error.model_copy(update={"detail": detail, "can_pass": False, "traceback": None})


def _final(progress: Progress, tasks: Sequence[DispatchTask], state: DispatchState) -> Progress:
    """Return what a dispatch's record keeps: what was staged and not published is not delivered."""
    published = sum(task.progress.rows_delivered for task in tasks if task.publishes)
    is_delivered = state is DispatchState.SUCCEEDED
    return progress.model_copy(update={"rows_delivered": published if is_delivered else 0})
