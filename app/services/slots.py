"""Slots: what is due is dispatched, each slot once, by the schedule's policies."""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeGuard

import sqlalchemy as sa

from app.connection_string import redacted_lines
from app.db.dispatches import DispatchStore
from app.db.engine import AWAY, reading
from app.db.events import EventStore
from app.db.leases import LeaseStore
from app.db.schedules import ScheduleStore
from app.db.switches import PAUSE, SwitchStore
from app.errors import NotLeaderError
from app.services.edits import name_of
from app.services.ends import cancel_lane, subject
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
_TRIES = 3
"""How often the database itself may fail at one schedule, in a row, though it answers otherwise."""


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
        self._reading = reading(engine)
        self._queue = queue
        self._missed_after = missed_after
        self._failures: Counter[int] = Counter()
        """How often schedules failed alone, one time after the other."""

    def claim(self, ids: Sequence[int], lease: Lease, *, now: datetime) -> list[Claimed]:
        """Dispatch what is due of these schedules, in one transaction, under the lease.

        A schedule that is gone is missing in the answer. One that fails, in whatever way, is set
        aside, and the others go on. Raises NotLeaderError, and one of AWAY when the database
        does not answer.
        """
        try:
            claimed = self._claim(ids, lease, now=now)
        except NotLeaderError:
            raise
        except Exception as error:
            if isinstance(error, AWAY):
                self._require_answer(lease)
            if len(ids) == 1:
                logger.exception("schedule %d cannot be claimed", ids[0])
                return self._failed(ids[0], error, lease, now=now)
        else:
            for schedule in ids:
                del self._failures[schedule]
            return claimed
        return [one for schedule in ids for one in self.claim([schedule], lease, now=now)]

    def _claim(self, ids: Sequence[int], lease: Lease, *, now: datetime) -> list[Claimed]:
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)
            if SwitchStore(connection).is_on(PAUSE):
                return [Claimed(schedule=one, due_at=now) for one in ids]
            room = max(0, self._queue - DispatchStore(connection).count_queued())
            store = ScheduleStore(connection)
            schedules = store.locked(ids)
            free = {one.id for one in schedules}
            busy = store.some([one for one in ids if one not in free])
            claimed = _Look(connection, now, self._missed_after).claim(schedules, room)
            return claimed + [Claimed(schedule=one.id, due_at=now) for one in busy]

    def _require_answer(self, lease: Lease) -> None:
        """Raise unless the database answers: if it does, what failed is the schedules' own."""
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)

    def _failed(
        self, schedule: int, error: Exception, lease: Lease, *, now: datetime
    ) -> list[Claimed]:
        """Leave a schedule alone: until the next look where that may mend it, or for long."""
        self._failures[schedule] += 1
        if isinstance(error, AWAY) and self._failures[schedule] < _TRIES:
            return [Claimed(schedule=schedule, due_at=now)]
        del self._failures[schedule]
        return self._postpone(schedule, error, lease, now=now)

    def _postpone(
        self, schedule: int, error: Exception, lease: Lease, *, now: datetime
    ) -> list[Claimed]:
        due_at = now + POSTPONED
        told = redacted_lines(f"{type(error).__name__}: {error}")[:1000]
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)
            store, events = ScheduleStore(connection), EventStore(connection)
            for found in store.locked([schedule]):
                if isinstance(found, StoredSchedule) and not is_due(found, now):
                    continue  # it was changed since it failed
                store.postpone(schedule, due_at)
                detail = {"until": due_at, "error": told}
                name = f"schedule:{name_of(found)}"
                events.add(name, "postponed", now, actor=ACTOR, detail=detail)
        return [Claimed(schedule=schedule, due_at=due_at)]

    def overdue(self, *, before: datetime, limit: int) -> list[int]:
        """Return schedules whose slot is due by `before` and not claimed yet, the oldest first.

        While the scheduler is paused as a whole there are none: they are found when it goes on.
        """
        with self._reading.begin() as connection:
            if SwitchStore(connection).is_on(PAUSE):
                return []
            return ScheduleStore(connection).overdue(before, limit)


class _Decision(Value):
    """What is to become of a schedule that is due."""

    schedule: StoredSchedule
    slots: tuple[Instant, ...]
    """Those to dispatch."""
    until: Instant
    """Slots up to here are decided."""
    due_at: Instant | None


