"""Hosts: a TCP port is well once it accepts a connection."""

import socket
from collections.abc import Sequence

from app.monitor.dial import Hit, Miss, dial
from app.monitor.look import Look, ProbeError, Step
from app.monitor.names import Names
from app.values.check import HostTarget, Reading

_ORDER = (Step.REFUSED, Step.TIMEOUT, Step.UNREACHABLE, Step.OWN)
"""Which failure tells most of a host, where its addresses fail in different ways."""
_ADVICE = {
    Step.REFUSED: "the host is up, but nothing listens on that port, or a firewall rejects it: "
    "start the service, or correct the port",
    Step.TIMEOUT: "the host is down, too busy to accept, or a firewall drops the packets",
    Step.UNREACHABLE: "this machine has no way to it: check its network, routes and VPN",
    Step.OWN: "this machine has run out of something, not the host: raise its limits (`ulimit -n`)",
}


class HostProbe:
    """Connects to a port, and hangs up."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def look(self, target: HostTarget, *, timeout: float) -> Reading:
        """Return whether the port accepts a connection within `timeout` seconds."""
        look = Look(timeout)
        try:
            hit = connected(self._names, target.address, target.port, look)
        except ProbeError as error:
            return look.failed(error)
        hit.connection.close()
        who = _named(target.address, [str(hit.address)])
        others = "".join(f"; {miss.address} {miss.words}" for miss in hit.misses)
        return look.well(f"{who} accepts connections on port {target.port}{others}")


def connected(names: Names, host: str, port: int, look: Look) -> Hit:
    """Connect to the first address of the host that answers; its facts tell which.

    Raises ProbeError at step `name`, `refused`, `unreachable` or `timeout`.
    """
    addresses = names.addresses(host, port, look)
    with look.step("connect"):
        found = dial(addresses, look.deadline)
    if isinstance(found, Hit):
        look.facts["address"] = str(found.address)
        look.facts["family"] = "IPv6" if found.address.family == socket.AF_INET6 else "IPv4"
        return found
    raise _unanswered(host, port, found, look.seconds)


def _unanswered(host: str, port: int, misses: Sequence[Miss], seconds: float) -> ProbeError:
    step = min((miss.step for miss in misses), key=_ORDER.index)
    bound = f" within {seconds:g} s" if step is Step.TIMEOUT else ""
    if len({(miss.words, miss.why) for miss in misses}) == 1:
        who = _named(host, [str(miss.address) for miss in misses])
        what = f"{who} {misses[0].words} on port {port}{bound}{_because(misses[0])}"
    else:
        each = ", ".join(f"{miss.address} {miss.words}{_because(miss)}" for miss in misses)
        what = f"no address of {host} accepts connections on port {port}{bound}: {each}"
    return ProbeError(step, f"{what}; {_ADVICE[step]}")


def _because(miss: Miss) -> str:
    return f" ({miss.why})" if miss.why else ""


def _named(host: str, addresses: Sequence[str]) -> str:
    """Return a host as a person knows it: a name with its addresses, or the address alone."""
    bare = host.removeprefix("[").removesuffix("]")
    return bare if [bare] == list(addresses) else f"{bare} ({', '.join(addresses)})"
