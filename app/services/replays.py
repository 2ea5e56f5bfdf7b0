"""Replays: a request on record is answered again, by its own version or by another one."""

import itertools
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
import uuid_utils

from app.db.prediction_entries import Entry, insert
from app.errors import AppError
from app.inference.trial import Trial
from app.services.case_runs import Versions
from app.services.predictions import PredictionService
from app.services.requests import ENCODER
from app.services.room import Room
from app.services.scopes import require_model
from app.settings_sections import Durability, Showroom
from app.values.account import Scope
from app.values.case_run import label_changed, moved
from app.values.model import Version
from app.values.prediction import Case, PredictionRecord
from app.values.replay import Replay, ReplayedCase


class ReplayService:
    """The use case of answering again what is on record."""

    def __init__(
        self,
        engine: sa.Engine,
        predictions: PredictionService,
        models: Versions,
        bounds: Showroom,
    ) -> None:
        self._engine = engine
        self._predictions = predictions
        self._models = models
        self._bounds = bounds
        self._room = Room(bounds.replays, "requests are being replayed already (showroom.replays)")

    def replay(
        self,
        request_id: str,
        number: int | None,
        *,
        caller: str,
        now: datetime,
        scope: Scope = Scope(),  # noqa: B008 - it is frozen
    ) -> Replay:
        """Answer a request again by a version, None: its own, and put that on record as a replay.

        Inputs that the version does not have are left out; a case that it cannot take is told and
        has no answer. No shadow is asked, and nothing of it counts as live. Raises NotFoundError,
        ForbiddenError for a model that is not in the asker's `scope`, ModelError for a version that
        does not load, and BusyError.
        """
        with self._room:
            asked = self._predictions.get(request_id)
            require_model(scope, asked.model)
            version = self._models.version(asked.model, number or asked.version)
            return self._answered(asked, version, caller=caller, now=now)

    def _answered(
        self, asked: PredictionRecord, version: Version, *, caller: str, now: datetime
    ) -> Replay:
        serving, start = self._models.one(version.model).serving, time.perf_counter()
        trial = Trial(self._models.load(version), version.signature, serving.unknown_categories)
        cases = list(_cases(asked, version, trial))
        made = _entry(asked, version, cases, caller=caller, now=now)
        made.infer_seconds = time.perf_counter() - start
        durability = serving.durability or self._bounds.durability
        is_recorded = bool(made.inputs) and durability is not Durability.OFF
        if is_recorded:
            with self._engine.begin() as connection:
                insert(connection, [made])
        return _replay(asked, version, cases, made.id if is_recorded else None)


def _cases(asked: PredictionRecord, version: Version, trial: Trial) -> Iterator[ReplayedCase]:
    """Yield each case with its answer then and now; those that have one are numbered anew."""
    names, numbers = set(version.signature.input_names), itertools.count()
    given = [_only(case.inputs, names) for case in asked.cases]
    for case, inputs, answer in zip(asked.cases, given, trial.answers(given), strict=True):
        shared = {"number": case.number, "before": case.output, "outcome": case.outcome}
        if isinstance(answer, AppError):
            yield ReplayedCase(
                **shared, recorded_as=None, inputs=inputs, after=None, error=answer.detail
            )
            continue
        yield ReplayedCase(
            **shared,
            recorded_as=next(numbers),
            inputs=trial.seen(inputs),
            after=answer,
            label_changed=label_changed(case.output, answer),
            moved=moved(case.output, answer),
        )


def _only(inputs: Case, names: Collection[str]) -> Case:
    return {name: value for name, value in inputs.items() if name in names}


def _entry(
    asked: PredictionRecord,
    version: Version,
    cases: Sequence[ReplayedCase],
    *,
    caller: str,
    now: datetime,
) -> Entry:
    """Return the record of what was answered."""
    answered = [(case.inputs, case.after) for case in cases if case.after is not None]
    labels = [after.get("label") for _, after in answered]
    return Entry(
        id=uuid_utils.uuid7().hex,
        model=version.model,
        version=version.number,
        caller=caller,
        received_at=now,
        queue_seconds=0.0,
        infer_seconds=0.0,
        inputs=[ENCODER.encode(inputs) for inputs, _ in answered],
        outputs=[ENCODER.encode(after) for _, after in answered],
        labels=[None if label is None else str(label) for label in labels],
        commit_by=float("inf"),
        replay_of=asked.id,
    )


def _replay(
    asked: PredictionRecord, version: Version, cases: Sequence[ReplayedCase], made: str | None
) -> Replay:
    recorded = list(dict.fromkeys(name for case in asked.cases for name in case.inputs))
    names = version.signature.input_names
    moves = [case.moved for case in cases if case.moved is not None]
    return Replay(
        id=made,
        replay_of=asked.id,
        model=version.model,
        before=asked.version,
        version=version.number,
        left_out=tuple(name for name in recorded if name not in names),
        missing=tuple(name for name in names if name not in recorded),
        unanswered=sum(case.after is None for case in cases),
        labels_changed=sum(case.label_changed for case in cases),
        moved_most=max(moves, default=None),
        cases=tuple(cases),
    )
