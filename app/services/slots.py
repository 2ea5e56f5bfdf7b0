"""Slots: what is due is dispatched, each slot once, by the schedule's policies."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.events import EventStore
from app.db.leases import LeaseStore
from app.db.schedules import ScheduleStore
from app.services.edits import name_of
from app.services.ends import cancel_lane
from app.values.base import Instant, Value
from app.values.dispatch import DispatchKind, NewDispatch, Order
from app.values.due import Due, due
from app.values.lease import Lease
from app.values.policy import Overlap, chance
from app.values.schedule import AnySchedule, DamagedSchedule, Schedule, StoredSchedule

logger = logging.getLogger(__name__)
ACTOR = "scheduler"
POSTPONED = timedelta(hours=1)
"""How long a schedule that fails to be claimed is left alone, so that it cannot stop others."""


class Claimed(Value):
    """What became of one look at a schedule."""

    schedule: int
    due_at: Instant | None
    """The next slot; None: there is none."""
    dispatches: tuple[int, ...] = ()


class SlotService:
    """Claims the slots that are due. A slot is a row that is unique on schedule and slot."""

    def __init__(self, engine: sa.Engine, *, queue: int, missed_after: timedelta) -> None:
        self._engine = engine
        self._queue = queue
        self._missed_after = missed_after

    def claim(self, ids: Sequence[int], lease: Lease, *, now: datetime) -> list[Claimed]:
        """Dispatch what is due of these schedules, in one transaction, under the lease.

        A schedule that is gone is missing in the answer. One that fails is set aside, and the
        others go on. Raises NotLeaderError.
        """
        try:
            return self._claim(ids, lease, now=now)
        except sa.exc.OperationalError:
            raise  # the database itself: no schedule is to blame
        except (
            sa.exc.SQLAlchemyError,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
        ) as error:
            if len(ids) == 1:
                logger.exception("schedule %d cannot be claimed, and is postponed", ids[0])
                return [self._postpone(ids[0], error, now=now)]
        return [one for schedule in ids for one in self.claim([schedule], lease, now=now)]

    def _claim(self, ids: Sequence[int], lease: Lease, *, now: datetime) -> list[Claimed]:
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)
            room = max(0, self._queue - DispatchStore(connection).count_queued())
            claimed = []
            for schedule in ScheduleStore(connection).locked(ids):
                look = _Look(connection, schedule, now, self._missed_after, room)
                claimed.append(look.claim())
                room -= len(claimed[-1].dispatches)
            return claimed

    def _postpone(self, schedule: int, error: Exception, *, now: datetime) -> Claimed:
        due_at = now + POSTPONED
        detail = {"until": due_at, "error": f"{type(error).__name__}: {error}"[:1000]}
        with self._engine.begin() as connection:
            store, events = ScheduleStore(connection), EventStore(connection)
            store.postpone(schedule, due_at)
            for name in map(name_of, store.some([schedule])):
                events.add(f"schedule:{name}", "postponed", now, actor=ACTOR, detail=detail)
        return Claimed(schedule=schedule, due_at=due_at)

    def overdue(self, *, before: datetime, limit: int) -> list[int]:
        """Return schedules whose slot was due before `before` and is not claimed yet."""
        with self._engine.begin() as connection:
            return ScheduleStore(connection).overdue(before, limit)


class _Look:
    """One look at one schedule, within a transaction that holds its row."""

    def __init__(
        self,
        connection: sa.Connection,
        schedule: AnySchedule,
        now: datetime,
        missed_after: timedelta,
        room: int,
    ) -> None:
        self._schedules = ScheduleStore(connection)
        self._dispatches = DispatchStore(connection)
        self._events = EventStore(connection)
        self._connection = connection
        self._schedule = schedule
        self._now = now
        self._missed_after = missed_after
        self._room = room

    def claim(self) -> Claimed:
        schedule = self._schedule
        if isinstance(schedule, DamagedSchedule):
            self._schedules.set_aside(schedule.id, schedule.fault)
            self._event(schedule.name, "set aside", {"fault": schedule.fault})
            return Claimed(schedule=schedule.id, due_at=None)
        if schedule.paused or schedule.due_at is None or schedule.due_at > self._now:
            return Claimed(schedule=schedule.id, due_at=schedule.due_at)
        return self._claim(schedule)

    def _claim(self, schedule: StoredSchedule) -> Claimed:
        spec = schedule.spec
        found = due(
            spec, after=schedule.claimed_until, now=self._now, missed_after=self._missed_after
        )
        slots = self._by_overlap(schedule, found)
        taken = self._dispatches.taken(spec.name, slots) if slots else set()
        free = [slot for slot in slots if slot not in taken]
        until = self._now if len(free) <= self._room else free[self._room] - _TICK
        added = [
            self._dispatches.add(scheduled(spec, slot), self._now) for slot in free[: self._room]
        ]
        for dispatch in added:
            self._events.add(f"dispatch:{dispatch.id}", "queued", self._now, actor=ACTOR)
        if found.passed_over is not None:
            detail = {"policy": f"catch up {spec.policies.catch_up}", "last": found.passed_over}
            self._event(spec.name, "slots passed over", detail)
        due_at = next(spec.fires(until), None)
        self._schedules.claimed(schedule.id, until, due_at)
        return Claimed(
            schedule=schedule.id, due_at=due_at, dispatches=tuple(one.id for one in added)
        )

    def _by_overlap(self, schedule: StoredSchedule, found: Due) -> Sequence[datetime]:
        """Return the slots that the overlap policy leaves; caught-up slots queue in any case."""
        policies, lane = schedule.spec.policies, lane_of(schedule.spec.name)
        if policies.overlap is Overlap.QUEUE or not found.slots:
            return found.slots
        if policies.overlap is Overlap.CANCEL_RUNNING:
            cancel_lane(self._connection, lane, actor=ACTOR, now=self._now)
            kept = found.slots[-policies.concurrency :]
        else:
            busy = len(self._dispatches.unfinished(lane)) + len(found.missed)
            room = max(0, policies.concurrency - busy)
            kept = (*found.missed, *found.fresh[:room])
        if left := [slot for slot in found.slots if slot not in kept]:
            detail = {
                "policy": f"overlap {policies.overlap}",
                "count": len(left),
                "first": left[0],
                "last": left[-1],
            }
            self._event(schedule.spec.name, "slots passed over", detail)
        return kept

    def _event(self, name: str, event: str, detail: dict[str, object]) -> None:
        self._events.add(f"schedule:{name}", event, self._now, actor=ACTOR, detail=detail)


_TICK = timedelta(microseconds=1)


def lane_of(schedule: str) -> str:
    """Return the lane of a schedule's own dispatches, and of runs by hand."""
    return f"schedule:{schedule}"


def scheduled(spec: Schedule, slot: datetime) -> NewDispatch:
    """Return the dispatch that claims a slot."""
    policies = spec.policies
    deadline = policies.start_deadline
    return NewDispatch(
        order=Order(schedule=spec, slot=slot),
        kind=DispatchKind.SCHEDULED,
        not_before=slot + policies.jitter * chance(f"{spec.name} {slot.isoformat()}"),
        start_by=None if deadline is None else slot + policies.jitter + deadline,
        lane=lane_of(spec.name),
        lane_width=policies.concurrency,
        priority=policies.priority,
    )
