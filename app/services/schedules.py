"""Schedules: declare, list, read."""

from datetime import datetime

import sqlalchemy as sa

from app.db.events import EventStore
from app.db.schedules import ScheduleStore
from app.errors import NotFoundError
from app.values.schedule import Schedule, StoredSchedule


class ScheduleService:
    """The use cases of schedules."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def all(self) -> list[StoredSchedule]:
        """Return all schedules."""
        with self._engine.begin() as connection:
            return ScheduleStore(connection).all()

    def get(self, name: str) -> StoredSchedule:
        """Return one schedule. Raises NotFoundError."""
        with self._engine.begin() as connection:
            found = ScheduleStore(connection).get(name)
        if found is None:
            raise NotFoundError(
                f"there is no schedule {name!r}; `disparo schedules list` shows them"
            )
        return found

    def declare(self, spec: Schedule, declared_in: str, *, now: datetime) -> bool:
        """Make the schedule be as a file declares it; return whether that changed anything."""
        with self._engine.begin() as connection:
            store = ScheduleStore(connection)
            old = store.get(spec.name)
            if old is not None and (old.spec, old.declared_in) == (spec, declared_in):
                return False
            store.put(spec, declared_in, now)
            actor = f"file:{declared_in}"
            EventStore(connection).add(f"schedule:{spec.name}", "declared", now, actor=actor)
            return True
