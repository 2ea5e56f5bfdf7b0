"""A dispatch in brief: as much of it as one line of a list or one bar of a time line needs.

And which of them are wanted.
"""

from typing import Annotated

from pydantic import Field

from app.values.base import Instant, Name, Value
from app.values.dispatch import DispatchKind, DispatchState


class DispatchFilter(Value):
    """Which dispatches are wanted; what is left out does not matter."""

    schedule: Name | None = None
    state: DispatchState | None = None
    kind: DispatchKind | None = None
    backfill: Annotated[int | None, Field(ge=1, le=2**62)] = None
    since: Instant | None = None
    """The first slot."""
    until: Instant | None = None
    """The first slot left out."""


ALL = DispatchFilter()


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
    tasks: int | None
    """Into how many tasks it was split."""
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
