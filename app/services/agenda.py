"""The agenda: what the scheduler follows, so that its jobs stay equal to the schedules."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.db.engine import reading
from app.db.schedules import ScheduleStore
from app.values.schedule import AnySchedule


class AgendaService:
    """Reads schedules and their changes, cheaply enough to be asked twice a second."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = reading(engine)

    def last_change(self) -> int:
        """Return the number of the newest change of any schedule."""
        with self._engine.begin() as connection:
            return ScheduleStore(connection).last_change()

    def changed_since(self, change: int) -> list[AnySchedule]:
        """Return the schedules with a change after `change`; removed ones are not among them."""
        with self._engine.begin() as connection:
            return ScheduleStore(connection).changed_since(change)

    def some(self, ids: Sequence[int]) -> list[AnySchedule]:
        """Return these schedules."""
        with self._engine.begin() as connection:
            return ScheduleStore(connection).some(ids)

    def revisions(self) -> dict[int, int]:
        """Return the revision of each schedule that has a next slot, by its id."""
        with self._engine.begin() as connection:
            return ScheduleStore(connection).revisions()

    def job_ids(self) -> list[str]:
        """Return the ids of all jobs in APScheduler's store."""
        with self._engine.begin() as connection:
            return ScheduleStore(connection).job_ids()
