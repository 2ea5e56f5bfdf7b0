"""The store of how far models have drifted."""

import json
from datetime import datetime

import sqlalchemy as sa

from app.db.model_health_tables import model_health
from app.values.model_health import (
    HealthFilter,
    HealthOrigin,
    HealthState,
    ModelHealth,
    NewHealth,
)

_health = model_health.c
_IN_COLUMNS = {"model", "version", "is_live", "state", "schedule", "dispatch"}
_ORIGINS = {
    HealthOrigin.REQUESTS: _health.dispatch.is_(None),
    HealthOrigin.DISPATCHES: _health.dispatch.is_not(None),
}
_TELLING = sa.and_(
    sa.or_(_health.is_live, _health.dispatch.is_not(None)), _health.state != HealthState.UNKNOWN
)
"""Which of them people are told of: `NewHealth.is_telling`."""


class ModelHealthStore:
    """What looks at models found, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, new: NewHealth, at: datetime) -> ModelHealth:
        """Put on record what was found."""
        row = {
            **new.model_dump(include=_IN_COLUMNS),
            "computed_at": at,
            "document": new.model_dump_json(exclude=_IN_COLUMNS),
        }
        added = self._connection.execute(model_health.insert().values(row)).lastrowid
        return ModelHealth(id=added, computed_at=at, **dict(new))

    def page(self, wanted: HealthFilter, *, before: int | None, limit: int) -> list[ModelHealth]:
        """Return what was found of a model, the newest first; `before` is an id."""
        query = sa.select(model_health).where(_health.model == wanted.model)
        if wanted.version is not None:
            query = query.where(_health.version == wanted.version)
        if wanted.origin is not None:
            query = query.where(_ORIGINS[wanted.origin])
        if wanted.schedule is not None:
            query = query.where(_health.schedule == wanted.schedule)
        if before is not None:
            query = query.where(_health.id < before)
        rows = self._connection.execute(query.order_by(_health.id.desc()).limit(limit))
        return [_found(row) for row in rows]

    def last_known(self, model: str, schedule: str | None) -> HealthState | None:
        """Return how a model stood when that was last known, by a schedule's rows or by requests'.

        Of requests it is those of the version that was live then.
        """
        query = sa.select(_health.state).where(
            _health.model == model, _health.schedule.is_not_distinct_from(schedule), _TELLING
        )
        state = self._connection.scalar(query.order_by(_health.id.desc()).limit(1))
        return None if state is None else HealthState(state)

    def drifted(self, model: str) -> set[str | None]:
        """Return by which schedules' rows, or None: by whose requests, a model is drifted now."""
        newest = (
            sa.select(sa.func.max(_health.id))
            .where(_health.model == model, _TELLING)
            .group_by(_health.schedule)
        )
        query = sa.select(_health.schedule).where(
            _health.id.in_(newest), _health.state == HealthState.DRIFTED
        )
        return set(self._connection.scalars(query))

    def remove(self, before: datetime, most: int) -> int:
        """Remove some of what was found before an instant, the oldest first; return how many."""
        oldest = sa.select(_health.id, _health.computed_at).order_by(_health.id).limit(most)
        ids = [row.id for row in self._connection.execute(oldest) if row.computed_at < before]
        if ids:
            self._connection.execute(model_health.delete().where(_health.id.in_(ids)))
        return len(ids)


def _found(row: sa.Row[tuple[object, ...]]) -> ModelHealth:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    return ModelHealth(**fields | json.loads(fields.pop("document")))
