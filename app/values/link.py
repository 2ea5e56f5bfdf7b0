"""One-time links: whoever has one may set a password, once, for a while."""

from enum import StrEnum

from pydantic import SecretStr

from app.values.base import Instant, Value


class Purpose(StrEnum):
    """What a link is for."""

    FIRST = "first"
    """It makes the first admin."""
    PASSWORD = "password"  # noqa: S105 - a purpose, not a password
    """It sets the password of a user."""


class Link(Value):
    """A link that was just made. It is told now, and never again."""

    purpose: Purpose
    token: SecretStr
    ends_at: Instant

    @property
    def path(self) -> str:
        """Where it leads to, below the address of the service; a secret."""
        page = {Purpose.FIRST: "first", Purpose.PASSWORD: "reset"}[self.purpose]
        return f"/{page}?token={self.token.get_secret_value()}"


class StoredLink(Value):
    """A link as it is kept."""

    user_id: int | None
    ends_at: Instant
