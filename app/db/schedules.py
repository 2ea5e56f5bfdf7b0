"""The store of schedules."""

from datetime import datetime

import sqlalchemy as sa

from app.db.tables import schedules
from app.values.schedule import Schedule, StoredSchedule


class ScheduleStore:
    """Schedules, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self) -> list[StoredSchedule]:
        """Return all schedules by name."""
        rows = self._connection.execute(sa.select(schedules).order_by(schedules.c.name))
        return [_value(row) for row in rows]

    def get(self, name: str) -> StoredSchedule | None:
        """Return one schedule."""
        query = sa.select(schedules).where(schedules.c.name == name)
        row = self._connection.execute(query).first()
        return None if row is None else _value(row)

    def put(self, spec: Schedule, declared_in: str | None, at: datetime) -> None:
        """Add the schedule, or replace the one of its name."""
        fields = {"spec": spec.model_dump_json(), "declared_in": declared_in, "updated_at": at}
        change = schedules.update().where(schedules.c.name == spec.name).values(fields)
        if self._connection.execute(change).rowcount == 0:
            new = {"name": spec.name, "created_at": at, **fields}
            self._connection.execute(schedules.insert().values(new))


def _value(row: sa.Row[tuple[object, ...]]) -> StoredSchedule:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    del fields["name"]
    spec = Schedule.model_validate_json(fields.pop("spec"))
    return StoredSchedule(spec=spec, **fields)
