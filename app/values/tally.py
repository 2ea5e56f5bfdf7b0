"""Counts of what the tables record, as far as they were followed: they only ever grow."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.values.check import State
from app.values.dispatch import DispatchState, Progress, Stage

LATENESS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0)
"""Bounds of the buckets, in seconds."""
ALERT_FAILED = "alert failed"
"""The event of a channel that did not take an alert, and is not tried any more."""
_SETTLED = timedelta(seconds=60)
"""After so long no transaction is under way any more that began before."""
_MOST_RUNNING = 10_000
_ENDS = frozenset(state for state in DispatchState if state.is_final)


@dataclass(kw_only=True)
class Spread:
    """A histogram's counts: each bucket's own, the last one's without a bound."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(LATENESS) + 1))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count a value; one below zero, by clocks that differ, is zero."""
        self.counts[bisect_left(LATENESS, max(0.0, seconds))] += 1
        self.total += max(0.0, seconds)


@dataclass(kw_only=True)
class Mark:
    """How far a table was followed, of which rows of smaller ids may still appear for a while."""

    settled: int = 0
    """All rows up to this id are counted."""
    counted: list[int] = field(default_factory=list)
    """Ids beyond it that are counted too."""

    def fresh(self, ids: Iterable[tuple[int, datetime]], now: datetime) -> set[int]:
        """Take rows beyond the mark, ordered by id; return those that are not counted yet."""
        known, fresh, kept = set(self.counted), set[int](), list[int]()
        for row, at in ids:
            if row not in known:
                fresh.add(row)
            if kept or at > now - _SETTLED:
                kept.append(row)
            else:
                self.settled = row
        self.counted = kept
        return fresh


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A dispatch, as far as the lateness of its slot goes."""

    id: int
    slot: datetime | None
    """None: it is not of a schedule's own slot."""
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Passed:
    """An event."""

    id: int
    at: datetime
    dispatch: int | None
    """None: it is of something else."""
    name: str
    progress: Progress = field(default_factory=Progress)
    """Of an end: how far it came."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a check stands, and its last look."""

    check: str
    kind: str
    state: State
    seconds: float | None = None
    """That the last look took; None: nobody has looked yet."""
    at: float | None = None
    """When it was, since 1970."""


@dataclass(kw_only=True)
class Tally:
    """Counts since the service was started."""

    at: float = 0.0
    """When the tables were last read, by time.time."""
    is_answered: bool = False
    """Whether the database answered then."""
    claims: Mark = field(default_factory=Mark)
    events: Mark = field(default_factory=Mark)
    ended: dict[str, int] = field(default_factory=lambda: dict.fromkeys(sorted(_ENDS), 0))
    alerts_failed: int = 0
    lateness: Spread = field(default_factory=Spread)
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Stage, 0))
    running: dict[int, list[int]] = field(default_factory=dict)
    """The rows of each stage that were counted of what still runs."""
    looks: list[Look] = field(default_factory=list)
    gauges: dict[str, float] = field(default_factory=dict)
    """How things stood then, by the name of a metric and its label."""

    def take_claims(self, rows: Iterable[Claimed], now: datetime) -> None:
        """Count the slots of scheduled dispatches beyond the mark, ordered by id."""
        listed = list(rows)
        fresh = self.claims.fresh(((one.id, one.created_at) for one in listed), now)
        for one in listed:
            if one.id in fresh and one.slot is not None:
                self.lateness.add((one.created_at - one.slot).total_seconds())

    def take_events(self, rows: Iterable[Passed], now: datetime) -> None:
        """Count the ends, and the alerts that failed, beyond the mark, ordered by id."""
        listed = list(rows)
        fresh = self.events.fresh(((one.id, one.at) for one in listed), now)
        for one in listed:
            if one.id in fresh and one.name == ALERT_FAILED:
                self.alerts_failed += 1
            if one.id in fresh and one.dispatch is not None and one.name in _ENDS:
                self.ended[one.name] += 1
                self._add_rows(one.dispatch, one.progress)
                self.running.pop(one.dispatch, None)

    def take_running(self, progress: Mapping[int, Progress]) -> None:
        """Count the rows that running dispatches have passed since the last look."""
        for dispatch, one in progress.items():
            self._add_rows(dispatch, one)
        if len(self.running) > _MOST_RUNNING:  # of those whose end was never seen
            self.running = {one: self.running[one] for one in progress}

    def _add_rows(self, dispatch: int, progress: Progress) -> None:
        before = self.running.get(dispatch, [0, 0, 0])
        after = [progress.rows_collected, progress.rows_inferred, progress.rows_delivered]
        for stage, old, new in zip(Stage, before, after, strict=True):
            self.rows[stage] += max(0, new - old)  # it falls where a dispatch begins anew
        self.running[dispatch] = after
