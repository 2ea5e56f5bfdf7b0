"""Backfills: the slots of a stretch of time, dispatched after the fact."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile

import sqlalchemy as sa

from app import request_ids
from app.db.backfills import BackfillStore
from app.db.bulk import BulkStore
from app.db.dispatches import DispatchStore
from app.db.engine import reading
from app.db.events import EventStore
from app.db.schedules import ScheduleStore
from app.errors import CancelledError, ConfigurationError, NotFoundError
from app.services.edits import sound
from app.services.ends import cancel, cancel_waiting
from app.values.backfill import Backfill, BackfillPlan, BackfillRequest
from app.values.base import Instant
from app.values.dispatch import DispatchKind, NewDispatch, Order
from app.values.schedule import Schedule, StoredSchedule

_TICK = timedelta(microseconds=1)
_COUNTED = 20
"""So many times the limit of slots are looked at, before counting them ends."""
_LOWEST_PRIORITY = -100


class BackfillService:
    """The use cases of backfills."""

    def __init__(self, engine: sa.Engine, *, limit: int) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._limit = limit

    def plan(self, asked: BackfillRequest, *, now: datetime) -> BackfillPlan:
        """Return what a backfill would do. Raises NotFoundError, ConfigurationError."""
        with self._reading.begin() as connection:
            schedule = sound(asked.schedule, ScheduleStore(connection).get(asked.schedule))
            return self._planned(connection, schedule, asked, now=now)[0]

    def order(
        self, asked: BackfillRequest, *, at_once: int = 1, actor: str, now: datetime
    ) -> Backfill:
        """Queue one dispatch a slot, the oldest first, of which `at_once` run at once.

        They wait behind the schedule's own dispatches. All are queued, or none.
        """
        with self._engine.begin() as connection:
            found = ScheduleStore(connection).get(asked.schedule, lock=True)
            schedule = sound(asked.schedule, found)
            plan, slots = self._planned(connection, schedule, asked, now=now)
            made = BackfillStore(connection).add(plan, at_once=at_once, actor=actor, now=now)
            _queue(connection, schedule.spec, made, slots)
            detail = made.model_dump(mode="json", include={"id", "first", "until", "slots"})
            EventStore(connection).add(
                f"schedule:{asked.schedule}", "backfill", now, actor=actor, detail=detail
            )
            return _get(connection, asked.schedule, made.id)

    def page(self, schedule: str, *, before: int | None = None, limit: int = 50) -> list[Backfill]:
        """Return the backfills of a schedule, the newest first; `before` is the cursor."""
        with self._reading.begin() as connection:
            return BackfillStore(connection).of(schedule, before=before, limit=limit)

    def get(self, schedule: str, backfill_id: int) -> Backfill:
        """Return a backfill of a schedule, and how far it is. Raises NotFoundError."""
        with self._reading.begin() as connection:
            return _get(connection, schedule, backfill_id)

    def cancel(self, schedule: str, backfill_id: int, *, actor: str, now: datetime) -> Backfill:
        """Cancel all that waits of a backfill, and ask what runs to stop."""
        error = CancelledError(f"backfill {backfill_id} was cancelled by {actor}")
        with self._engine.begin() as connection:
            _get(connection, schedule, backfill_id)
            cancel_waiting(connection, error, backfill=backfill_id, actor=actor, now=now)
            for running in DispatchStore(connection).unfinished(_lane(backfill_id)):
                cancel(connection, running, error, actor=actor, now=now)
            return _get(connection, schedule, backfill_id)

    def _planned(
        self,
        connection: sa.Connection,
        schedule: StoredSchedule,
        asked: BackfillRequest,
        *,
        now: datetime,
    ) -> tuple[BackfillPlan, Sequence[datetime]]:
        spec = schedule.spec
        first, until = spec.instant(asked.first), spec.instant(asked.until)
        _check_stretch(spec, first, until, now=now)
        slots = self._slots(spec, first, until)
        busy = _pending(schedule, slots)
        if not asked.rerun:
            busy |= DispatchStore(connection).occupied(spec.name, first, until)
        free = [slot for slot in slots if slot not in busy]
        if len(free) > self._limit:
            raise self._too_many(str(len(free)))
        plan = BackfillPlan(
            schedule=spec.name,
            first=first,
            until=until,
            slots=len(slots),
            left_out=len(slots) - len(free),
        )
        return plan, free

    def _slots(self, spec: Schedule, first: datetime, until: datetime) -> list[datetime]:
        most = self._limit * _COUNTED
        within = takewhile(lambda slot: slot < until, spec.fires(first - _TICK))
        slots = list(islice(within, most + 1))
        if len(slots) > most:
            raise self._too_many(f"more than {most}")
        return slots

    def _too_many(self, count: str) -> ConfigurationError:
        return ConfigurationError(
            f"that would be {count} dispatches, and one backfill makes at most {self._limit} "
            "(scheduler.backfill_limit); take a shorter stretch of time",
            limit=self._limit,
        )


def _check_stretch(spec: Schedule, first: Instant, until: Instant, *, now: datetime) -> None:
    if spec.trigger is None:
        raise ConfigurationError(f"schedule {spec.name!r} runs only by hand: it has no slots")
    if until <= first:
        raise ConfigurationError("the end of a backfill (until) must be after its first instant")
    if until > now + _TICK:
        raise ConfigurationError(
            f"a backfill is of the past, and ends by now; slots from {spec.shown(now).isoformat()} "
            "on are dispatched when they are due"
        )


def _pending(schedule: StoredSchedule, slots: Sequence[datetime]) -> set[datetime]:
    """Return the slots that the scheduler is about to claim itself."""
    if schedule.paused:
        return set()
    return {slot for slot in slots if slot > schedule.claimed_until}


def _queue(
    connection: sa.Connection, spec: Schedule, backfill: Backfill, slots: Sequence[datetime]
) -> None:
    news = [_dispatch(spec, backfill, slot) for slot in slots]
    bulk = BulkStore(connection)
    bulk.add(news, backfill.created_at)
    bulk.note_queued(backfill.id, backfill.created_at, actor=backfill.actor)


def _dispatch(spec: Schedule, backfill: Backfill, slot: datetime) -> NewDispatch:
    return NewDispatch(
        order=Order(schedule=spec, slot=slot, request_id=request_ids.current()),
        kind=DispatchKind.BACKFILL,
        not_before=backfill.created_at,
        lane=_lane(backfill.id),
        lane_width=backfill.at_once,
        backfill=backfill.id,
        priority=max(_LOWEST_PRIORITY, spec.policies.priority - 1),
    )


def _lane(backfill_id: int) -> str:
    return f"backfill:{backfill_id}"


def _get(connection: sa.Connection, schedule: str, backfill_id: int) -> Backfill:
    found = BackfillStore(connection).get(backfill_id)
    if found is None or found.schedule != schedule:
        raise NotFoundError(f"schedule {schedule!r} has no backfill {backfill_id}")
    return found
