"""Processes that start at once: each is a `disparo`, forked from a process that has imported it.

What a command imports takes seconds of a core, more than most tests ask of it. One process for all
workers imports it once; for each connection to its socket it forks a process with the arguments,
the environment and the standard streams that were sent, and tells its id and how it ended. Such a
process is as real as another one: it has an id, hears signals and can be killed. That imports work
too is for tests that start the command itself.
"""

import multiprocessing
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

from tests import moved_clock

PLACE = "TESTS_WARM"
"""The environment variable with the socket's path."""
COLD = "TESTS_COLD_WORKERS"
"""Set in the environment of a service whose processes are to import all by themselves, as outside
of tests."""
CLOCKS = "TESTS_CLOCKS"
"""The one with the library by which processes have clocks that can be moved, where there is one."""
_MOST = 200_000
_DISPARO = "app.cli"
_NURSED = "app.scheduler.launchers.warm"
_TRYING = "app.scheduler.tryout_program"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a process is to be."""

    module: str
    """The module whose `main` it runs."""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str]
    directory: str
    leads: bool = False
    """Whether it has a session of its own."""


class Process:
    """A process that was forked; the part of subprocess.Popen that tests use."""

    def __init__(self, order: Order, streams: tuple[int, int, int]) -> None:
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._connection.connect(os.environ[PLACE])
        socket.send_fds(self._connection, [pickle.dumps(order)], streams)
        self.pid = int(self._connection.recv(100))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, None as long as it runs."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self.returncode = int(self._connection.recv(100) or -signal.SIGKILL)
            self._connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return how it ended."""
        if self.returncode is None:
            select.select([self._connection], [], [], timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it at once, as a crash would."""
        self.send_signal(signal.SIGKILL)


def start(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    errors: IO[bytes] | None = None,
    directory: Path | None = None,
) -> Process:
    """Start `disparo` with these arguments; what it starts is in its directory too."""
    order = Order(
        module=_DISPARO,
        arguments=arguments,
        environment=dict(os.environ if environment is None else environment),
        directory=str(directory or Path.cwd()),
    )
    with Path(os.devnull).open("rb") as nothing:
        streams = [nothing, output or 1, errors or 2]
        zero, one, two = (s if isinstance(s, int) else s.fileno() for s in streams)
        return Process(order, (zero, one, two))


def run(
    *arguments: str, timeout: float, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run `disparo` with these arguments to its end, and return what it said."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = start(*arguments, environment=environment, output=output, errors=errors)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        for file in (output, errors):
            file.seek(0)
        said, complained = output.read().decode(), errors.read().decode()
    return subprocess.CompletedProcess(["disparo", *arguments], code, said, complained)


def warm_process(end: "Connection[object, object]") -> Process:
    """Start the warm process of a launcher: what tests put in the place of the nursery's own."""
    return _leading(_NURSED, end.fileno())


def trying_process(end: socket.socket) -> Process:
    """Start the process that forks tryouts, in the place of the service's own."""
    return _leading(_TRYING, end.fileno())


def _leading(module: str, end: int) -> Process:
    order = Order(
        module=module, environment=dict(os.environ), directory=str(Path.cwd()), leads=True
    )
    return Process(order, (end, 1, 2))


@contextmanager
def serving() -> Iterator[None]:
    """Let processes be forked meanwhile. What they need is imported when the first is asked for."""
    if PLACE in os.environ:  # somebody else sees to it
        yield
        return
    with tempfile.TemporaryDirectory(prefix="disparo-warm-") as directory:
        os.environ[PLACE] = str(Path(directory, "socket"))
        # One thread each: a fork takes none of the others along.
        single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        library = moved_clock.compiled(Path(directory))
        if library is not None:
            os.environ[CLOCKS] = str(library)
            single["LD_PRELOAD"] = str(library)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm"],
            env={**os.environ, **single},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # an interrupt at the terminal is for the tests
        )
        try:
            assert process.stdout is not None
            assert process.stdout.read(1) == b"."
            yield
        finally:
            process.communicate()
            del os.environ[PLACE]
            os.environ.pop(CLOCKS, None)


