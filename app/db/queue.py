"""The queue: which dispatches may start now. One who takes holds its lock, so that limits hold."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.tables import counters, dispatches, sources
from app.values.dispatch import Claim, DispatchState
from app.values.slurm import Launcher


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A launcher that takes what its schedule sends there."""

    name: Launcher
    is_default: bool
    """Whether it takes also what says nothing of where it runs."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A dispatch that may start, as far as time is concerned."""

    id: int
    lane: str
    lane_width: int
    collect_source: str
    deliver_source: str

    @property
    def sources(self) -> set[str]:
        """The sources that it uses."""
        return {self.collect_source, self.deliver_source}


@dataclass(kw_only=True)
class Usage:
    """What runs now, and what may."""

    running: int = 0
    lanes: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    source_limits: dict[str, int] = field(default_factory=dict)

    def admits(self, one: Waiting) -> bool:
        """Tell whether its lane and its sources have room for it."""
        room = self.lanes[one.lane] < one.lane_width
        return room and not (one.sources & self.full_sources())

    def full_sources(self) -> set[str]:
        """Return the sources that are used as much as they may be."""
        return {name for name, most in self.source_limits.items() if self.sources[name] >= most}

    def add(self, one: Waiting) -> None:
        """Count a dispatch that starts."""
        self.running += 1
        self.lanes[one.lane] += 1
        self.sources.update(one.sources)


class QueueStore:
    """The queue, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Let no other service take from the queue until the transaction ends.

        Whoever changes several dispatches that wait does this first: two who change the same ones
        in different orders would be a deadlock.
        """
        row = counters.update().where(counters.c.name == "queue")
        self._connection.execute(row.values(value=counters.c.value + 1))

    def is_empty(self, now: datetime, launcher: Wanted) -> bool:
        """Tell whether nothing waits for a launcher whose time has come; takes no lock."""
        query = sa.select(dispatches.c.id).where(*_waits(now, launcher))
        return self._connection.execute(query.limit(1)).first() is None

    def usage(self) -> Usage:
        """Return what runs now, or waits for a place in a cluster."""
        usage = Usage(source_limits=self._source_limits())
        is_split = dispatches.c.tasks.is_not(None)
        for row in self._connection.execute(sa.select(*_COLUMNS).where(_HOLDS_ROOM, ~is_split)):
            usage.add(_waiting(row))
        for lane in self._connection.scalars(
            sa.select(dispatches.c.lane).where(_HOLDS_ROOM, is_split)
        ):
            usage.lanes[lane] += 1  # its tasks hold the rest
        return usage

    def _source_limits(self) -> dict[str, int]:
        query = sa.select(sources.c.name, sources.c.concurrency)
        rows = self._connection.execute(query.where(sources.c.concurrency.is_not(None)))
        return {row.name: row.concurrency for row in rows}

    def waiting(self, now: datetime, usage: Usage, limit: int, launcher: Wanted) -> list[Waiting]:
        """Return what may start, in its order: priority, slot, age. Full lanes are left out."""
        full = usage.full_sources()
        in_lanes = sa.select(dispatches.c.lane).where(_HOLDS_ROOM).group_by(dispatches.c.lane)
        crowded = in_lanes.having(sa.func.count() >= sa.func.max(dispatches.c.lane_width))
        query = sa.select(*_COLUMNS).where(
            *_waits(now, launcher),
            dispatches.c.lane.not_in(crowded),
            dispatches.c.collect_source.not_in(full),
            dispatches.c.deliver_source.not_in(full),
        )
        order = (dispatches.c.priority.desc(), dispatches.c.slot, dispatches.c.id)
        return [
            _waiting(row) for row in self._connection.execute(query.order_by(*order).limit(limit))
        ]

    def taken(self, taking: str) -> list[Claim]:
        """Return the claims under which dispatches run whose tokens begin with `taking`."""
        query = sa.select(dispatches.c.id, dispatches.c.claim).where(
            dispatches.c.state == DispatchState.RUNNING,
            dispatches.c.claim.startswith(taking, autoescape=True),
        )
        rows = self._connection.execute(query.order_by(dispatches.c.id))
        return [Claim(dispatch=row.id, token=row.claim) for row in rows]

    def too_late(self, now: datetime, limit: int) -> list[int]:
        """Return the ids of dispatches that wait though their start deadline has passed."""
        query = sa.select(dispatches.c.id).where(
            dispatches.c.state == DispatchState.QUEUED, dispatches.c.start_by < now
        )
        return list(self._connection.scalars(query.limit(limit)))


_HOLDS_ROOM = sa.or_(
    dispatches.c.state == DispatchState.RUNNING,
    sa.and_(dispatches.c.state == DispatchState.QUEUED, dispatches.c.submitted_at.is_not(None)),
)
"""What counts in lanes, sources and the whole: what runs, and what was handed to a cluster."""


def _waits(now: datetime, launcher: Wanted) -> tuple[sa.ColumnElement[bool], ...]:
    wanted: sa.ColumnElement[bool] = dispatches.c.wanted_launcher == launcher.name
    if launcher.is_default:
        wanted = sa.or_(wanted, dispatches.c.wanted_launcher.is_(None))
    return (
        dispatches.c.state == DispatchState.QUEUED,
        dispatches.c.submitted_at.is_(None),
        dispatches.c.not_before <= now,
        wanted,
    )


_COLUMNS = (
    dispatches.c.id,
    dispatches.c.lane,
    dispatches.c.lane_width,
    dispatches.c.collect_source,
    dispatches.c.deliver_source,
)


def _waiting(row: Any) -> Waiting:
    return Waiting(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
