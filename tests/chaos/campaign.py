"""One campaign: the cast plays, faults strike, all comes to rest, and the referee judges."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.chaos import gather, household, roles
from tests.chaos.cast import Cast, on_stage
from tests.chaos.evidence import Evidence
from tests.chaos.fault import Fault
from tests.chaos.faults import FAULTS, possible
from tests.chaos.load import Load
from tests.chaos.plan import Stroke, planned
from tests.chaos.referee import Violation, violations

_TICK_SECONDS = 0.5
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """How hard it is tried."""

    seed: int
    seconds: float
    only: tuple[str, ...] = ()
    """Kinds of faults; none: all that are possible."""
    bound: float = 300.0
    """Seconds after the last slot within which all must be well."""
    connections: int = 8
    pause: float = 0.05
    """Seconds for which a client rests after an answer."""


@dataclass(kw_only=True)
class Outcome:
    """What came of it."""

    evidence: Evidence | None = None
    violations: list[Violation] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    """Faults that found nothing to strike."""
    left_out: dict[str, str] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)
    network: str = ""
    rest: float = 0.0
    """Seconds from the last slot until all was well."""

    @property
    def proves_nothing(self) -> bool:
        """Whether the database server itself did not survive its kills."""
        return self.evidence is not None and bool(self.evidence.damaged)


class Performance:
    """The faults of a plan, one after the other, each begun and healed at its time."""

    def __init__(self, cast: Cast, outcome: Outcome, tell: Tell) -> None:
        self._cast = cast
        self._outcome = outcome
        self._tell = tell
        self._started = time.monotonic()
        self._open: dict[int, Fault] = {}

    def run(self, strokes: Sequence[Stroke]) -> None:
        """Strike and heal; in the end nothing is struck, whatever happened."""
        acts = [(one.at, False, one) for one in strokes] + [(one.end, True, one) for one in strokes]
        try:
            for moment, is_end, stroke in sorted(acts, key=lambda act: (act[0], act[1])):
                self._await(moment)
                (self._heal if is_end else self._begin)(stroke)
        finally:
            for fault in list(self._open.values()):
                self._heal(fault.stroke)

    def rest(self, seconds: float) -> None:
        """Wait until the end, without faults."""
        self._await(seconds)

    def _await(self, moment: float) -> None:
        """Wait, and start meanwhile what has ended by itself."""
        while (left := self._started + moment - time.monotonic()) > 0:
            self._cast.tend()
            time.sleep(min(left, _TICK_SECONDS))

    def _begin(self, stroke: Stroke) -> None:
        fault = FAULTS[stroke.kind](self._cast, stroke)
        self._open[stroke.number] = fault
        struck = fault.begin()
        counter = self._outcome.missed if struck is None else self._outcome.struck
        counter[stroke.kind] += 1
        self._say(f"{stroke.kind}: {struck or 'nothing there'}, for {stroke.seconds:.1f} s")

    def _heal(self, stroke: Stroke) -> None:
        fault = self._open.pop(stroke.number)
        fault.heal()
        if stroke.seconds:
            self._say(f"{stroke.kind} {stroke.thing}: healed")

    def _say(self, words: str) -> None:
        line = f"{time.monotonic() - self._started:7.1f} s  {words}"
        self._outcome.story.append(line)
        self._tell(line)


def run(campaign: Campaign, directory: Path, tell: Tell) -> Outcome:
    """Run a campaign in a directory of its own."""
    outcome = Outcome()
    try:
        _staged(campaign, directory, outcome, tell)
    finally:
        household.sweep(household.programs(directory))
    assert outcome.evidence is not None
    outcome.violations = violations(outcome.evidence)
    outcome.violations += [
        Violation(promise=9, words=f"left behind: {one} is mounted")
        for one in household.mounts(directory)
    ]
    return outcome


def _staged(campaign: Campaign, directory: Path, outcome: Outcome, tell: Tell) -> None:
    begun = time.monotonic()
    with on_stage(directory) as cast:
        outcome.left_out, outcome.network = cast.left_out, cast.network.words
        load = Load(cast, connections=campaign.connections, pause=campaign.pause)
        cast.begin(campaign.seconds)
        load.start()
        tell(f"all runs after {time.monotonic() - begun:.1f} s; see {directory}")
        try:
            _play(campaign, cast, load, outcome, tell)
        finally:
            load.kill()


def _play(campaign: Campaign, cast: Cast, load: Load, outcome: Outcome, tell: Tell) -> None:
    """Let it happen, and gather the evidence."""
    strokes = planned(campaign.seed, campaign.seconds, possible(cast, campaign.only))
    performance = Performance(cast, outcome, tell)
    performance.run(strokes)
    healed_at = time.time()
    performance.rest(campaign.seconds)
    ended_at = time.monotonic()
    rest = gather.await_rest(cast, campaign.bound, tell)
    outcome.rest = time.monotonic() - ended_at
    load.stop()
    seen, asked = gather.pages(cast), _asked(cast, load, rest.unwell)
    cast.stop()
    outcome.evidence = gather.gathered(
        cast, load, healed_at=healed_at, rest=rest, seen=seen, asked=asked
    )


def _asked(cast: Cast, load: Load, unwell: list[str]) -> Mapping[str, Mapping[int, Any]]:
    """Return by replica what it answers for the rows; one that does not answer is not well."""
    numbers, found = range(1, roles.ROWS + 1), {}
    for name, player in cast.players.items():
        try:
            found[name] = dict(zip(numbers, load.ask(player, numbers), strict=True))
        except httpx.HTTPError as error:
            unwell.append(f"replica {name} does not answer for all rows: {error}")
    return found
