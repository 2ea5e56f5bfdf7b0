"""How good the versions of a model are in service, by the outcomes that were told."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa

from app.db.engine import reading
from app.db.models import ModelStore
from app.db.performance import PerformanceStore
from app.errors import InvalidRequestError
from app.services.missing import no_model
from app.values.performance import (
    Performance,
    PerformanceFilter,
    PerformanceSeries,
    PerformanceSpan,
    VersionFigures,
    VersionPerformance,
    rates,
)
from app.values.prediction import PredictionKind

_ORDER = list(PredictionKind)
_LOOK_BACK = timedelta(days=30)


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
        found.sort(key=_by_role)
        return Performance(
            model=models[0].name,
            since=wanted.since,
            until=wanted.until,
            versions=tuple(found),
        )

    def series(
        self, name: str, wanted: PerformanceFilter, *, parts: int, now: datetime
    ) -> PerformanceSeries:
        """Return how good versions were in `parts` spans of a time, by default the last 30 days.

        Raises NotFoundError for an unknown model, InvalidRequestError.
        """
        edges = _edges(wanted, parts, now)
        with self._engine.begin() as connection:
            models = ModelStore(connection).all(name=name)
            if not models:
                raise no_model(name)
            spans = [
                _span(connection, models[0].name, wanted.model_copy(update=span))
                for span in ({"since": a, "until": b} for a, b in pairwise(edges))
            ]
        return PerformanceSeries(model=models[0].name, spans=tuple(spans))


def _span(connection: sa.Connection, model: str, wanted: PerformanceFilter) -> PerformanceSpan:
    found = PerformanceStore(connection, model, wanted).totals()
    found.sort(key=_by_role)
    return PerformanceSpan(since=wanted.since, until=wanted.until, versions=tuple(found))


def _by_role(one: VersionFigures) -> tuple[int, int]:
    return one.version, _ORDER.index(one.kind)


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
        yield VersionPerformance(**dict(total), **parts)


def _edges(wanted: PerformanceFilter, parts: int, now: datetime) -> list[datetime]:
    """Return where spans begin and end. Raises InvalidRequestError for a time of no length."""
    until = wanted.until or now
    since = wanted.since or until - _LOOK_BACK
    if since >= until:
        raise InvalidRequestError("query.since: it must be before `until`")
    return [since + (until - since) * part / parts for part in range(parts + 1)]
