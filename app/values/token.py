"""A token: what a program shows to be let in."""

import re
import secrets
import string
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from app.values.account import Kind, Principal, Role, Scope
from app.values.base import Instant, Name, Value

PREFIX = "disparo_"
"""What each token begins with, so that scanners for secrets, and our own log, know it by sight."""
LENGTH = 43
"""Letters and digits after it: 62 ** 43 is more than 2 ** 256."""
_LETTERS = string.ascii_letters + string.digits
_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9]{{{LENGTH}}}")
TokenName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)
]
"""A name that leaves room for `token ` before it where an event names who acted."""


class TokenScope(StrEnum):
    """What a token is for."""

    ALL = "all"
    """All that its role may."""
    PREDICT = "predict"
    """Predictions, and nothing else."""


class TokenState(StrEnum):
    """Whether a token is taken."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class NewToken(Value):
    """A token to make."""

    name: TokenName
    role: Role
    scope: TokenScope = TokenScope.ALL
    models: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    """The models that may be asked; none: all."""
    expires_at: Instant | None = None
    """From when it is not taken any more; None: it is until it is revoked."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.models and self.scope is not TokenScope.PREDICT:
            message = "models narrow a token for predictions: let its scope be predict"
            raise ValueError(message)
        if self.scope is TokenScope.PREDICT and not self.role.covers(Role.OPERATOR):
            message = "a token for predictions needs the role operator: a viewer may not predict"
            raise ValueError(message)
        return self


class Token(NewToken):
    """A token as it is kept: without the secret, of which there is a digest alone."""

    id: int
    created_by: str
    created_at: Instant
    last_used_at: Instant | None = None
    """To about a minute."""
    revoked_at: Instant | None = None

    def state_at(self, now: datetime) -> TokenState:
        """Tell whether it is taken."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        is_over = self.expires_at is not None and self.expires_at <= now
        return TokenState.EXPIRED if is_over else TokenState.VALID

    def principal(self) -> Principal:
        """Return who shows it."""
        scope = Scope(predict_only=self.scope is TokenScope.PREDICT, models=frozenset(self.models))
        return Principal(
            kind=Kind.TOKEN, name=self.name, role=self.role, scope=scope, until=self.expires_at
        )


class TokenView(Token):
    """A token as it is shown."""

    state: TokenState


class MadeToken(TokenView):
    """A token that was just made, with its secret: it is shown this once."""

    token: str


def shown(token: Token, now: datetime) -> TokenView:
    """Return a token as it is shown."""
    return TokenView(**token.model_dump(), state=token.state_at(now))


def made(token: Token, secret: str, now: datetime) -> MadeToken:
    """Return a token as it is shown to who made it."""
    return MadeToken(**shown(token, now).model_dump(), token=secret)


def made_secret() -> str:
    """Return a new secret of 256 random bits, in the form that tokens have."""
    return PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def is_secret(text: str) -> bool:
    """Tell whether a text has the form of a token."""
    return _FORM.fullmatch(text) is not None


def digest(secret: str) -> str:
    """Return what is kept of a secret.

    It is random and long, so nothing slower is needed: guessing it is as hard as guessing a key.
    """
    return sha256(secret.encode()).hexdigest()
