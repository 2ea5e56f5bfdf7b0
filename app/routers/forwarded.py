"""What proxies say of who asks them: believed of those alone that the settings trust.

`X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded` (RFC 7239): one of the two, by setting,
since most proxies pass on what they do not know, and so what a stranger has put there.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import Scope

from app.settings_sections import ProxyHeaders, Server

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_Headers = Iterable[tuple[bytes, bytes]]
_MOST_HOPS = 20
"""Proxies of one request that are looked at, the nearest first."""
_LONGEST = 4096
"""Bytes of such a header that are read."""
_REMEMBERED = 4096
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - as RFC 9110 calls it
_PAIR = re.compile(rf'\s*({_TOKEN})=(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")\s*')
_HOST = re.compile(r"(?:[0-9A-Za-z._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Hop:
    """What one proxy says: whom it was asked by, under which scheme, for which host."""

    client: str = ""
    scheme: str = ""
    host: str = ""


class Forwarded:
    """Puts into a request's scope what trusted proxies say of it."""

    def __init__(self, server: Server) -> None:
        self._networks = server.trusted_proxies
        self._read = {
            ProxyHeaders.X_FORWARDED: _of_x_forwarded,
            ProxyHeaders.FORWARDED: _of_forwarded,
        }[server.proxy_headers]
        self._trusts = lru_cache(_REMEMBERED)(self._is_trusted)

    def seen_through(self, scope: Scope) -> Scope:
        """Return the scope as the first proxy that is trusted saw the request."""
        if not self._networks:
            return scope
        peer = scope.get("client")
        if not peer or not self._trusts(peer[0]):
            return scope
        found = {**scope}
        for hop in self._read(scope["headers"]):
            if hop.scheme in {"http", "https"}:
                found["scheme"] = hop.scheme
            if _HOST.fullmatch(hop.host):
                found["headers"] = _for_host(scope["headers"], hop.host)
            if (client := _address(hop.client)) is None:
                break
            found["client"] = (str(client), 0)
            if not self._trusts(str(client)):
                break
        return found

    def _is_trusted(self, text: str) -> bool:
        ip = _address(text)
        return ip is not None and any(ip in network for network in self._networks)


def _for_host(headers: _Headers, host: str) -> list[tuple[bytes, bytes]]:
    others = [(name, value) for name, value in headers if name != b"host"]
    return [(b"host", host.encode()), *others]


def _address(text: str) -> _Ip | None:
    """Return the address of `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` or `[::1]:80`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _joined(headers: _Headers, wanted: bytes) -> str:
    """Return a header's values as one list; nothing if it is too long to be true."""
    found = b",".join(value for name, value in headers if name == wanted)
    return found.decode("latin-1") if len(found) <= _LONGEST else ""


def _of_x_forwarded(headers: _Headers) -> Iterator[_Hop]:
    """Return the hops, the nearest first; a list of another length counts by its last value."""
    clients = _listed(_joined(headers, b"x-forwarded-for"))
    schemes = _listed(_joined(headers, b"x-forwarded-proto"))
    hosts = _listed(_joined(headers, b"x-forwarded-host"))
    for place in range(-1, -1 - min(max(len(clients), 1), _MOST_HOPS), -1):
        yield _Hop(
            client=clients[place] if clients else "",
            scheme=_beside(clients, schemes, place).lower(),
            host=_beside(clients, hosts, place),
        )


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",")] if text else []


def _beside(clients: Sequence[str], values: Sequence[str], place: int) -> str:
    if not values:
        return ""
    return values[place] if len(values) == len(clients) else values[-1]


def _of_forwarded(headers: _Headers) -> Iterator[_Hop]:
    """Return the hops, the nearest first; none of a header that is malformed."""
    hops = list(_parsed(_joined(headers, b"forwarded")))
    for hop in hops[: -1 - _MOST_HOPS : -1]:
        yield _Hop(
            client=hop.get("for", ""),
            scheme=hop.get("proto", "").lower(),
            host=hop.get("host", ""),
        )


def _parsed(text: str) -> list[dict[str, str]]:
    """Return the elements of a list of RFC 7239, section 4."""
    hops: list[dict[str, str]] = [{}]
    place = 0
    while place < len(text):
        if not (pair := _PAIR.match(text, place)):
            return []
        value = pair[2] if pair[2] is not None else re.sub(r"\\(.)", r"\1", pair[3])
        hops[-1].setdefault(pair[1].lower(), value)
        place = pair.end()
        match text[place : place + 1]:
            case ",":
                hops.append({})
            case ";" | "":
                pass
            case _:
                return []
        place += 1
    return hops
