"""A switch: something that is on or off for all services, until somebody turns it."""

from app.values.base import Instant, Value


class Switch(Value):
    """Whether it is on, since when, and who turned it."""

    name: str
    is_on: bool
    changed_at: Instant
    actor: str
