"""How a dispatch stands in its table: the row of a new one, and the value of a row."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.values.dispatch import (
    Dispatch,
    DispatchError,
    DispatchKind,
    DispatchState,
    NewDispatch,
    Order,
    Progress,
)

_PROGRESS = tuple(Progress.model_fields)
_PLAIN = tuple(set(Dispatch.model_fields) - {"order", "progress", "error", "job"})


def new_row(new: NewDispatch, at: datetime) -> dict[str, Any]:
    """Return the row of a dispatch that is queued."""
    schedule, slot, share = new.order.schedule, new.order.slot, new.order.share
    claims_slot = new.kind is DispatchKind.SCHEDULED and new.parent is None
    return {
        **new.model_dump(exclude={"order"}),
        "run": uuid.uuid4().hex,
        "schedule": schedule.name,
        "state": DispatchState.QUEUED,
        "slot": slot,
        "claimed_slot": slot if claims_slot else None,
        "order": new.order.model_dump_json(),
        "created_at": at,
        "model": schedule.model,
        "collect_source": schedule.collect.source,
        "deliver_source": schedule.deliver.source,
        "wanted_launcher": schedule.launcher,
        "cancel_requested": False,
        "partition": None if share is None else share.partition,
        **Progress().model_dump(),
    }


def from_row(row: sa.Row[tuple[object, ...]]) -> Dispatch:
    """Return the dispatch of a row of the table."""
    fields = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    error = fields["error"]
    return Dispatch(
        **{name: fields[name] for name in _PLAIN},
        order=Order.model_validate_json(fields["order"]),
        progress=Progress(**{name: fields[name] for name in _PROGRESS}),
        error=None if error is None else DispatchError.model_validate_json(error),
    )
