"""Schedules: declare, list, read."""

from datetime import datetime

import sqlalchemy as sa

from app.db.events import EventStore
from app.db.schedules import ScheduleStore
from app.errors import ConflictError, NotFoundError
from app.values.schedule import AnySchedule, DamagedSchedule, Schedule, StoredSchedule


class ScheduleService:
    """The use cases of schedules."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def page(
        self, *, after: str = "", limit: int = 1000, paused: bool | None = None
    ) -> list[AnySchedule]:
        """Return schedules by name; `after` is the last name of the page before."""
        with self._engine.begin() as connection:
            return ScheduleStore(connection).page(after=after, limit=limit, paused=paused)

    def get(self, name: str) -> StoredSchedule:
        """Return one schedule. Raises NotFoundError, and ConflictError for a damaged one."""
        with self._engine.begin() as connection:
            found = ScheduleStore(connection).get(name)
        return sound(name, found)

    def declare(self, spec: Schedule, declared_in: str, *, now: datetime) -> bool:
        """Make the schedule be as a file declares it; return whether that changed anything."""
        with self._engine.begin() as connection:
            store = ScheduleStore(connection)
            old = store.get(spec.name, lock=True)
            due_at = next(spec.fires(now), None)
            if old is None:
                store.add(spec, declared_in=declared_in, now=now, due_at=due_at)
            elif not isinstance(old, StoredSchedule):
                store.change(
                    old, now, spec=spec, declared_in=declared_in, fault=None, claimed_until=now,
                    due_at=None if old.paused else due_at,
                )  # fmt: skip
            elif (old.spec, old.declared_in) == (spec, declared_in):
                return False
            else:
                store.change(
                    old, now, spec=spec, declared_in=declared_in, **moved(old, spec, now=now)
                )
            actor = f"file:{declared_in}"
            EventStore(connection).add(f"schedule:{spec.name}", "declared", now, actor=actor)
            return True


def moved(old: StoredSchedule, spec: Schedule, *, now: datetime) -> dict[str, object]:
    """Return how far a changed schedule is.

    Another trigger has other slots: those before now were never due, so they do not become so.
    """
    same = (old.spec.trigger, old.spec.active_from) == (spec.trigger, spec.active_from)
    claimed_until = old.claimed_until if same else max(old.claimed_until, now)
    due_at = None if old.paused else next(spec.fires(claimed_until), None)
    return {"claimed_until": claimed_until, "due_at": due_at}


def sound(name: str, found: AnySchedule | None) -> StoredSchedule:
    """Return the schedule that was found. Raises NotFoundError, and ConflictError if damaged."""
    if found is None:
        raise NotFoundError(f"there is no schedule {name!r}; `disparo schedules list` shows them")
    if isinstance(found, DamagedSchedule):
        raise ConflictError(
            f"schedule {name!r} is set aside: {found.fault}; put it anew, or delete it"
        )
    return found
