"""Patience with Disparo's own database: it goes away and comes back, and work goes on."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from app.db.engine import AWAY

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
_PAUSE_SECONDS = 1.0


class Patience:
    """Repeats what fails because the database is away, until `seconds` have passed."""

    def __init__(self, seconds: float, give_up: threading.Event | None = None) -> None:
        self._seconds = seconds
        self._give_up = give_up or threading.Event()

    def __call__(self, call: Callable[[], Answer]) -> Answer:
        """Return what `call` returns; raise what it raises when patience ends."""
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return call()
            except AWAY as error:
                if time.monotonic() > deadline or self._give_up.is_set():
                    raise
                logger.warning("Disparo's database is away, will try again: %s", _first_line(error))
            self._give_up.wait(_PAUSE_SECONDS)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
