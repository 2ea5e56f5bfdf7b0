"""How many rows make a batch, so that a batch takes about as long whatever the model's speed.

A dispatch shows progress, can be cancelled and goes on behind its last batch, all of them between
batches: a slow model's must be small. But each batch has its price, and one that costs more than
its rows must be large: a forest of many trees takes half a second to begin.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

STEP = 32
"""What is between the bounds is a multiple of this: libraries for linear algebra add up rows in
groups, and so the last bits of an answer do not depend on where a batch begins."""
_GROWTH = 8
"""How many times larger a batch may be than one that was measured."""
_PRICE = 0.1
"""What a batch may cost besides its rows, as a share of what they cost."""
_PATIENCE = 5
"""How many times longer than wished a batch may take for that; but rows cost as much as it does."""
_ALIKE = 1.5
"""Batches whose sizes differ by less tell a batch's price from noise too badly."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How long a stage took for its last batch, and for the last one of clearly another size."""

    rows: int
    seconds: float
    other: "Measured | None" = None

    def followed_by(self, rows: int, seconds: float) -> "Measured":
        """Return what is known after another batch."""
        last = Measured(rows=self.rows, seconds=self.seconds)
        other = self.other if self.is_like(rows) else last
        return Measured(rows=rows, seconds=seconds, other=other)

    def is_like(self, rows: int) -> bool:
        """Tell whether a batch of so many rows would teach nothing new."""
        smaller, larger = sorted((rows, self.rows))
        return larger < _ALIKE * smaller

    @property
    def price(self) -> float:
        """Seconds that a batch takes besides those of its rows, by a line through both sizes."""
        if self.other is None or self.other.rows == self.rows:
            return 0.0
        per_row = (self.seconds - self.other.seconds) / (self.rows - self.other.rows)
        return min(self.seconds, max(0.0, self.seconds - self.rows * per_row))


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
        most, price = last.rows * _GROWTH, last.price
        per_row = (last.seconds - price) / last.rows
        if per_row <= 0:
            return most
        worth_it = min(price + price / _PRICE, self.seconds * _PATIENCE)
        seconds = max(self.seconds, worth_it, 2 * price)
        wished = max(self.least, int(min(most, (seconds - price) / per_row)))
        if last.other is None and last.is_like(wished):
            return math.ceil(last.rows * _ALIKE)  # to learn the price
        return wished
