"""The store of checks. One whose spec cannot be read comes with its fault, and stops no other."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.db.check_tables import check_results, check_rollups, check_standings, checks
from app.db.counters import CounterStore
from app.db.tables import schedules, sources
from app.values.check import Check, DatabaseTarget, ScheduleTarget
from app.values.check_view import StoredCheck
from app.values.standing import Standing

COUNTER = "checks"
"""Counts the changes of checks and maintenance windows."""
Row = tuple[StoredCheck, Standing | None]


class CheckStore:
    """Checks, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Count a change, and keep others from changing any check meanwhile."""
        CounterStore(self._connection).bump(COUNTER)

    def last_change(self) -> int:
        """Return the number of the newest change of checks and maintenance windows."""
        return CounterStore(self._connection).get(COUNTER)

    def all(self) -> list[StoredCheck]:
        """Return all checks, by name."""
        rows = self._connection.execute(sa.select(checks).order_by(checks.c.name))
        return [_check(dict(row._mapping)) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented name

    def ids(self) -> set[int]:
        """Return the ids of all checks."""
        return set(self._connection.scalars(sa.select(checks.c.id)))

    def get(self, name: str) -> StoredCheck | None:
        """Return one check."""
        row = self._connection.execute(sa.select(checks).where(checks.c.name == name)).first()
        return None if row is None else _check(dict(row._mapping))  # noqa: SLF001 - documented name

    def standing(self, check_id: int) -> Standing | None:
        """Return how a check stands; None: it was not looked at yet."""
        query = sa.select(check_standings.c.standing).where(check_standings.c.check == check_id)
        text = self._connection.execute(query).scalar()
        return None if text is None else _standing(text)

    def page(
        self,
        *,
        after: str = "",
        limit: int = 1_000_000,
        kind: str | None = None,
        state: str | None = None,
    ) -> list[Row]:
        """Return checks with how they stand, by name; `after` is the last of the page before."""
        query = (
            sa.select(checks, check_standings.c.standing)
            .outerjoin_from(checks, check_standings, check_standings.c.check == checks.c.id)
            .where(checks.c.name > after)
        )
        if kind is not None:
            query = query.where(checks.c.kind == kind)
        if state is not None:
            query = query.where(_in_state(state))
        rows = self._connection.execute(query.order_by(checks.c.name).limit(limit))
        return [_row(dict(row._mapping)) for row in rows]  # noqa: SLF001 - documented name

    def add(self, spec: Check, *, declared_in: str | None, now: datetime, paused: bool) -> None:
        """Add a check."""
        row = {
            "name": spec.name,
            "declared_in": declared_in,
            "created_at": now,
            "updated_at": now,
            "paused": paused,
            "revision": 1,
            **_fields(spec),
        }
        self._connection.execute(checks.insert().values(row))

    def change(self, check_id: int, now: datetime, **fields: Any) -> None:
        """Change fields of a check; `spec` takes a Check. It becomes a new revision."""
        if isinstance(spec := fields.get("spec"), Check):
            fields |= _fields(spec)
        change = checks.update().where(checks.c.id == check_id)
        self._connection.execute(
            change.values(updated_at=now, revision=checks.c.revision + 1, **fields)
        )

    def remove(self, check_id: int) -> None:
        """Remove a check and its results. Its flips and events stay."""
        self._connection.execute(checks.delete().where(checks.c.id == check_id))
        for table in (check_standings, check_rollups, check_results):
            self._connection.execute(table.delete().where(table.c.check == check_id))

    def missing(self, spec: Check) -> list[str]:
        """Return what the target names and does not exist."""
        match spec.target:
            case DatabaseTarget(source=name):
                return self._missing("source", sources, name)
            case ScheduleTarget(schedule=name):
                return self._missing("schedule", schedules, name)
            case _:
                return []

    def _missing(self, noun: str, table: sa.Table, name: str) -> list[str]:
        found = self._connection.execute(sa.select(table.c.id).where(table.c.name == name)).first()
        return [] if found else [f"there is no {noun} {name!r} (yet)"]


def _in_state(state: str) -> sa.ColumnElement[bool]:
    if state == "paused":
        return checks.c.paused
    found = check_standings.c.state == state
    if state == "unknown":
        found = found | check_standings.c.state.is_(None) | (check_standings.c.state == "paused")
    return ~checks.c.paused & found


def _fields(spec: Check) -> dict[str, Any]:
    return {"spec": spec.model_dump_json(), "kind": spec.target.kind}


def _row(fields: dict[str, Any]) -> Row:
    text = fields.pop("standing")
    return _check(fields), None if text is None else _standing(text)


def _check(fields: dict[str, Any]) -> StoredCheck:
    text = fields.pop("spec")
    try:
        return StoredCheck(spec=Check.model_validate_json(text), **fields)
    except ValidationError as error:
        return StoredCheck(spec=None, fault=f"the stored spec cannot be read: {error}", **fields)


def _standing(text: str) -> Standing | None:
    try:
        return Standing.model_validate_json(text)
    except ValidationError:  # kept by another release: the next look says anew how it stands
        return None
