"""Hosts that the service answers for: against names that a stranger lets lead to it.

A page of another site can have its own name resolve to this machine, and then reads what is
answered as if it were its own (DNS rebinding). A browser says in `Host` which name it has asked; an
address in it is no name that a stranger could give.
"""

import ipaddress

from starlette.types import Scope

from app.settings_sections import Server

_ANY = "*"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_REMEMBERED = 1000


class Hosts:
    """Tells whose requests are answered."""

    def __init__(self, server: Server) -> None:
        self._is_open = _ANY in server.hosts
        self._takes_addresses = not server.hosts
        self._names = _LOCAL | {one.lower() for one in server.hosts} | {server.host.lower()}
        self._endings = tuple(one[1:].lower() for one in server.hosts if one.startswith("*."))
        self._known: set[bytes] = set()

    def refusal(self, scope: Scope) -> str | None:
        """Return why a request is not answered; None: it is."""
        found = None
        for name, value in scope["headers"]:
            if name == b"host":
                if found is not None:
                    return "the request names two hosts"
                found = value
        if found in self._known or self._is_open:
            return None
        if found is None:
            is_old = scope.get("http_version") == "1.0"  # which knows of no hosts
            return None if is_old else "the request names no host"
        return self._judged(found)

    def _judged(self, value: bytes) -> str | None:
        host = value.decode("latin-1")
        if not self._is_ours(_bare(host)):
            return (
                f"this service does not answer for the host {host[:260]!r}; if that is its name, "
                "add it to the setting server.hosts"
            )
        if len(self._known) < _REMEMBERED:
            self._known.add(value)
        return None

    def _is_ours(self, name: str) -> bool:
        if name in self._names or name.endswith(self._endings):
            return True
        return self._takes_addresses and _is_address(name)


def _bare(host: str) -> str:
    """Return a host without its port, as names are compared."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
