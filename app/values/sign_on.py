"""Single sign-on: a log-in that was begun, and who came back from the provider."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import StringConstraints

from app.settings_access import SingleSignOn
from app.values.account import Role
from app.values.base import Instant, Value

LONGEST = timedelta(minutes=15)
"""How long somebody may stay at the provider."""
_ODD = re.compile(r"[^a-z0-9._@+-]+")
_Word = Annotated[str, StringConstraints(max_length=200)]


class Begun(Value):
    """A log-in that was begun: its browser keeps it until the provider sends it back."""

    state: _Word
    """Tells this log-in from one that another site begins."""
    nonce: _Word
    """Tells the provider's word for this log-in from one for another."""
    verifier: _Word
    """Shows that who asks for the word is who began (PKCE, RFC 7636)."""
    then: Annotated[str, StringConstraints(max_length=1000)]
    at: Instant


class Identity(Value):
    """Who somebody is, by the word of the provider."""

    issuer: str
    subject: str
    """By which the provider knows them for ever."""
    name: str
    groups: frozenset[str]


def identity(issuer: str, claims: Mapping[str, Any], bounds: SingleSignOn) -> Identity:
    """Return who the provider's claims are about."""
    subject = str(claims["sub"])
    name = claims.get(bounds.name_claim) or claims.get("email") or subject
    return Identity(
        issuer=issuer,
        subject=subject,
        name=_plain(str(name)),
        groups=groups(claims, bounds.groups_claim) or frozenset(),
    )


def groups(claims: Mapping[str, Any], path: str) -> frozenset[str] | None:
    """Return the groups of a claim, e.g. `groups` or `realm_access.roles`; None: there is none."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if found is None:
        return None
    return frozenset([found] if isinstance(found, str) else map(str, _listed(found)))


def role_of(names: Iterable[str], bounds: SingleSignOn) -> Role | None:
    """Return the greatest role that one of the groups stands for; None: none does."""
    have = set(names)
    for role, wanted in (
        (Role.ADMIN, bounds.admin_groups),
        (Role.OPERATOR, bounds.operator_groups),
        (Role.VIEWER, bounds.viewer_groups),
    ):
        if have.intersection(wanted):
            return role
    return None


def _listed(found: Any) -> list[Any]:
    return list(found) if isinstance(found, list | tuple) else []


def _plain(name: str) -> str:
    """Return a name as users may have one: other characters become hyphens."""
    return _ODD.sub("-", name.lower()).strip("._@+-")[:100] or "user"
