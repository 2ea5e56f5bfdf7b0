"""The records of how far models have drifted: what a comparison means, and who is told of it."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from app.db.model_health import ModelHealthStore
from app.db.models import ModelStore
from app.db.schedules import ScheduleStore
from app.inference.comparing import Comparison
from app.services.alerts import AlertService
from app.settings_sections import Health
from app.values.model import Version
from app.values.model_health import HealthState, InputHealth, ModelHealth, NewHealth, signs
from app.values.notice import Notice, Subject
from app.values.schedule import StoredSchedule
from app.values.serving import Serving


class HealthRecords:
    """Judges by the thresholds of the settings, and puts it on record."""

    def __init__(self, engine: sa.Engine, alerts: AlertService, bounds: Health) -> None:
        self.bounds = bounds
        self._engine = engine
        self._alerts = alerts

    def judged(
        self,
        version: Version,
        comparison: Comparison,
        window: tuple[datetime, datetime],
        serving: Serving,
        *,
        schedule: str | None = None,
        dispatch: int | None = None,
    ) -> NewHealth:
        """Return what a comparison of cases in `[start, end)` means, as the model is served."""
        signed = partial(self._signed, serving.drift_ignores)
        inputs, answers = tuple(map(signed, comparison.inputs())), comparison.answers()
        new = NewHealth(
            model=version.model,
            version=version.number,
            is_live=version.live,
            schedule=schedule,
            dispatch=dispatch,
            state=HealthState.UNKNOWN,
            since=window[0],
            until=window[1],
            cases=comparison.cases,
            sample_cases=comparison.sample_cases,
            labels=comparison.labels(),
            inputs=inputs,
            answers=answers and signed(answers),
        )
        return new.model_copy(update={"state": self._state(new)})

    def _signed(self, ignored: Collection[str], one: InputHealth) -> InputHealth:
        return one.model_copy(update={"signs": tuple(signs(one, self.bounds, ignored))})

    def _state(self, found: NewHealth) -> HealthState:
        if not found.sample_cases or found.cases < self.bounds.least_cases:
            return HealthState.UNKNOWN
        is_drifted = any(one.signs for one in found.parts)
        return HealthState.DRIFTED if is_drifted else HealthState.WELL

    def add(self, new: NewHealth, now: datetime) -> ModelHealth:
        """Put on record what was found, and tell of it, in one transaction."""
        with self._engine.begin() as connection:
            ModelStore(connection).lock(new.model)  # two looks at once tell of a change once
            store = ModelHealthStore(connection)
            before = store.last_known(new.model, new.schedule) or HealthState.WELL
            added = store.add(new, now)
            if added.is_telling:
                self._tell(connection, added, before)
        return added

    def _tell(self, connection: sa.Connection, found: ModelHealth, before: HealthState) -> None:
        """Tell that a model drifts; and that it is well once no other origin's rows drift."""
        is_recovery = found.state is HealthState.WELL
        if not is_recovery and before is HealthState.DRIFTED:
            return
        if is_recovery and (
            not self._alerts.is_told(connection, Subject.MODEL, found.model)
            or self._drifts(connection, found.model)
        ):
            return
        notice = Notice(
            subject=Subject.MODEL,
            name=found.model,
            before=HealthState.DRIFTED if is_recovery else before,
            after=found.state,
            at=found.computed_at,
            detail=found.in_words,
            key=f"health:{found.id}",
            is_recovery=is_recovery,
        )
        self._alerts.note(connection, notice)

    def _drifts(self, connection: sa.Connection, model: str) -> bool:
        """Tell whether a model drifts still, by requests or by a schedule that runs it."""
        schedules = ScheduleStore(connection)
        for name in ModelHealthStore(connection).drifted(model):
            found = None if name is None else schedules.get(name)
            if name is None or (isinstance(found, StoredSchedule) and found.spec.model == model):
                return True
        return False
