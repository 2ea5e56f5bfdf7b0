"""Where the service may connect to when somebody gives it a URL or a host: checks and alerts.

The rule is held at the address that is connected to, not at the name, which may lead elsewhere by
the next time that it is looked up.
"""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from app.networks import CLOSED, WORDS, Network, networks

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

# Networks whose addresses carry one of IPv4, at the end: mapped (RFC 4291, 2.5.5.2), compatible
# (2.5.5.1), translated (RFC 2765), NAT64 (RFC 6052, and RFC 8215 for networks of one's own).
_CARRY_LAST = networks(
    "::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAT64_OWN = ipaddress.IPv6Network("64:ff9b:1::/48")
_ISATAP = 0x5EFE
"""In an interface's identifier before an address of IPv4 (RFC 5214, 6.1)."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Which addresses may be connected to. What is closed stays so, whatever is allowed."""

    allowed: tuple[str, ...] = ()
    """Names, `*.names`, networks and `WORDS`; empty: all but what is closed."""
    closed: tuple[str, ...] = CLOSED
    """Networks and `WORDS`."""
    variables: tuple[str, ...] = ("*",)
    """Names and patterns of the environment's variables that a check's URL may hold."""

    def refusal(self, host: str, address: str) -> str | None:
        """Return why a host must not be connected to at an address; None: it may.

        A sentence's end: what is wrong, and which setting says so.
        """
        ip = parsed(address)
        if ip is None:
            return f"{address} is no address"
        if any(_is_in(one, self.closed) for one in carried(ip)):
            who = host if host == address else f"{host} is {address}, which"
            return (
                f"{who} is an address that outgoing.closed keeps this service from "
                f"({', '.join(self.closed)})"
            )
        if self.allowed and not (_is_in(ip, self.allowed) or _is_named(host, self.allowed)):
            return f"neither {host} nor its address {address} is among outgoing.allowed"
        return None

    def refusal_by_proxy(self, host: str) -> str | None:
        """Return why a proxy must not be asked for a host, whose address it looks up itself."""
        if parsed(host.strip("[]")) is not None:
            return self.refusal(host, host.strip("[]"))
        if self.allowed and not _is_named(host, self.allowed):
            return f"{host} is not among outgoing.allowed"
        return None

    def hidden(self, text: str) -> str | None:
        """Return a variable that a text names, and that must not leave this service; None: none."""
        for name in _VARIABLE.findall(text):
            if not any(fnmatchcase(name, pattern) for pattern in self.variables):
                return str(name)
        return None


def parsed(text: str) -> Ip | None:
    """Return an address, that of IPv4 for one that is mapped; None for what is none."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def carried(ip: Ip) -> Iterator[Ip]:
    """Give an address, and those of IPv4 that a translator on the way may make of it."""
    yield ip
    if isinstance(ip, ipaddress.IPv4Address):
        return
    if any(ip in network for network in _CARRY_LAST) or _is_isatap(ip):
        yield _piece(ip, 12)
    if ip in _NAT64_OWN:  # RFC 6052, 2.2: bits 64 to 71 are skipped
        bits = ip.packed
        yield ipaddress.IPv4Address(bits[6:8] + bits[9:11])
    if ip.sixtofour is not None:
        yield ip.sixtofour
    if ip.teredo is not None:
        yield from ip.teredo


def _is_isatap(ip: ipaddress.IPv6Address) -> bool:
    return int.from_bytes(ip.packed[8:12], "big") & ~0x0300_0000 == _ISATAP


def _piece(ip: ipaddress.IPv6Address, start: int) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(ip.packed[start : start + 4])


def _is_in(ip: Ip, places: Sequence[str]) -> bool:
    return any(ip in network for place in places for network in _meant(place))


def _meant(place: str) -> tuple[Network, ...]:
    if place in WORDS:
        return WORDS[place]
    try:
        return (ipaddress.ip_network(place),)
    except ValueError:
        return ()


def _is_named(host: str, places: Sequence[str]) -> bool:
    name = host.rstrip(".").lower()
    return any(
        name == place or (place.startswith("*.") and name.endswith(place[1:])) for place in places
    )
