"""How many rows make a batch, so that a batch takes about as long whatever the model's speed.

A dispatch shows progress, can be cancelled and goes on behind its last batch, all of them between
batches: a slow model's must be small. A fast one's must be large, for each batch has its price.
"""

from collections.abc import Iterable
from dataclasses import dataclass

STEP = 32
"""What is between the bounds is a multiple of this: libraries for linear algebra add up rows in
groups, and so the last bits of an answer do not depend on where a batch begins."""
_GROWTH = 8
"""How many times larger a batch may be than one that was measured."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How long a stage took for its last batch."""

    rows: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Batches of `least` to `most` rows, for which the slowest stage takes about `seconds`."""

    least: int
    most: int
    seconds: float

    def rows(self, measured: Iterable[Measured]) -> int:
        """Return the rows of the next batch, by the last one of each stage: `least` before any."""
        wished = [self._wished(one) for one in measured if one.rows]
        found = min(wished, default=0)
        if found >= self.most:
            return self.most
        return max(self.least, found - found % STEP)

    def _wished(self, last: Measured) -> int:
        most = last.rows * _GROWTH
        if last.seconds <= 0:
            return most
        return int(min(most, last.rows * self.seconds / last.seconds))
