"""Names of hosts: all addresses of one, of both families, found in bounded time."""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.monitor.calls import Calls
from app.monitor.look import Look, ProbeError, Step
from app.values.reach import Reach

MOST_ADDRESSES = 32
"""Addresses of one name that are tried."""

Lookup = Callable[..., Sequence[tuple[Any, ...]]]


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a connection is made to."""

    family: int
    place: tuple[Any, ...]
    """As sockets take it."""

    def __str__(self) -> str:
        return str(self.place[0])


class Names:
    """Looks names up by the system's resolver, which may hang."""

    def __init__(
        self, calls: Calls, lookup: Lookup = socket.getaddrinfo, reach: Reach | None = None
    ) -> None:
        self._calls = calls
        self._lookup = lookup
        self._reach = reach or Reach()

    def addresses(self, host: str, port: int, look: Look) -> list[Address]:
        """Return where the host may be reached: one place for an address, more for a name.

        Those that this service must not connect to are left out. Raises ProbeError at step `name`,
        or `configuration` if nothing is left.
        """
        bare = host.removeprefix("[").removesuffix("]")
        if not (found := _literal(bare, port)):
            with look.step(Step.NAME):
                found = self._looked_up(bare, port, look)
        refusals = [self._reach.refusal(bare, str(one)) for one in found]
        allowed = [one for one, refusal in zip(found, refusals, strict=True) if refusal is None]
        if not allowed and refusals:
            raise ProbeError(Step.CONFIGURATION, f"{refusals[0]}; ask for another target")
        return allowed

    def _looked_up(self, host: str, port: int, look: Look) -> list[Address]:
        def lookup() -> list[Address]:
            return _distinct(self._lookup(host, port, type=socket.SOCK_STREAM))

        try:
            found = self._calls.run(("name", host, port), lookup, look.left)
        except TimeoutError:
            raise ProbeError(
                Step.NAME,
                f"the name {host} was not resolved within {look.seconds:g} s: the name server does "
                "not answer; check /etc/resolv.conf and the network, or give an address instead",
            ) from None
        except socket.gaierror as error:
            raise ProbeError(Step.NAME, _unresolved(host, error)) from None
        except (OSError, ValueError) as error:  # UnicodeError is a ValueError
            raise ProbeError(
                Step.NAME, f"{host!r} cannot be a host's name ({error}); correct it"
            ) from None
        return found[:MOST_ADDRESSES]


def _literal(host: str, port: int) -> list[Address]:
    """Return the place that an address itself tells; nothing for a name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        return []
    return _distinct(found)


def _distinct(found: Sequence[tuple[Any, ...]]) -> list[Address]:
    places = dict.fromkeys((entry[0], entry[4]) for entry in found)
    return [Address(family=int(family), place=place) for family, place in places]


def _unresolved(host: str, error: socket.gaierror) -> str:
    if error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)}:
        return (
            f"no host is known by the name {host}; correct the name, or have the name server "
            f"know it (`getent hosts {host}` asks it)"
        )
    if error.errno == socket.EAI_AGAIN:
        return (
            f"the name {host} cannot be looked up now: the name server does not answer; check "
            "/etc/resolv.conf and the network"
        )
    return f"the name {host} cannot be looked up: {error.strerror}; correct it"
