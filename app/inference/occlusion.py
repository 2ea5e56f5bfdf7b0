"""Contributions of any model at all, by occlusion: what becomes of the answer without an input.

One input of a case is replaced by the values that the sample has there, the others stay; its
contribution is by how much the answer is higher with its own value, on the average. This is not
additive: where inputs act together, or instead of each other, the contributions do not add up to
the answer less the base.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from app.inference.answering import Output
from app.inference.decoding import Row

NAME = "occlusion"
ROWS = 50
"""Rows of the sample that take part."""
_AT_ONCE = 64
"""Rows that are asked at once: others who ask the same version wait for no more than these."""
Answers = Callable[[Sequence[Row], float], list[Output]]
"""Gives the answer to each row until a deadline by time.perf_counter, or raises an AppError."""


class Occlusion:
    """A model, and the rows whose values stand in for a case's own."""

    def __init__(self, answers: Answers, sample: Sequence[Row]) -> None:
        """`sample` has at least one row; up to ROWS, spread over it, take part."""
        step = -(-len(sample) // ROWS)
        self._answers = answers
        self._sample = sample[::step]
        self._typical: list[Output] | None = None
        self._values = [Counter(column) for column in zip(*self._sample, strict=True)]

    def base(self, output: Output, deadline: float) -> float:
        """Return the mean over the sample of what `output` is about. Raises what `answers` does."""
        if self._typical is None:
            self._typical = list(self._in_parts(self._sample, deadline))
        return _mean((score(one, output), 1) for one in self._typical)

    def contributions(self, row: Row, output: Output, deadline: float) -> list[float]:
        """Return each input's contribution to the answer to a row. Raises what `answers` does."""
        changed = (
            (*row[:at], value, *row[at + 1 :])
            for at, values in enumerate(self._values)
            for value in values
        )
        found = (score(one, output) for one in self._in_parts(changed, deadline))
        own = score(output, output)
        return [
            own - _mean((next(found), count) for count in values.values())
            for values in self._values
        ]

    def _in_parts(self, rows: Iterable[Row], deadline: float) -> Iterator[Output]:
        left = iter(rows)
        while part := list(islice(left, _AT_ONCE)):
            yield from self._answers(part, deadline)


def scale(output: Output) -> str:
    """Return what contributions to an answer are contributions to."""
    if "value" in output:
        return "value"
    return "probability" if "probabilities" in output else "agreement"


def score(output: Output, answered: Output) -> float:
    """Return how far `output` says what was `answered`.

    The probability of the answered label, or whether the label is the same, or the value.
    """
    if "value" in answered:
        return float(output["value"])
    if "probabilities" in answered:
        chances: Mapping[str, float] = output["probabilities"]
        return chances[str(answered["label"])]
    return float(output["label"] == answered["label"])


def _mean(weighted: Iterator[tuple[float, int]]) -> float:
    total, rows = 0.0, 0
    for value, count in weighted:
        total += value * count
        rows += count
    return total / rows
