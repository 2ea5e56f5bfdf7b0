"""How often somebody may try to log in."""

import hashlib
import ipaddress
from dataclasses import dataclass

from pydantic import SecretStr

from app.values.account import Kind, Role
from app.values.base import Instant, Value
from app.values.user import Session

_NETWORK = 64
"""Bits of an IPv6 address that tell one client from another: the rest is each one's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """So many tries at once; each is forgotten after so many seconds."""

    tries: int
    seconds: float


class LoggedIn(Value):
    """Somebody is logged in."""

    cookie: SecretStr
    """The session's secret, for the browser."""
    session: Session


class Who(Value):
    """Who asks, and what they may."""

    kind: Kind
    name: str
    role: Role
    session: Session | None = None
    """That of a browser."""
    idle_ends_at: Instant | None = None
    """When the session ends unless it is used."""


class Ways(Value):
    """How one logs in here."""

    mode: str
    """`accounts`; `none`: nobody needs to."""
    first: bool
    """There is no admin yet: a link makes one, which the service prints at its start."""
    single_sign_on: str | None = None
    """How people know the provider, to whom `/session/sign-on` leads."""


def of_account(name: str) -> str:
    """Return the digest under which tries for an account are counted."""
    return _digest("account", name.lower())


def of_address(address: str) -> str:
    """Return the digest under which tries from an address are counted."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return _digest("address", address)
    if ip.version == 6 and (mapped := ip.ipv4_mapped) is not None:  # noqa: PLR2004 - a version
        return _digest("address", str(mapped))
    if ip.version == 6:  # noqa: PLR2004 - a version
        network = ipaddress.ip_network((int(ip), _NETWORK), strict=False)
        return _digest("address", str(network))
    return _digest("address", str(ip))


def _digest(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode(errors="replace")).hexdigest()
