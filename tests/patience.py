"""Waiting for what happens by itself, within a bound that a busy machine keeps."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
PATIENCE = 90.0
"""Seconds after which a test gives up: far more than anything takes on a machine at rest."""


_SOON, _LATER = 0.01, 0.1
_SHARE = 0.1
"""Looking costs more than waiting: the next look is after a tenth of what was waited so far."""


def await_that(condition: Callable[[], Found | None], seconds: float = PATIENCE) -> Found:
    """Wait until the condition holds, and return what it gives."""
    began = time.monotonic()
    while not (found := condition()):
        waited = time.monotonic() - began
        assert waited < seconds, "waited too long"
        time.sleep(min(max(_SOON, waited * _SHARE), _LATER))
    return found
