"""Probes for tests: names that resolve as a test likes, sources that it names."""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.monitor import Bounds, Probes
from app.monitor.database import Session
from app.sources import Limits, connect
from app.values.check import Reading
from tests.monitor.authority import NOW

TIMEOUT = 20.0
"""Seconds of looks that should not take them: more than a busy machine needs."""


class Given:
    """Sources by name, as the test has them."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def prepare(self) -> None:
        """Load nothing: the test has."""

    def session(self, name: str, seconds: float) -> Session:
        """Connect."""
        limits = Limits(connect_timeout=seconds, lock_timeout=seconds, answer_timeout=seconds)
        return connect(name, self._sources[name], limits)


def resolving(**names: Sequence[str]) -> Any:
    """Return a resolver that knows these names (_ stands for a dot) and their addresses."""
    known = {name.replace("_", "."): addresses for name, addresses in names.items()}

    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [entry(address, port) for address in known[host]]

    return lookup


def entry(address: str, port: int) -> tuple[Any, ...]:
    """Return an address as getaddrinfo gives it."""
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))


def probes(
    sources: Mapping[str, str] | None = None,
    *,
    lookup: Any = socket.getaddrinfo,
    state: Path = Path("/"),
    **bounds: int,
) -> Probes:
    """Return probes with small bounds where given."""
    return Probes(Given(sources or {}), state, Bounds(**bounds), lookup=lookup)


def look(made: Probes, target: Any, timeout: float = TIMEOUT) -> Reading:
    """Look once; a reading always has words, and no step took longer than the whole."""
    reading = made.look(target, timeout=timeout, now=NOW)
    assert reading.detail
    assert reading.ok is (reading.failed_step is None)
    assert all(0 <= step.seconds <= reading.seconds + 0.01 for step in reading.steps)
    return reading
