"""What something took: time, and processor time of this program, its children and a server."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil


@dataclass(kw_only=True)
class Taken:
    """Seconds, and bytes of the most memory that was held."""

    wall: float = 0.0
    client: float = 0.0
    """Of processors, for all processes but the server's."""
    server: float = 0.0
    memory: int | None = None


@contextmanager
def taking(server: psutil.Process | None) -> Iterator[Taken]:
    """Measure what is done inside."""
    taken, began = Taken(), time.perf_counter()
    client, served = _client(server), _of_all(server)
    yield taken
    taken.wall = time.perf_counter() - began
    taken.client, taken.server = _client(server) - client, _of_all(server) - served


def _client(server: psutil.Process | None) -> float:
    own = psutil.Process()
    strangers = set() if server is None else {server, *server.children(recursive=True)}
    others = [one for one in own.children(recursive=True) if one not in strangers]
    return _seconds(own) + sum(map(_seconds, others))


def _of_all(server: psutil.Process | None) -> float:
    if server is None:
        return 0.0
    return _seconds(server) + sum(map(_seconds, server.children(recursive=True)))


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0
