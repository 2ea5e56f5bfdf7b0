"""A dispatch in brief: as much of it as one line of a list or one bar of a time line needs."""

from app.values.base import Instant, Name, Value
from app.values.dispatch import DispatchKind, DispatchState


class Brief(Value):
    """One dispatch, without its order and the parts of its record."""

    id: int
    schedule: Name
    kind: DispatchKind
    state: DispatchState
    slot: Instant
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    model: Name
    version: int | None
    attempt: int
    rows_inferred: int
    rows_delivered: int
    error: str | None
    """What happened, where it failed."""


class Timeline(Value):
    """What ran in a stretch of time."""

    since: Instant
    until: Instant
    items: tuple[Brief, ...]
    """Those that ran at some instant of it, the newest first."""
    is_cut: bool
    """Whether there are more: the oldest are left out."""
