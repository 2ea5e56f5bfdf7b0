"""A lease: the right to be the only one who does something, for a time."""

from app.values.base import Instant, Value


class Lease(Value):
    """Who holds the right `name`. The token grows with each holder, and fences the ones before."""

    name: str
    holder: str
    token: int
    expires_at: Instant
    """By the database's clock."""
