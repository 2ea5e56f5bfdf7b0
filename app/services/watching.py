"""Watching: what the Monitor's loop reads and writes. Each method is one short transaction."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.check_results import Judged, ResultStore
from app.db.checks import CheckStore
from app.db.engine import AWAY, reading
from app.db.flips import FlipStore
from app.db.leases import LeaseStore
from app.db.maintenance import MaintenanceStore
from app.errors import NotLeaderError
from app.values.base import Value
from app.values.check import Flip, State
from app.values.check_view import StoredCheck
from app.values.lease import Lease
from app.values.maintenance import Maintenance
from app.values.notice import Notice, Subject
from app.values.standing import NewFlip, Standing

logger = logging.getLogger(__name__)
Tell = Callable[[sa.Connection, Notice], object]
"""Notes what people may want to be told, within the transaction in which a flip is claimed."""
POSTPONED = timedelta(hours=1)
_CLAIMS = 100
"""Most flips that one transaction claims."""


class Agenda(Value):
    """What is to be looked at, as of a change."""

    change: int
    checks: tuple[StoredCheck, ...]
    windows: tuple[Maintenance, ...]


class Batch(Value):
    """What the loop has found since it was last written."""

    judged: tuple[Judged, ...] = ()
    standings: Mapping[int, Standing] = {}
    flips: tuple[NewFlip, ...] = ()


class WatchService:
    """The records behind the loop. Writing needs the lease, and raises NotLeaderError without."""

    def __init__(self, engine: sa.Engine, tell: Tell) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._tell = tell
        self._postponed: dict[int, datetime] = {}
        """Until when flips are left that could not be told of."""

    def last_change(self) -> int:
        """Return the number of the newest change of any check or window."""
        with self._reading.begin() as connection:
            return CheckStore(connection).last_change()

    def agenda(self) -> Agenda:
        """Return all checks and windows."""
        with self._reading.begin() as connection:
            store = CheckStore(connection)
            change = store.last_change()  # read first: what changes meanwhile is seen again
            windows = MaintenanceStore(connection).sound()
            return Agenda(change=change, checks=tuple(store.all()), windows=windows)

    def standings(self) -> dict[int, Standing]:
        """Return how checks stand, by their ids."""
        with self._reading.begin() as connection:
            rows = CheckStore(connection).page()
        return {check.id: standing for check, standing in rows if standing is not None}

    def write(self, batch: Batch, lease: Lease, *, is_unsure: bool = False) -> None:
        """Write results, how checks stand, and flips. What was of removed checks is left out.

        `is_unsure` says that an earlier try may have been committed, though it seemed to fail.
        """
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)
            there = CheckStore(connection).ids()
            judged = [one for one in batch.judged if one.check_id in there]
            results = ResultStore(connection)
            if is_unsure and judged and results.is_written(judged[0]):
                return
            results.add(judged)
            results.stand({n: one for n, one in batch.standings.items() if n in there})
            FlipStore(connection).add(batch.flips)

    def tell(self, lease: Lease, *, now: datetime) -> int:
        """Claim flips and tell of them, each once; return how many. Call again while there are.

        One that cannot be told of is left for an hour, and stops no other.
        """
        self._postponed = {n: until for n, until in self._postponed.items() if until > now}
        with self._reading.begin() as connection:
            waiting = FlipStore(connection).unclaimed(_CLAIMS, without=self._postponed)
        if not waiting:
            return 0
        try:
            return self._claim(waiting, lease, now)
        except (NotLeaderError, *AWAY):
            raise
        except Exception:
            logger.exception("%d flips could not be told of at once", len(waiting))
        return sum(self._claim_alone(flip, lease, now) for flip in waiting)

    def _claim(self, flips: Sequence[Flip], lease: Lease, now: datetime) -> int:
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)
            store = FlipStore(connection)
            claimed = [one for one in flips if store.claim(one.id, now)]
            for flip in claimed:
                self._tell(connection, notice(flip))
        return len(claimed)

    def _claim_alone(self, flip: Flip, lease: Lease, now: datetime) -> int:
        try:
            return self._claim([flip], lease, now)
        except (NotLeaderError, *AWAY):
            raise
        except Exception:
            logger.exception("flip %d of %s is told of in an hour", flip.id, flip.check)
            self._postponed[flip.id] = now + POSTPONED
            return 0


def notice(flip: Flip) -> Notice:
    """Return what people may want to be told of a flip."""
    before = flip.before if flip.told is None else flip.told
    return Notice(
        subject=Subject.CHECK,
        name=flip.check,
        before=before,
        after=flip.after,
        at=flip.at,
        detail=flip.detail,
        key=f"flip:{flip.id}",
        is_recovery=flip.after is State.UP,
    )


def in_parts(batch: Batch) -> Sequence[Batch]:
    """Return a batch as the parts of single checks, so that one that fails spoils no other."""
    ids = {one.check_id for one in batch.judged} | set(batch.standings)
    names = {one.result.check: one.check_id for one in batch.judged}
    parts = [
        Batch(
            judged=tuple(one for one in batch.judged if one.check_id == n),
            standings={n: batch.standings[n]} if n in batch.standings else {},
            flips=tuple(one for one in batch.flips if names.get(one.check) == n),
        )
        for n in sorted(ids)
    ]
    rest = tuple(one for one in batch.flips if one.check not in names)
    return [*parts, Batch(flips=rest)] if rest else parts
