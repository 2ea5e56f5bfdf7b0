"""How far models have drifted, as looks at them found, and how long that is kept."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.engine import reading
from app.db.model_health import ModelHealthStore
from app.db.models import ModelStore
from app.db.schedules import ScheduleStore
from app.errors import NotFoundError
from app.services.edits import no_schedule
from app.services.missing import no_model, no_version
from app.settings_sections import Health
from app.values.model import Model
from app.values.model_health import HealthFilter, HealthOrigin, ModelHealth

_AT_ONCE = 1000
"""Most rows that one transaction removes."""


class ModelHealthService:
    """The use cases of reading what was found, and of letting it go."""

    def __init__(self, engine: sa.Engine, bounds: Health) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._bounds = bounds

    def page(
        self, wanted: HealthFilter, *, before: int | None = None, limit: int = 10
    ) -> list[ModelHealth]:
        """Return what was found of a model, the newest first; `before` is the last id of before.

        Raises NotFoundError for an unknown model.
        """
        with self._reading.begin() as connection:
            model = _known(connection, wanted.model)
            named = wanted.model_copy(update={"model": model.name})
            return ModelHealthStore(connection).page(named, before=before, limit=limit)

    def newest(self, wanted: HealthFilter) -> ModelHealth:
        """Return what was found last: of a version's requests, by default the live one's.

        Of a schedule's dispatches, or all dispatches, it is that of any version. Raises
        NotFoundError for an unknown model, version or schedule, and where nothing was found yet.
        """
        with self._reading.begin() as connection:
            model = _known(connection, wanted.model)
            is_of_requests = wanted.origin is not HealthOrigin.DISPATCHES and not wanted.schedule
            number = wanted.version or (model.live if is_of_requests else None)
            named = wanted.model_copy(update={"model": model.name, "version": number})
            found = ModelHealthStore(connection).page(named, before=None, limit=1)
            if not found:
                raise _nothing(connection, named)
        return found[0]

    def remove_old(self, now: datetime) -> int:
        """Remove what is older than `health.keep_days`; return how many rows."""
        before, removed = now - timedelta(days=self._bounds.keep_days), 0
        while count := self._remove(before):
            removed += count
        return removed

    def _remove(self, before: datetime) -> int:
        with self._engine.begin() as connection:
            return ModelHealthStore(connection).remove(before, _AT_ONCE)


def _known(connection: sa.Connection, name: str) -> Model:
    models = ModelStore(connection).all(name=name)
    if not models:
        raise no_model(name)
    return models[0]


def _nothing(connection: sa.Connection, wanted: HealthFilter) -> NotFoundError:
    """Return the error that tells why nothing is known, and what to do."""
    number, schedule = wanted.version, wanted.schedule
    if number is not None and ModelStore(connection).version(wanted.model, number) is None:
        return no_version(wanted.model, number)
    if schedule is not None and ScheduleStore(connection).get(schedule) is None:
        return no_schedule(schedule)
    return NotFoundError(_unknown(wanted))


def _unknown(wanted: HealthFilter) -> str:
    of = f"version {wanted.version} of {wanted.model!r}" if wanted.version else f"{wanted.model!r}"
    if wanted.schedule or wanted.origin is HealthOrigin.DISPATCHES:
        by = f"schedule {wanted.schedule!r}" if wanted.schedule else "a schedule"
        return (
            f"nothing is known yet of the health of {of} by {by}: each dispatch that succeeds tells"
        )
    return (
        f"nothing is known yet of the health of {of}: it was asked nothing within "
        f"health.window_hours; `disparo models health {wanted.model} --compute` looks again, "
        "`--schedule NAME` tells of a schedule's rows"
    )
