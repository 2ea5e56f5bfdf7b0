"""What a schedule's query is bound to, for a slot."""

from collections.abc import Mapping
from datetime import datetime

from app.sources.connection import Query
from app.values.base import Scalar
from app.values.schedule import Schedule


def bound_query(
    schedule: Schedule,
    slot: datetime,
    *,
    last_success: datetime | None,
    given: Mapping[str, Scalar] | None = None,
    task: tuple[int, int] = (0, 1),
) -> Query:
    """Return the query of a schedule for a slot; `given` goes before the schedule's parameters.

    Times are told by the schedule's clock. `task` is the number of a task, and of how many.
    """
    start, end = schedule.window(slot)
    parameters: dict[str, Scalar] = {
        **schedule.parameters,
        **(given or {}),
        "slot": schedule.local(slot),
        "window_start": start,
        "window_end": end,
        "partition": task[0],
        "partitions": task[1],
        "last_success": schedule.local(last_success) if last_success else None,
    }
    spec = schedule.collect
    return Query(text=spec.query.rstrip().rstrip(";"), parameters=parameters, key=spec.key)
