"""The local launcher: starts `disparo dispatch run --id N` for each queued dispatch.

A dispatch never runs in the service's own process. The program claims its dispatch itself, so two
services that start the same one do no harm: the second finds it claimed, and ends.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading

import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.values.dispatch import Claim

logger = logging.getLogger(__name__)


class Launcher:
    """A thread that keeps at most `scheduler.workers` dispatches running."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._bounds = factory.settings.scheduler
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="launcher", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    def stop(self) -> None:
        """Cancel what runs, and wait for it within the grace."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        grace = self._factory.settings.dispatch.grace_seconds
        for process in self._running.values():
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def _loop(self) -> None:
        while not self._stopping:
            try:
                self._look()
            except sa.exc.SQLAlchemyError:
                logger.warning("the database is away; queued dispatches wait", exc_info=True)
            self._wake.wait(self._bounds.poll_seconds)
            self._wake.clear()

    def _look(self) -> None:
        self._running = {n: one for n, one in self._running.items() if one.poll() is None}
        free = self._bounds.workers - len(self._running)
        if free <= 0:
            return
        claims = self._factory.queue.take(
            free, host=socket.gethostname(), launcher="local", now=utc_now()
        )
        for claim in claims:
            self._running[claim.dispatch] = _start(claim)


def _start(claim: Claim) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "app.cli", "dispatch", "run", "--id", str(claim.dispatch)]
    command += ["--claim", claim.token]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own command
