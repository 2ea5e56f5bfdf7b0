"""Who asks, and what they may: the words of accounts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; each role may what those before it may."""

    VIEWER = "viewer"
    """Read."""
    OPERATOR = "operator"
    """Run, pause, predict; edit schedules, cases and checks."""
    ADMIN = "admin"
    """Sources, models, users, settings."""

    @property
    def rank(self) -> int:
        """The place among the roles: greater may more."""
        return _RANKS[self]

    def covers(self, needed: "Role") -> bool:
        """Tell whether this role may what `needed` may."""
        return self.rank >= needed.rank


_RANKS = {role: rank for rank, role in enumerate(Role)}


class Kind(StrEnum):
    """What kind of somebody asks."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    ANYBODY = "anybody"
    """Whoever reaches the port, where `auth.mode` is `none`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What a token is narrowed to within its role."""

    predict_only: bool = False
    """It may ask for predictions, and nothing else."""
    models: frozenset[str] = frozenset()
    """The models that it may ask; empty: all."""

    def allows(self, model: str) -> bool:
        """Tell whether a model may be asked."""
        return not self.models or model in self.models


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Somebody who has shown who they are."""

    kind: Kind
    name: str
    """Of the user, or of the token."""
    role: Role
    scope: Scope = Scope()
    until: datetime | None = None
    """When it ends by itself, e.g. an expiring token; None: it does not."""

    @property
    def actor(self) -> str:
        """As events and records name them: `ana`, or `token ci`."""
        return f"{self.kind} {self.name}" if self.kind is Kind.TOKEN else self.name


ANYBODY = Principal(kind=Kind.ANYBODY, name="api", role=Role.ADMIN)
"""Whoever reaches the port of a service whose `auth.mode` is `none`."""
