"""Looks at how far a model has drifted: its recent requests beside the samples of its versions.

This takes seconds of a processor and much memory: it is for a process of its own.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from app.db.engine import reading
from app.db.models import ModelStore
from app.db.predictions import PredictionStore
from app.inference.answering import given
from app.inference.comparing import Comparison
from app.services.health_records import HealthRecords
from app.services.missing import no_model
from app.values.model import Version
from app.values.model_health import ModelHealth
from app.values.prediction import PredictionFilter, PredictionKind, PredictionSummary

_PAGE = 500
"""Requests that are looked up at once."""
_CASES = 1000
"""Cases beyond which no further request is read in the same query."""


class ModelLookService:
    """The use case of looking at requests."""

    def __init__(self, engine: sa.Engine, records: HealthRecords) -> None:
        self._reading = reading(engine)
        self._records = records
        self._bounds = records.bounds

    def models(self) -> list[str]:
        """Return the names of all models."""
        with self._reading.begin() as connection:
            return [model.name for model in ModelStore(connection).all()]

    def look(self, name: str, *, now: datetime) -> list[ModelHealth]:
        """Look at a model, and record how each version stands that was asked something lately.

        Raises NotFoundError for an unknown model.
        """
        with self._reading.begin() as connection:
            models = ModelStore(connection).all(name=name)
            versions = ModelStore(connection).versions(name)
        if not models:
            raise no_model(name)
        by_number = {version.number: version for version in versions}
        since = now - timedelta(hours=self._bounds.window_hours)
        [model] = models
        wanted = PredictionFilter(
            model=model.name, since=since, until=now, kind=PredictionKind.LIVE
        )
        found = self._compared(by_number, wanted)
        return [
            self._records.add(
                self._records.judged(by_number[number], comparison, (since, now), model.serving),
                now,
            )
            for number, comparison in sorted(found.items())
            if comparison.cases
        ]

    def _compared(
        self, versions: dict[int, Version], wanted: PredictionFilter
    ) -> dict[int, Comparison]:
        """Read the newest requests, and compare each version's cases with its sample."""
        found: dict[int, Comparison] = {}
        for requests in self._pages(wanted):
            for number in {one.version for one in requests} & versions.keys():
                if number not in found:
                    found[number] = self._comparison(versions[number])
                self._add(found[number], [one for one in requests if one.version == number])
            if len(found) == len(versions) and all(map(self._is_full, found.values())):
                break
        return found

    def _is_full(self, comparison: Comparison) -> bool:
        return comparison.cases >= self._bounds.cases

    def _pages(self, wanted: PredictionFilter) -> Iterator[list[PredictionSummary]]:
        """Yield requests, the newest first, up to a bound."""
        before: str | None = None
        for _ in range(-(-self._bounds.requests // _PAGE)):
            with self._reading.begin() as connection:
                page, before = PredictionStore(connection).summaries(
                    wanted, before=before, limit=_PAGE, look=_PAGE
                )
            yield page
            if before is None:
                return

    def _comparison(self, version: Version) -> Comparison:
        with self._reading.begin() as connection:
            sample = ModelStore(connection).sample(version)
        return Comparison(version.signature, sample, bins=self._bounds.bins)

    def _add(self, comparison: Comparison, requests: list[PredictionSummary]) -> None:
        for ids in _groups(requests, self._bounds.cases - comparison.cases):
            left = self._bounds.cases - comparison.cases
            with self._reading.begin() as connection:
                for _, case in islice(PredictionStore(connection).cases(ids), left):
                    comparison.add(case.inputs, given(case.output))


def _groups(requests: list[PredictionSummary], most: int) -> Iterator[list[str]]:
    """Yield ids of requests that are read at once, up to `most` cases in all.

    A query gives the oldest first: a group ends with the request in which the bound is reached.
    """
    ids: list[str] = []
    cases = 0
    for one in requests:
        if most <= 0:
            return
        ids.append(one.id)
        cases += one.cases
        if cases >= min(_CASES, most):
            yield ids
            most -= cases
            ids, cases = [], 0
    if ids:
        yield ids
