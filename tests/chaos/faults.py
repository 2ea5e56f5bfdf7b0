"""The faults: each begins, and is healed. `KINDS` says what each may strike, and for how long."""

import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

import pymysql

from tests import servers
from tests.chaos.cast import NAMES, Cast
from tests.chaos.dispatch_faults import KillDispatch, StopDispatch
from tests.chaos.fault import Fault
from tests.chaos.plan import Kind, Stroke

KINDS = (
    Kind(name="kill service", things=NAMES, shortest=0.1, longest=4),
    Kind(name="end service", things=NAMES, shortest=5, longest=5),
    Kind(name="stop service", things=NAMES, shortest=2, longest=20),
    Kind(name="kill dispatch", things=("dispatch",)),
    Kind(name="stop dispatch", things=("dispatch",), shortest=2, longest=25),
    Kind(name="kill database", things=("database",), shortest=0.5, longest=8),
    Kind(name="stop database", things=("database",), shortest=1, longest=15),
    Kind(name="cut connections", things=("database",)),
    Kind(name="cut network", things=NAMES, shortest=2, longest=20),
    Kind(name="fill disk", things=("disk",), shortest=2, longest=15),
    Kind(name="move clock", things=NAMES, shortest=2, longest=30),
    Kind(name="kill node", things=("n0", "n1"), shortest=0.5, longest=10),
    Kind(name="stop node", things=("n0", "n1"), shortest=2, longest=15),
    Kind(name="kill controller", things=("ctld",), shortest=0.5, longest=10),
    Kind(name="stop controller", things=("ctld",), shortest=1, longest=15),
)
_CLUSTER = {"kill node", "stop node", "kill controller", "stop controller"}
_FURTHEST = 90
"""Seconds by which a clock is moved at most."""


def possible(cast: Cast, only: Sequence[str] = ()) -> list[Kind]:
    """Return the kinds that can be done here; `only` names those that are wanted."""
    kinds = [one for one in KINDS if not only or one.name in only]
    if cast.cluster is None:
        kinds = [one for one in kinds if one.name not in _CLUSTER]
    if cast.disk is None:
        kinds = [one for one in kinds if one.name != "fill disk"]
    if any(player.clock is None for player in cast.players.values()):
        kinds = [one for one in kinds if one.name != "move clock"]
    return kinds


class KillService(Fault):
    """A crash, and a new start."""

    def begin(self) -> str:
        """Kill it."""
        told = f"process {self.process}"
        self.player.is_away = True
        self.player.replica.kill()
        return told

    def heal(self) -> None:
        """Start it."""
        self.player.start()


class EndService(Fault):
    """A stop as a process manager asks for it, as for an upgrade, and a new start."""

    def begin(self) -> str:
        """Ask it to end; it is started once it has."""
        told = f"process {self.process}"
        self.player.restart()
        return told


class StopService(Fault):
    """A machine that sleeps: the service knows nothing of the time that passes."""

    def begin(self) -> str:
        """Stop it."""
        self.player.replica.send(signal.SIGSTOP)
        return f"process {self.process}"

    def heal(self) -> None:
        """Let it go on."""
        self.player.replica.send(signal.SIGCONT)


class KillDatabase(Fault):
    """MariaDB crashes, and starts again."""

    def begin(self) -> str:
        """Kill it."""
        self.cast.database.kill()
        return "MariaDB"

    def heal(self) -> None:
        """Start it."""
        self.cast.database.start()


class StopDatabase(Fault):
    """MariaDB takes connections and answers nothing."""

    def begin(self) -> str:
        """Stop it."""
        self.cast.database.server.process.send_signal(signal.SIGSTOP)
        return "MariaDB"

    def heal(self) -> None:
        """Let it go on."""
        self.cast.database.server.process.send_signal(signal.SIGCONT)


class CutConnections(Fault):
    """All connections to MariaDB break, in the middle of whatever they do."""

    def begin(self) -> str | None:
        """Break them."""
        with suppress(pymysql.MySQLError):  # it is being started
            servers.cut_connections(self.cast.database.server)
            return "all connections"
        return None


class CutNetwork(Fault):
    """A replica reaches nobody, and nobody reaches it."""

    def begin(self) -> str:
        """Cut it off."""
        self.player.wire.cut()
        return f"replica {self.player.name}"

    def heal(self) -> None:
        """Connect it."""
        self.player.wire.heal()


class FillDisk(Fault):
    """The disk with a replica's state, and with a target, has no byte left."""

    def begin(self) -> str:
        """Fill it."""
        assert self.cast.disk is not None
        return f"{self.cast.disk.fill()} bytes"

    def heal(self) -> None:
        """Give room."""
        assert self.cast.disk is not None
        self.cast.disk.clear()


class MoveClock(Fault):
    """A replica's clock goes wrong, forwards or backwards, and is put right."""

    def begin(self) -> str:
        """Move it."""
        assert self.player.clock is not None
        seconds = round((self.stroke.chance * 2 - 1) * _FURTHEST)
        self.player.clock.move(seconds)
        return f"replica {self.player.name} by {seconds} s"

    def heal(self) -> None:
        """Put it right."""
        assert self.player.clock is not None
        self.player.clock.move(0)


class KillDaemon(Fault):
    """A daemon of Slurm crashes, a node with all that runs there, and starts again."""

    def begin(self) -> str:
        """Kill it."""
        assert self.cast.cluster is not None
        self.cast.cluster.kill(self.stroke.thing)
        return self.stroke.thing

    def heal(self) -> None:
        """Start it."""
        assert self.cast.cluster is not None
        self.cast.cluster.start(self.stroke.thing)


class StopDaemon(Fault):
    """A daemon of Slurm takes connections and answers nothing."""

    def begin(self) -> str:
        """Stop it."""
        assert self.cast.cluster is not None
        self.cast.cluster.send(self.stroke.thing, signal.SIGSTOP)
        return self.stroke.thing

    def heal(self) -> None:
        """Let it go on."""
        assert self.cast.cluster is not None
        self.cast.cluster.send(self.stroke.thing, signal.SIGCONT)


FAULTS: dict[str, Callable[[Cast, Stroke], Fault]] = {
    "kill service": KillService,
    "end service": EndService,
    "stop service": StopService,
    "kill dispatch": KillDispatch,
    "stop dispatch": StopDispatch,
    "kill database": KillDatabase,
    "stop database": StopDatabase,
    "cut connections": CutConnections,
    "cut network": CutNetwork,
    "fill disk": FillDisk,
    "move clock": MoveClock,
    "kill node": KillDaemon,
    "stop node": StopDaemon,
    "kill controller": KillDaemon,
    "stop controller": StopDaemon,
}
