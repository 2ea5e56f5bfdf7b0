"""An event: an append-only record of what happened to whom."""

from typing import Any

from app.values.base import Instant, Value

BY_ITSELF = frozenset({"launcher", "program", "queue", "retries", "scheduler", "sender"})
"""Actors who are parts of the service. What all others do is part of the audit."""


class Event(Value):
    """One line of a record: a stage passed, a state changed, who did what."""

    id: int
    at: Instant
    subject: str
    """What it is about, e.g. `dispatch:17` or `source:flights`."""
    name: str
    actor: str
    detail: dict[str, Any] = {}
