"""The plan of faults: what is struck when and for how long, by the seed alone."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

FIRST = 0.08
LAST = 0.75
"""The parts of the time before which nothing is struck, and after which all is healed."""
_GAP_SECONDS = 4.0
"""There is about one fault in so many seconds, but each kind comes once at least."""
_LONGEST = 0.2
"""The part of the whole time that one fault lasts at most."""
_REST_SECONDS = 1.0
"""Between two faults of the same thing."""
_TRIES = 50


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of fault."""

    name: str
    things: tuple[str, ...]
    """What it may strike; of one thing two faults never hold at once."""
    shortest: float = 0.0
    longest: float = 0.0
    """Seconds between its begin and its end."""


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """One fault to come."""

    number: int
    kind: str
    thing: str
    at: float
    """Seconds from the start."""
    seconds: float
    chance: float
    """From 0 to 1, for what the fault itself has to choose."""

    @property
    def end(self) -> float:
        """Seconds from the start until it is healed."""
        return self.at + self.seconds

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.kind} {self.thing}, for {self.seconds:.1f} s"


def planned(seed: int, seconds: float, kinds: Sequence[Kind]) -> tuple[Stroke, ...]:
    """Return the strokes of a campaign that lasts so long, in the order of their times.

    A fault for which there is no room is left out.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    strokes: list[Stroke] = []
    for kind in _wanted(chance, seconds, kinds):
        stroke = _placed(chance, seconds, kind, strokes)
        if stroke is not None:
            strokes.append(stroke)
    return tuple(sorted(strokes, key=lambda one: (one.at, one.number)))


def _wanted(chance: random.Random, seconds: float, kinds: Sequence[Kind]) -> list[Kind]:
    """Return each kind once, then some more by chance."""
    if not kinds:
        return []
    number = round(seconds * (LAST - FIRST) / _GAP_SECONDS)
    more = chance.choices(kinds, k=max(0, number - len(kinds)))
    return chance.sample(kinds, len(kinds)) + more


def _placed(
    chance: random.Random, seconds: float, kind: Kind, strokes: Sequence[Stroke]
) -> Stroke | None:
    for _ in range(_TRIES):
        length = chance.uniform(kind.shortest, max(kind.shortest, _bounded(kind, seconds)))
        stroke = Stroke(
            number=len(strokes),
            kind=kind.name,
            thing=chance.choice(kind.things),
            at=round(chance.uniform(seconds * FIRST, seconds * LAST - length), 3),
            seconds=round(length, 3),
            chance=chance.random(),
        )
        if stroke.at >= seconds * FIRST and not any(_meet(stroke, one) for one in strokes):
            return stroke
    return None


def _bounded(kind: Kind, seconds: float) -> float:
    return min(kind.longest, seconds * _LONGEST)


def _meet(one: Stroke, other: Stroke) -> bool:
    return (
        one.thing == other.thing
        and one.at < other.end + _REST_SECONDS
        and other.at < one.end + _REST_SECONDS
    )
