"""Waiting for what happens by itself, within a bound that a busy machine keeps."""

import time
from collections.abc import Callable

PATIENCE = 90.0
"""Seconds after which a test gives up: far more than anything takes on a machine at rest."""


def await_that(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
