"""Rounds: regularly a process of its own looks at how far all models have drifted.

The service starts it while it is the Monitor, and ends it when it takes too long or the service
stops. It computes nothing itself.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from app.settings import Settings
from app.watch.round_program import Orders

logger = logging.getLogger(__name__)

_FIRST_SECONDS = 60.0
"""After the start of the service: models are loaded first."""
_LOOK_SECONDS = 0.5
_STOP_SECONDS = 5.0
_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from app.watch.round_program import main; main()"
)
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Rounds:
    """Starts a round every `health.every_seconds`, one at a time."""

    def __init__(
        self,
        settings: Settings,
        state: Path,
        *,
        is_ours: Callable[[], bool],
        first_seconds: float = _FIRST_SECONDS,
    ) -> None:
        """`is_ours` tells whether it is for this service to start rounds now."""
        self._orders = Orders(settings=settings, state=state)
        self._bounds = settings.health
        self._is_ours = is_ours
        self._first_seconds = first_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="health rounds", daemon=True)

    def start(self) -> None:
        """Begin, unless models are not to be looked at."""
        if self._bounds.enabled:
            self._thread.start()

    def stop(self) -> None:
        """End, with the round that is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def _loop(self) -> None:
        pause = self._first_seconds
        while not self._stopping.wait(pause):
            pause = self._bounds.every_seconds
            if self._is_ours():
                try:
                    self._round()
                except Exception:
                    logger.exception("the health of models is looked at later")

    def _round(self) -> None:
        """Let a process make a round, and wait for it within the bound."""
        # A session of its own: Ctrl-C at the terminal is for the service alone.
        with subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", _PROGRAM, *sys.path],
            stdin=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD},
            start_new_session=True,
        ) as process:
            try:
                self._orders.send(process.stdin)
                self._await(process)
            finally:
                process.kill()

    def _await(self, process: "subprocess.Popen[bytes]") -> None:
        left = self._bounds.time_out
        while process.poll() is None and not self._stopping.wait(_LOOK_SECONDS):
            left -= _LOOK_SECONDS
            if left <= 0:
                logger.error(
                    "looking at the health of models took longer than %g s (health.time_out) and "
                    "was ended; raise it, or lower health.cases",
                    self._bounds.time_out,
                )
                return
        if process.returncode:
            logger.error("looking at the health of models ended with %d", process.returncode)
