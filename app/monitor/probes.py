"""All probes behind one call."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import assert_never

from app.monitor.calls import Calls
from app.monitor.database import DatabaseProbe, Sources
from app.monitor.disk import DiskProbe
from app.monitor.host import HostProbe
from app.monitor.http import HttpProbe
from app.monitor.names import Lookup, Names
from app.values.check import DatabaseTarget, DiskTarget, HostTarget, HttpTarget, Reading
from app.values.reach import Reach

Outside = HostTarget | DatabaseTarget | HttpTarget | DiskTarget
"""Targets that are looked at from outside; the others are judged by Disparo's own records."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Bounds on all probes together."""

    stuck_calls: int = 100
    """Most calls of resolvers, as many of drivers and of disks, that hang and are left behind."""
    body_bytes: int = 1_048_576
    """Most bytes of an answer that are read."""


class Probes:
    """Looks at any outside target, from any thread, by many at once."""

    def __init__(
        self,
        sources: Sources,
        state: Path,
        bounds: Bounds,
        *,
        reach: Reach | None = None,
        lookup: Lookup = socket.getaddrinfo,
    ) -> None:
        self._sources = sources
        # Apart, so that a dead name server leaves room for databases and disks.
        lookups, visits, disks = (Calls(bounds.stuck_calls) for _ in range(3))
        self._calls = (lookups, visits, disks)
        reach = reach or Reach()
        names = Names(lookups, lookup, reach)
        self._host = HostProbe(names)
        self._database = DatabaseProbe(sources, visits)
        self._http = HttpProbe(names, body_bytes=bounds.body_bytes, reach=reach)
        self._disk = DiskProbe(state, disks)

    @property
    def stuck(self) -> int:
        """Calls that hang and were left behind."""
        return sum(calls.stuck for calls in self._calls)

    def prepare(self, kinds: Iterable[str]) -> None:
        """Load what looks at these kinds of targets need, which takes time once."""
        if "database" in set(kinds):
            self._sources.prepare()

    def look(self, target: Outside, *, timeout: float, now: datetime) -> Reading:
        """Look at the target once. It blocks for `timeout` seconds at most, and a moment more.

        Whatever the target does is told in the reading, and raises nothing.
        """
        match target:
            case HostTarget():
                return self._host.look(target, timeout=timeout)
            case DatabaseTarget():
                return self._database.look(target, timeout=timeout)
            case HttpTarget():
                return self._http.look(target, timeout=timeout, now=now)
            case DiskTarget():
                return self._disk.look(target, timeout=timeout)
            case _:
                assert_never(target)
