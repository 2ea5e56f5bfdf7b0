"""Looks at how far a model has drifted: its recent requests beside the samples of its versions.

This takes seconds of a processor and much memory: it is for a process of its own.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from app.db.engine import reading
from app.db.model_health import ModelHealthStore
from app.db.models import ModelStore
from app.db.predictions import PredictionStore
from app.inference.comparing import Comparison
from app.services.alerts import AlertService
from app.services.missing import no_model
from app.settings_sections import Health
from app.values.model import Version
from app.values.model_health import HealthState, InputHealth, ModelHealth, NewHealth, signs
from app.values.notice import Notice, Subject
from app.values.prediction import PredictionFilter, PredictionKind, PredictionSummary

_PAGE = 500
"""Requests that are looked up at once."""
_CASES = 1000
"""Cases beyond which no further request is read in the same query."""


class ModelLookService:
    """The use case of looking; thresholds that are crossed are told of."""

    def __init__(self, engine: sa.Engine, alerts: AlertService, bounds: Health) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._alerts = alerts
        self._bounds = bounds

    def models(self) -> list[str]:
        """Return the names of all models."""
        with self._reading.begin() as connection:
            return [model.name for model in ModelStore(connection).all()]

    def look(self, name: str, *, now: datetime) -> list[ModelHealth]:
        """Look at a model, and record how each version stands that was asked something lately.

        Raises NotFoundError for an unknown model.
        """
        with self._reading.begin() as connection:
            versions = ModelStore(connection).versions(name)
        if not versions:
            raise no_model(name)
        by_number = {version.number: version for version in versions}
        wanted = PredictionFilter(
            model=versions[0].model,
            since=now - timedelta(hours=self._bounds.window_hours),
            until=now,
            kind=PredictionKind.LIVE,
        )
        found = self._compared(by_number, wanted)
        return [
            self._record(self._judged(by_number[number], comparison, wanted, now), now)
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
                    comparison.add(case.inputs, case.output.get("label"))

    def _judged(
        self, version: Version, comparison: Comparison, wanted: PredictionFilter, now: datetime
    ) -> NewHealth:
        inputs = tuple(
            one.model_copy(update={"signs": tuple(signs(one, self._bounds))})
            for one in comparison.inputs()
        )
        return NewHealth(
            model=version.model,
            version=version.number,
            is_live=version.live,
            state=self._state(comparison, inputs),
            since=wanted.since or now,
            until=now,
            cases=comparison.cases,
            sample_cases=comparison.sample_cases,
            labels=comparison.labels(),
            inputs=inputs,
        )

    def _state(self, comparison: Comparison, inputs: tuple[InputHealth, ...]) -> HealthState:
        if not comparison.sample_cases or comparison.cases < self._bounds.least_cases:
            return HealthState.UNKNOWN
        is_drifted = any(one.signs for one in inputs)
        return HealthState.DRIFTED if is_drifted else HealthState.WELL

    def _record(self, new: NewHealth, now: datetime) -> ModelHealth:
        """Put on record what was found, and tell of it, in one transaction."""
        with self._engine.begin() as connection:
            ModelStore(connection).lock(new.model)  # two looks at once tell of a change once
            store = ModelHealthStore(connection)
            before = store.last_known(new.model)
            added = store.add(new, now)
            self._tell(connection, added, before)
        return added

    def _tell(
        self, connection: sa.Connection, found: ModelHealth, before: HealthState | None
    ) -> None:
        """Tell of a live version that drifts, or drifts no more."""
        before = before or HealthState.WELL
        if not found.is_live or found.state in {HealthState.UNKNOWN, before}:
            return
        notice = Notice(
            subject=Subject.MODEL,
            name=found.model,
            before=before,
            after=found.state,
            at=found.computed_at,
            detail=found.in_words,
            key=f"health:{found.id}",
            is_recovery=found.state is HealthState.WELL,
        )
        self._alerts.note(connection, notice)


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
