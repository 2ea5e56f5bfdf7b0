"""Networks between replicas and the rest, which a test cuts.

Where this process may, each replica has a network namespace of its own, and all meet at a bridge: a
cut takes a replica's cable out, for whatever goes over it, and nobody is told. Elsewhere a proxy
stands between each replica and the database, and falls silent.
"""

import os
import random
import selectors
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from tests.apart import NETWORK
from tests.patience import await_that

_CHUNK = 65_536


class Wire(Protocol):
    """What connects one replica."""

    host: str
    """Where the replica listens."""
    database: tuple[str, int]
    """Where it finds the database."""
    environment: dict[str, str]

    def cut(self) -> None:
        """Let nothing through, without telling anybody."""

    def heal(self) -> None:
        """Let all through again."""


class Network(Protocol):
    """What connects all."""

    middle: str | None
    """The address at which the database listens besides; None: loopback is enough."""
    words: str

    def wire(self, name: str, port: int) -> Wire:
        """Connect a replica with the database at this port."""


def run(*command: str) -> None:
    """Run a command; what it says is told if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


class Cable:
    """A replica's own network, and the cable from there to the bridge."""

    def __init__(self, namespace: int, outer: str, host: str, database: tuple[str, int]) -> None:
        self.host = host
        self.database = database
        self.environment = {NETWORK: f"/proc/{namespace}/ns/net"}
        self._outer = outer

    def cut(self) -> None:
        """Take it out."""
        run("ip", "link", "set", self._outer, "down")

    def heal(self) -> None:
        """Put it in again."""
        run("ip", "link", "set", self._outer, "up")


class Namespaces:
    """A bridge on this machine, with a network for each replica beside it."""

    words = "network namespaces"

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._mark = f"{random.randrange(16**6):06x}"  # noqa: S311 - no secret
        # 198.18.0.0/15 is for such tests (RFC 2544).
        net = f"198.{random.choice((18, 19))}.{random.randrange(256)}"  # noqa: S311
        self._net = net
        self._count = 1
        self.middle: str | None = f"{net}.1"
        self._bridge = f"ch{self._mark}"
        run("ip", "link", "add", self._bridge, "type", "bridge")
        stack.callback(run, "ip", "link", "delete", self._bridge)
        run("ip", "address", "add", f"{self.middle}/24", "dev", self._bridge)
        run("ip", "link", "set", self._bridge, "up")

    def wire(self, name: str, port: int) -> Cable:
        """Make a network, and lay a cable."""
        self._count += 1
        host, outer, inner = f"{self._net}.{self._count}", f"o{name}{self._mark}", "eth0"
        process = self._hold()
        run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", process)
        run("ip", "link", "set", outer, "master", self._bridge)
        run("ip", "link", "set", outer, "up")
        for words in (
            f"address add {host}/24 dev {inner}",
            f"link set {inner} up",
            "link set lo up",
        ):
            run("nsenter", "-t", process, "-n", "ip", *words.split())
        assert self.middle is not None
        return Cable(int(process), outer, host, (self.middle, port))

    def _hold(self) -> str:
        """Start a process that holds a network: with it goes the network, and the cable too."""
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity"]
        process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        own = Path("/proc/self/ns/net").readlink()

        def apart() -> bool:
            if process.poll() is not None:
                raise OSError("a network of its own is not permitted")
            with suppress(OSError):
                return Path(f"/proc/{process.pid}/ns/net").readlink() != own
            return False

        await_that(apart)
        return str(process.pid)


class Proxy:
    """Hands on what a replica and the database say to each other, unless it is cut."""

    host = "127.0.0.1"

    def __init__(self, port: int) -> None:
        self._port = port
        self._door = socket.create_server((self.host, 0))
        self.database = (self.host, self._door.getsockname()[1])
        self.environment: dict[str, str] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._door, selectors.EVENT_READ)
        self._open = threading.Event()
        self._open.set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="proxy", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Hand nothing on."""
        self._open.clear()

    def heal(self) -> None:
        """Hand on what has waited, and what comes."""
        self._open.set()

    def stop(self) -> None:
        """End, with all connections."""
        self._stopping.set()
        self._open.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._open.wait()
            for key, _ in self._selector.select(0.2):
                if not self._open.is_set():
                    break
                if key.fileobj is self._door:
                    self._accept()
                else:
                    self._hand_on(key.fileobj, key.data)  # type: ignore[arg-type]
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def _accept(self) -> None:
        near, _ = self._door.accept()
        try:
            far = socket.create_connection((self.host, self._port), timeout=30)
        except OSError:
            near.close()
            return
        self._selector.register(near, selectors.EVENT_READ, far)
        self._selector.register(far, selectors.EVENT_READ, near)

    def _hand_on(self, one: socket.socket, other: socket.socket) -> None:
        try:
            if said := one.recv(_CHUNK):
                other.sendall(said)
                return
        except OSError:
            pass
        for end in (one, other):
            with suppress(KeyError, ValueError):
                self._selector.unregister(end)
            end.close()


class Proxies:
    """A proxy for each replica."""

    words = "proxies: network namespaces are not permitted here"
    middle: str | None = None

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def wire(self, name: str, port: int) -> Proxy:
        """Put one between."""
        assert name
        made = Proxy(port)
        self._stack.callback(made.stop)
        return made


def may_have_namespaces() -> bool:
    """Tell whether this process may make networks, and join them."""
    if os.geteuid() != 0:
        return False
    with suppress(OSError), ExitStack() as stack:
        Namespaces(stack).wire("t", 1)
        return True
    return False


@contextmanager
def network(*, namespaces: bool | None = None) -> Iterator[Network]:
    """Give a network; by itself it is the best that is permitted."""
    with ExitStack() as stack:
        wanted = may_have_namespaces() if namespaces is None else namespaces
        yield Namespaces(stack) if wanted else Proxies(stack)
