"""What a contender is: how its server is started, how it is asked, and what its answer says."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from benchmarks.showroom.failures import Unusable
from benchmarks.showroom.models import ROOT, Case, Model
from tests.servers import Server


class Role(Enum):
    """What a contender is measured for."""

    OURS = "this service"
    RIVAL = "a rival"
    """What one would use instead: the peers, and FastAPI by hand."""
    YARDSTICK = "a yardstick"
    """What shows how far one could get: it keeps no record."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a server is to run."""

    directory: Path
    """Empty, its own."""
    port: int
    mariadb: Server | None


@dataclass(frozen=True, kw_only=True)
class Launch:
    """The command of a server."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside the environment of the benchmark itself."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A server, seen from outside."""

    name: str
    role: Role
    launch: Callable[[Model, Place], Launch]
    """Prepares what the server needs, and tells its command. Raises Unusable."""
    path: Callable[[Model], str]
    body: Callable[[Model, Case], Any]
    """What is posted to ask one case."""
    chances: Callable[[Model, Any], Sequence[float]] | None
    """Takes the probabilities out of an answer; None where the answer is always the same."""


def peers_directory() -> Path:
    """Return where `make bench-peers` puts the peers' environments."""
    return Path(os.environ.get("DISPARO_VAR") or ROOT / "var").resolve() / "peers"


def program(peer: str, name: str) -> str:
    """Return a program of a peer's environment. Raises Unusable when it is not installed."""
    found = peers_directory() / peer / "bin" / name
    if not found.exists():
        raise Unusable(f"{peer} is not installed; `make bench-peers` installs it")
    return str(found)


SERVERS = Path(__file__).with_name("servers")
"""The programs that the peers' environments run."""
