"""How good the versions of a model are in service, by the outcomes that were told."""

from collections.abc import Iterator

import sqlalchemy as sa

from app.db.engine import reading
from app.db.models import ModelStore
from app.db.performance import PerformanceStore
from app.services.missing import no_model
from app.values.performance import Performance, PerformanceFilter, VersionPerformance, rates
from app.values.prediction import PredictionKind

_ORDER = list(PredictionKind)


class PerformanceService:
    """The use case of judging versions by what turned out to be true."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = reading(engine)

    def of(self, name: str, wanted: PerformanceFilter) -> Performance:
        """Return how good a model's versions were. Raises NotFoundError for an unknown model."""
        with self._engine.begin() as connection:
            models = ModelStore(connection).all(name=name)
            if not models:
                raise no_model(name)
            found = list(_judged(PerformanceStore(connection, models[0].name, wanted)))
        found.sort(key=lambda one: (one.version, _ORDER.index(one.kind)))
        return Performance(
            model=models[0].name,
            since=wanted.since,
            until=wanted.until,
            versions=tuple(found),
        )


def _judged(store: PerformanceStore) -> Iterator[VersionPerformance]:
    confusion, calibration = store.confusion(), store.calibration()
    for total in store.totals():
        role = total.version, total.kind
        pairs = None if confusion is None else confusion.get(role, [])
        parts = {
            "confusion": None if pairs is None else tuple(pairs),
            "classes": None if pairs is None else rates(pairs),
            "calibration": tuple(calibration.get(role, ())),
        }
        yield total.model_copy(update=parts)
