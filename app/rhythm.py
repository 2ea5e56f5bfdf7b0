"""Things that are done again and again, each in its own rhythm, by one thread."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(kw_only=True)
class Beat:
    """One of them: what to do, and how often."""

    do: Callable[[], None]
    every: float
    """Seconds."""
    next: float = 0.0


class Rhythm:
    """Does what is due. What fails is due again after its usual pause."""

    def __init__(self, *beats: Beat) -> None:
        self._beats = beats

    def keep(self) -> None:
        """Do all that is due, what waits longest first: what always fails holds up no other."""
        for beat in sorted(self._beats, key=lambda one: one.next):
            if beat.next <= time.monotonic():
                beat.next = time.monotonic() + beat.every
                beat.do()

    def pause(self) -> float:
        """Return the seconds until something is due."""
        return max(0.0, min(beat.next for beat in self._beats) - time.monotonic())