class _Look:
    """One look at some schedules, within a transaction that holds their rows.

    What many schedules need is read and written at once: a hundred may be due in a second.
    """

    def __init__(self, connection: sa.Connection, now: datetime, missed_after: timedelta) -> None:
        self._connection = connection
        self._schedules = ScheduleStore(connection)
        self._dispatches = DispatchStore(connection)
        self._events = EventStore(connection)
        self._now = now
        self._missed_after = missed_after

    def claim(self, schedules: Sequence[AnySchedule], room: int) -> list[Claimed]:
        """Dispatch at most `room` slots, and note how far each schedule is."""
        for one in schedules:
            if isinstance(one, DamagedSchedule):
                self._set_aside(one)
        decisions = self._decisions([one for one in schedules if is_due(one, self._now)], room)
        self._make_way(decisions)
        self._schedules.claimed({one.schedule.id: (one.until, one.due_at) for one in decisions})
        added = self._add(decisions)
        left = {one.schedule.id: one.due_at for one in decisions}
        return [
            Claimed(
                schedule=one.id,
                due_at=None if isinstance(one, DamagedSchedule) else left.get(one.id, one.due_at),
                dispatches=added.get(one.id, ()),
            )
            for one in schedules
        ]

    def _set_aside(self, schedule: DamagedSchedule) -> None:
        self._schedules.set_aside(schedule.id, schedule.fault)
        self._event(schedule.name, "set aside", {"fault": schedule.fault})

    def _decisions(self, schedules: Sequence[StoredSchedule], room: int) -> list[_Decision]:
        wanted = [(one, self._due(one)) for one in schedules]
        taken = self._dispatches.taken(
            [(one.spec.name, slot) for one, found in wanted for slot in found.slots]
        )
        decisions = []
        for schedule, found in wanted:
            done = {slot for name, slot in taken if name == schedule.spec.name}
            decisions.append(self._decided(schedule, found, done, room))
            room -= len(decisions[-1].slots)
        return decisions

    def _due(self, schedule: StoredSchedule) -> Due:
        after, missed_after = schedule.claimed_until, self._missed_after
        return due(schedule.spec, after=after, now=self._now, missed_after=missed_after)

    def _decided(
        self, schedule: StoredSchedule, found: Due, done: Collection[datetime], room: int
    ) -> _Decision:
        """Decide by the policies. Slots for which there is no room are left for another look."""
        spec = schedule.spec
        wanted = [slot for slot in self._by_overlap(spec, found) if slot not in done]
        if spec.policies.overlap is Overlap.CANCEL_RUNNING and room:
            wanted = wanted[-room:]
        until = self._now if len(wanted) <= room else wanted[room] - _TICK
        chosen = tuple(wanted[:room])
        kept = {*chosen, *done}
        self._tell(spec, found, [one for one in found.slots if one <= until and one not in kept])
        due_at = next(spec.fires(until), None)
        return _Decision(schedule=schedule, slots=chosen, until=until, due_at=due_at)

    def _add(self, decisions: Sequence[_Decision]) -> dict[int, tuple[int, ...]]:
        """Queue the dispatches; return their ids by schedule."""
        new = [scheduled(one.schedule.spec, slot) for one in decisions for slot in one.slots]
        ids = iter(self._dispatches.add_all(new, self._now))
        by_schedule = {
            one.schedule.id: tuple(islice(ids, len(one.slots))) for one in decisions if one.slots
        }
        subjects = [subject(n) for several in by_schedule.values() for n in several]
        self._events.add_all(subjects, "queued", self._now, actor=ACTOR)
        return by_schedule

    def _by_overlap(self, spec: Schedule, found: Due) -> Sequence[datetime]:
        """Return the slots that the overlap policy leaves; caught-up slots queue in any case."""
        policies = spec.policies
        if not found.slots:
            return ()
        match policies.overlap:
            case Overlap.QUEUE:
                return found.slots
            case Overlap.CANCEL_RUNNING:
                return found.slots[-policies.concurrency :]
            case Overlap.SKIP:
                unfinished = self._dispatches.count_unfinished(lane_of(spec.name))
                room = max(0, policies.concurrency - unfinished - len(found.missed))
                return (*found.missed, *found.fresh[:room])

    def _make_way(self, decisions: Sequence[_Decision]) -> None:
        """Cancel what newer slots take the place of."""
        for one in decisions:
            spec = one.schedule.spec
            if one.slots and spec.policies.overlap is Overlap.CANCEL_RUNNING:
                cancel_lane(self._connection, lane_of(spec.name), actor=ACTOR, now=self._now)

    def _tell(self, spec: Schedule, found: Due, left: Sequence[datetime]) -> None:
        """Tell of the slots that the policies leave out, each time of other ones."""
        policies = spec.policies
        if found.passed_over is not None:
            detail = {"policy": f"catch up {policies.catch_up}", "last": found.passed_over}
            self._event(spec.name, "slots passed over", detail)
        if left:
            policy = f"overlap {policies.overlap}"
            told = {"policy": policy, "count": len(left), "first": left[0], "last": left[-1]}
            self._event(spec.name, "slots passed over", told)

    def _event(self, name: str, event: str, detail: dict[str, object]) -> None:
        self._events.add(f"schedule:{name}", event, self._now, actor=ACTOR, detail=detail)


def is_due(schedule: AnySchedule, now: datetime) -> TypeGuard[StoredSchedule]:
    """Tell whether a schedule has a slot to claim."""
    return (
        isinstance(schedule, StoredSchedule)
        and not schedule.paused
        and schedule.due_at is not None
        and schedule.due_at <= now
    )


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
