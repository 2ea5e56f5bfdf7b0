"""How far models have drifted, as looks at them found, and how long that is kept."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.engine import reading
from app.db.model_health import ModelHealthStore
from app.db.models import ModelStore
from app.errors import NotFoundError
from app.services.missing import no_model
from app.settings_sections import Health
from app.values.model_health import ModelHealth

_AT_ONCE = 1000
"""Most rows that one transaction removes."""


class ModelHealthService:
    """The use cases of reading what was found, and of letting it go."""

    def __init__(self, engine: sa.Engine, bounds: Health) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._bounds = bounds

    def page(
        self, name: str, *, version: int | None = None, before: int | None = None, limit: int = 10
    ) -> list[ModelHealth]:
        """Return what was found of a model, the newest first; `before` is the last id of before.

        Raises NotFoundError for an unknown model.
        """
        with self._reading.begin() as connection:
            models = ModelStore(connection).all(name=name)
            if not models:
                raise no_model(name)
            store = ModelHealthStore(connection)
            return store.page(models[0].name, version=version, before=before, limit=limit)

    def newest(self, name: str, version: int | None = None) -> ModelHealth:
        """Return what was found last of a version, by default of the live one.

        Raises NotFoundError for an unknown model, and where nothing was found yet.
        """
        with self._reading.begin() as connection:
            models = ModelStore(connection).all(name=name)
            if not models:
                raise no_model(name)
            number = version or models[0].live
            store = ModelHealthStore(connection)
            found = store.page(models[0].name, version=number, before=None, limit=1)
        if not found:
            raise NotFoundError(
                f"nothing is known yet of the health of version {number} of {name!r}: it was asked "
                f"nothing within health.window_hours; `disparo models health {name} --compute` "
                "looks again"
            )
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
