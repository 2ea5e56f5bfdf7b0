"""The nursery: the service's end of its warm process."""

import contextlib
import os
import subprocess
import sys
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from app.scheduler.launchers.warm import Boot, Message, Ready
from app.services.priority import QUIET_THREADS
from app.settings import Settings
from app.values.dispatch import Claim

_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from app.scheduler.launchers.warm import main; main()"
)
_RESTART_SECONDS = 5.0


def _warm_process(end: "Connection[Message, Boot | Claim]") -> "subprocess.Popen[bytes]":
    """Start a warm process whose standard input is this end of a pipe."""
    # A session of its own: Ctrl-C at the terminal is for the service alone.
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", _PROGRAM, *sys.path],
        stdin=end.fileno(),
        env={**QUIET_THREADS, **os.environ},
        start_new_session=True,
    )


class Nursery:
    """Starts children, and tells of their births and ends. For one thread, but for `begin`."""

    def __init__(self, settings: Settings, *, state: Path, spools: Path) -> None:
        self.spools = spools
        self._boot = Boot(settings=settings, state=state, spools=spools)
        self._warm: subprocess.Popen[bytes] | None = None
        self._connection: Connection[Boot | Claim, Message] | None = None
        self._started_at = float("-inf")
        self.process: int | None = None
        """The warm process, as soon as it can start children."""

    def start(self) -> None:
        """Start the warm process unless it runs, or was started just now."""
        if self._connection is not None or time.monotonic() < self._started_at + _RESTART_SECONDS:
            return
        self._started_at = time.monotonic()
        ours, its = Pipe()
        with its:
            self._warm = _warm_process(its)
        ours.send(self._boot)
        self._connection = ours

    def begin(self, claim: Claim) -> bool:
        """Let a child run the dispatch; False: there is no warm process now."""
        connection = self._connection
        if connection is None or self.process is None:
            return False
        try:
            connection.send(claim)
        except OSError:
            return False
        return True

    def messages(self, seconds: float) -> list[Message] | None:
        """Wait for word of the children; None means that the warm process is gone."""
        connection = self._connection
        if connection is None:
            time.sleep(min(seconds, 0.1))
            return []
        heard: list[Message] = []
        try:
            while connection.poll(0 if heard else seconds):
                message = connection.recv()
                if isinstance(message, Ready):
                    self.process = message.process
                heard.append(message)
        except (EOFError, OSError):
            if heard:
                return heard
            self.stop()
            return None
        return heard

    def stop(self) -> None:
        """Let the warm process end. Its children go on."""
        connection, warm = self._connection, self._warm
        self._connection = self._warm = self.process = None
        if connection is not None:
            connection.close()
        if warm is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                warm.wait(1.0)
            if warm.poll() is None:  # still loading
                warm.kill()
                warm.wait(_RESTART_SECONDS)
