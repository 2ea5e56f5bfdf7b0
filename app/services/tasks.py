"""The tasks of dispatches: look at them, and run again alone those that failed."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.engine import reading
from app.db.events import EventStore
from app.db.queue import QueueStore
from app.db.tasks import TaskStore
from app.errors import ConfigurationError, ConflictError
from app.services.dispatches import DispatchService
from app.services.ends import subject
from app.services.splitting import rerun_of
from app.values.dispatch import Dispatch, DispatchState
from app.values.task import DispatchTask


class TaskService:
    """The use cases of tasks. One that waits or runs is seen to as each dispatch is."""

    def __init__(self, engine: sa.Engine, dispatches: DispatchService) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._dispatches = dispatches

    def of(self, dispatch_id: int) -> list[DispatchTask]:
        """Return the tasks of a dispatch, the publication last; none if it was not split.

        Each is told by its newest attempt. Raises NotFoundError.
        """
        self._dispatches.get(dispatch_id)
        with self._reading.begin() as connection:
            return TaskStore(connection).of(dispatch_id)

    def rerun(
        self,
        dispatch_id: int,
        *,
        partitions: Collection[int] | None = None,
        actor: str,
        now: datetime,
    ) -> Dispatch:
        """Run tasks of a dispatch again that has failed: by default all that did not succeed.

        What the others have staged is kept, and published with theirs. Raises NotFoundError,
        ConfigurationError for a task that there is not, ConflictError where there is nothing to
        run again, or another dispatch of the schedule runs.
        """
        self._dispatches.get(dispatch_id)
        with self._engine.begin() as connection:
            QueueStore(connection).lock()
            store = TaskStore(connection)
            parent = store.held(dispatch_id)
            _require_failed(parent)
            _require_room(connection, parent)
            wanted = _wanted(parent, store.of(parent.id), partitions)
            store.reopen(parent.id)
            added = store.add([rerun_of(one, now) for one in store.some(wanted)], now)
            events = EventStore(connection)
            events.add(subject(parent.id), "rerun", now, actor=actor, detail={"tasks": len(added)})
            events.add_all([subject(one) for one in added], "queued", now, actor=actor)
        return self._dispatches.get(dispatch_id)


def _require_failed(parent: Dispatch) -> None:
    if parent.tasks is None:
        raise ConflictError(
            f"dispatch {parent.id} was not split into tasks; run it again as a whole"
        )
    if parent.state is DispatchState.SUCCEEDED or not parent.state.is_final:
        raise ConflictError(
            f"dispatch {parent.id} is {parent.state}: there is no task to run again"
        )


def _require_room(connection: sa.Connection, parent: Dispatch) -> None:
    """Raise ConflictError if its lane is full, which its tasks themselves do not ask."""
    others = DispatchStore(connection).count_running(parent.lane)
    if others >= parent.lane_width:
        raise ConflictError(
            f"{others} other dispatches of schedule {parent.schedule!r} run, which is as many as "
            "may at once (policy concurrency); try again when one has ended"
        )


def _wanted(
    parent: Dispatch, tasks: Sequence[DispatchTask], partitions: Collection[int] | None
) -> list[int]:
    """Return the ids of the tasks to run again."""
    known = {task.partition for task in tasks if task.partition is not None}
    if unknown := sorted(set(partitions or ()) - known):
        raise ConfigurationError(
            f"dispatch {parent.id} has no task {unknown[0]}; they are 0 to {max(known)}"
        )
    failed = [task for task in tasks if task.state is not DispatchState.SUCCEEDED]
    asked = set(partitions or ()) | {part for task in failed for part in _gone(task)}
    chosen = {task.id for task in failed} | {task.id for task in tasks if task.partition in asked}
    parts = [task.id for task in tasks if task.id in chosen and not task.publishes]
    # The publication follows by itself when these have succeeded.
    return parts or [task.id for task in tasks if task.publishes]


def _gone(task: DispatchTask) -> list[int]:
    """Return the tasks whose staged rows the publication did not find."""
    is_told = task.error is not None and "partitions" in task.error.facts
    return json.loads(task.error.facts["partitions"]) if task.error and is_told else []
