"""The store of schedules. A row whose spec cannot be read is a DamagedSchedule, not an error."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.db.tables import apscheduler_jobs, counters, schedules
from app.values.schedule import AnySchedule, DamagedSchedule, Schedule, StoredSchedule


class ScheduleStore:
    """Schedules, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(
        self, *, after: str = "", limit: int = 1000, paused: bool | None = None
    ) -> list[AnySchedule]:
        """Return schedules by name; `after` is the last name of the page before."""
        query = sa.select(schedules).where(schedules.c.name > after)
        if paused is not None:
            query = query.where(schedules.c.paused == paused)
        rows = self._connection.execute(query.order_by(schedules.c.name).limit(limit))
        return [_value(row) for row in rows]

    def get(self, name: str, *, lock: bool = False) -> AnySchedule | None:
        """Return one schedule; `lock` keeps others from claiming or changing it meanwhile."""
        query = sa.select(schedules).where(schedules.c.name == name)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _value(row)

    def some(self, ids: Sequence[int]) -> list[AnySchedule]:
        """Return these schedules."""
        if not ids:
            return []
        query = sa.select(schedules).where(schedules.c.id.in_(ids))
        return [_value(row) for row in self._connection.execute(query)]

    def locked(self, ids: Sequence[int]) -> list[AnySchedule]:
        """Return these schedules, by id, and keep others from claiming or changing them.

        One that another holds just now is left out: it keeps nobody waiting.
        """
        query = sa.select(schedules).where(schedules.c.id.in_(ids)).order_by(schedules.c.id)
        rows = self._connection.execute(query.with_for_update(skip_locked=True))
        return [_value(row) for row in rows]

    def add(
        self,
        spec: Schedule,
        *,
        declared_in: str | None,
        now: datetime,
        due_at: datetime | None,
        paused: bool = False,
    ) -> StoredSchedule:
        """Add a schedule, whose slots count from now on."""
        row = {
            "name": spec.name,
            "spec": spec.model_dump_json(),
            "declared_in": declared_in,
            "created_at": now,
            "updated_at": now,
            "paused": paused,
            "revision": 1,
            "changed": self._next_change(),
            "claimed_until": now,
            "due_at": due_at,
        }
        self._connection.execute(schedules.insert().values(row))
        added = self.get(spec.name)
        assert isinstance(added, StoredSchedule)  # noqa: S101 - it was inserted above
        return added

    def change(self, schedule: AnySchedule, now: datetime, **fields: object) -> None:
        """Change fields of a schedule; `spec` takes a Schedule. It becomes a new revision."""
        if isinstance(spec := fields.get("spec"), Schedule):
            fields["spec"] = spec.model_dump_json()
        change = schedules.update().where(schedules.c.id == schedule.id)
        self._connection.execute(
            change.values(
                updated_at=now,
                revision=schedules.c.revision + 1,
                changed=self._next_change(),
                **fields,
            )
        )

    def remove(self, name: str) -> bool:
        """Remove the schedule; tell whether it was there."""
        self._next_change()
        gone = schedules.delete().where(schedules.c.name == name)
        return self._connection.execute(gone).rowcount > 0

    def claimed(self, far: Mapping[int, tuple[datetime, datetime | None]]) -> None:
        """Note until when slots are decided, and when the next is due. That is no change."""
        if not far:
            return
        change = schedules.update().where(schedules.c.id == sa.bindparam("which"))
        rows = [{"which": n, "claimed_until": u, "due_at": d} for n, (u, d) in far.items()]
        self._connection.execute(change, rows)

    def postpone(self, schedule_id: int, due_at: datetime) -> None:
        """Look at a schedule again at `due_at`; what is due by then is not decided yet."""
        change = schedules.update().where(schedules.c.id == schedule_id)
        self._connection.execute(change.values(due_at=due_at))

    def set_aside(self, schedule_id: int, fault: str) -> None:
        """Take a schedule that cannot be claimed out of the way."""
        change = schedules.update().where(schedules.c.id == schedule_id)
        self._connection.execute(change.values(fault=fault[:20_000], due_at=None))

    def overdue(self, before: datetime, limit: int) -> list[int]:
        """Return the ids of schedules that are due by `before`, the oldest first."""
        query = sa.select(schedules.c.id).where(schedules.c.due_at <= before)
        return list(self._connection.scalars(query.order_by(schedules.c.due_at).limit(limit)))

    def last_change(self) -> int:
        """Return the number of the newest change of any schedule."""
        query = sa.select(counters.c.value).where(counters.c.name == "schedules")
        return int(self._connection.execute(query).scalar_one())

    def changed_since(self, change: int) -> list[AnySchedule]:
        """Return the schedules with a change after `change`."""
        query = sa.select(schedules).where(schedules.c.changed > change)
        return [_value(row) for row in self._connection.execute(query)]

    def revisions(self) -> dict[int, int]:
        """Return the revision of each schedule that has a next slot, by id."""
        query = sa.select(schedules.c.id, schedules.c.revision)
        rows = self._connection.execute(query.where(schedules.c.due_at.is_not(None)))
        return {row.id: row.revision for row in rows}

    def job_ids(self) -> list[str]:
        """Return the ids of all of APScheduler's jobs."""
        return list(self._connection.scalars(sa.select(apscheduler_jobs.c.id)))

    def _next_change(self) -> int:
        """Take the next number. The row's lock puts changes in the order of their commits."""
        bump = counters.update().where(counters.c.name == "schedules")
        self._connection.execute(bump.values(value=counters.c.value + 1))
        return self.last_change()


def _value(row: sa.Row[tuple[object, ...]]) -> AnySchedule:
    return from_row(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def from_row(row: Mapping[Any, Any]) -> AnySchedule:
    """Return the schedule of a row of the table."""
    fields = dict(row)
    name, text, fault = fields.pop("name"), fields.pop("spec"), fields.pop("fault")
    del fields["changed"]
    try:
        if fault is None:
            return StoredSchedule(spec=Schedule.model_validate_json(text), **fields)
    except ValidationError as error:
        fault = f"the stored spec cannot be read: {error}"
    del fields["claimed_until"], fields["due_at"]
    return DamagedSchedule(name=name, fault=fault, **fields)
