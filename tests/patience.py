"""Waiting for what happens by itself, within a bound that a busy machine keeps."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
PATIENCE = 90.0
"""Seconds after which a test gives up: far more than anything takes on a machine at rest."""


def await_that(condition: Callable[[], Found | None], seconds: float = PATIENCE) -> Found:
    """Wait until the condition holds, and return what it gives."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return found
