"""Users, and the sessions in which they are logged in."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, TypeAdapter, ValidationError

from app.errors import ConfigurationError
from app.values.account import Role
from app.values.base import Instant, Value

_RESERVED = frozenset(
    {"api", "launcher", "me", "program", "queue", "retries", "scheduler", "sender"}
)
"""Names by which events know others than users."""


def _free(name: str) -> str:
    if name in _RESERVED:
        message = f"{name!r} means something else; choose another name"
        raise ValueError(message)
    return name


UserName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$", max_length=100, to_lower=True),
    AfterValidator(_free),
]
"""A name, or an address of mail: `Ana` and `ana` are one user."""


_NAME: TypeAdapter[str] = TypeAdapter(UserName)


def user_name(text: str) -> str:
    """Return the name that somebody typed as users have it. Raises ConfigurationError."""
    try:
        return _NAME.validate_python(text.strip())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        rule = "take letters, digits and . _ @ + -, at most 100, a letter or a digit first"
        if first["type"] == "value_error":
            rule = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{text[:100]!r} is no name for a user: {rule}") from None


class User(Value):
    """A person who may log in."""

    id: int
    name: str
    role: Role
    is_enabled: bool
    has_password: bool
    issuer: str | None = None
    """The provider of single sign-on that vouches for them."""
    created_at: Instant
    updated_at: Instant
    seen_at: Instant | None = None
    """When they logged in last."""
    revision: int

    @property
    def is_admin(self) -> bool:
        """Whether it is an admin who can log in."""
        has_way = self.has_password or self.issuer is not None
        return self.role is Role.ADMIN and self.is_enabled and has_way


class UserChange(Value):
    """What is to be changed of a user; what is left out stays."""

    role: Role | None = None
    is_enabled: bool | None = None


class Way(StrEnum):
    """How somebody has logged in."""

    PASSWORD = "password"  # noqa: S105 - a way, not a password
    LINK = "link"
    """By a one-time link, which set a password."""
    SINGLE_SIGN_ON = "single sign-on"


class Client(Value):
    """Where a request came from."""

    address: str
    agent: str = ""
    """What the program says of itself."""


class Session(Value):
    """One browser, or program, in which a user is logged in."""

    id: int
    user: str
    role: Role
    way: Way
    address: str
    agent: str
    created_at: Instant
    seen_at: Instant
    """When it was used last, at most a minute behind."""
    ends_at: Instant
    """When it ends, used or not."""

    def is_open(self, now: datetime, *, idle: timedelta) -> bool:
        """Tell whether it has not ended; unused for as long as `idle`, it has."""
        return now < min(self.ends_at, self.seen_at + idle)