class Parent:
    """The process that forks."""

    def __init__(self) -> None:
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door.bind(os.environ[PLACE])
        self._door.listen(100)
        self._deaths, self._told = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._asking: dict[int, socket.socket] = {}
        """Who is to be told of the end of a process."""
        self._is_loaded = False

    def serve(self) -> Order | None:
        """Fork until standard input closes. Returns an order in each child, None in the end."""
        os.write(1, b".")
        os.dup2(2, 1)
        while True:
            door = self._door.fileno()
            ready, _, _ = select.select([0, door, self._deaths], [], [])
            if 0 in ready:
                self._end()
                return None
            if self._deaths in ready:
                os.read(self._deaths, 4096)
                self._reap()
            if door in ready and (order := self._fork()) is not None:
                return order

    def _fork(self) -> Order | None:
        connection, _ = self._door.accept()
        content, streams, _, _ = socket.recv_fds(connection, _MOST, 3)
        if not self._is_loaded:
            _load()
            self._is_loaded = True
        process = os.fork()
        if process == 0:
            connection.close()
            self._leave()
            _stand(streams)
            order: Order = pickle.loads(content)
            return order
        for stream in streams:
            os.close(stream)
        self._asking[process] = connection
        connection.send(b"%d" % process)
        return None

    def _reap(self) -> None:
        while self._asking:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                return
            with suppress(OSError), self._asking.pop(process) as connection:
                connection.send(b"%d" % os.waitstatus_to_exitcode(status))

    def _leave(self) -> None:
        """Leave behind, in a child, what is the parent's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in (self._door, *self._asking.values()):
            one.close()
        for descriptor in (self._deaths, self._told):
            os.close(descriptor)

    def _end(self) -> None:
        for process in self._asking:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _load() -> None:
    """Import what services, commands and dispatches import by and by."""
    import httptools
    import skops.io  # before what is large: as it is imported, it looks through all that is there
    import uvicorn.protocols.http.httptools_impl
    import uvloop

    import app.cli
    import app.inference.inspect
    import app.inference.runtimes.skops_
    import app.inference.trial
    import app.main
    import app.services.showroom
    from app.scheduler.launchers import warm

    assert all((skops, httptools, uvicorn, uvloop, app))
    warm.load()


def _stand(streams: list[int]) -> None:
    """Make these the standard streams."""
    for standard, stream in enumerate(streams):
        os.dup2(stream, standard)
        os.close(stream)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)


def _run(order: Order) -> None:
    """Be what was ordered."""
    import importlib

    from app.scheduler import tryouts
    from app.scheduler.launchers import nursery
    from tests import apart

    place = os.environ[PLACE]
    os.environ.clear()
    os.environ.update({**order.environment, PLACE: place})
    os.chdir(order.directory)
    apart.move()
    if order.leads:
        os.setsid()
    sys.argv = ["disparo", *order.arguments]
    nursery._warm_process = warm_process  # type: ignore[assignment]
    tryouts._start = trying_process  # type: ignore[assignment]
    if COLD not in os.environ:
        from uvicorn import _subprocess

        _subprocess.spawn = multiprocessing.get_context("fork")  # type: ignore[assignment]
        os.register_at_fork(after_in_child=_count_as_one_of_several)
    importlib.import_module(order.module).main()


def _count_as_one_of_several() -> None:
    """Let the library that counts look anew whether it is: it does when it is imported."""
    from prometheus_client import values

    values.ValueClass = values.get_value_class()


def main() -> None:
    """Serve; a child goes on as what it is to be."""
    order = Parent().serve()
    if order is not None:
        _run(order)


if __name__ == "__main__":
    main()
