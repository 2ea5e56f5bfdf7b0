"""The store of outcomes: what turned out to be true of predictions on record."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from app.db.showroom_tables import prediction_cases, prediction_outcomes, prediction_requests
from app.values.outcome import Answered, JudgedCase, Output
from app.values.prediction import kind_of

_requests, _cases, _outcomes = prediction_requests.c, prediction_cases.c, prediction_outcomes.c
_FIELDS = (
    _requests.id, _requests.model, _requests.version, _requests.received_at, _requests.cases,
    _requests.shadow_of, _requests.replay_of, _requests.trial,
)  # fmt: skip
_CHUNK = 500
"""Cases that are read or removed in one statement."""


class OutcomeStore:
    """Outcomes, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def lock(self, request_id: str) -> list[Answered]:
        """Return what `find` does; others can neither tell outcomes of it nor remove it meanwhile.

        On SQLite the transaction keeps all others from writing.
        """
        return self._found(request_id, sa.select(*_FIELDS).with_for_update())

    def find(self, request_id: str) -> list[Answered]:
        """Return a request, then its shadows; none if there is no such request."""
        return self._found(request_id, sa.select(*_FIELDS))

    def _found(self, request_id: str, fields: sa.Select[Any]) -> list[Answered]:
        query = fields.order_by(_requests.id)
        asked = self._connection.execute(query.where(_requests.id == request_id)).first()
        if asked is None:
            return []
        shadows = self._connection.execute(query.where(_requests.shadow_of == request_id))
        return list(map(_answered, [asked, *shadows]))

    def outputs(self, request_id: str, numbers: Collection[int]) -> dict[int, Output]:
        """Return what was answered to some cases of a request, by their numbers."""
        query = sa.select(_cases.number, _cases.output).where(_cases.request == request_id)
        return {
            row.number: msgspec.json.decode(row.output)
            for some in _chunks(numbers)
            for row in self._connection.execute(query.where(_cases.number.in_(some)))
        }

    def put(
        self,
        request: Answered,
        numbers: Collection[int],
        judged: Sequence[JudgedCase],
        *,
        actor: str,
        now: datetime,
    ) -> None:
        """Let what is known of these cases of a request be `judged`, and nothing else."""
        for some in _chunks(numbers):
            gone = prediction_outcomes.delete().where(_outcomes.request == request.id)
            self._connection.execute(gone.where(_outcomes.number.in_(some)))
        shared = {
            "request": request.id,
            "model": request.model,
            "version": request.version,
            "kind": request.kind,
            "received_at": request.received_at,
            "outcome_at": now,
            "actor": actor,
        }
        if judged:
            rows = [_row(one) | shared for one in judged]
            self._connection.execute(prediction_outcomes.insert(), rows)

    def known(self, request_id: str) -> int:
        """Return of how many cases of a request the outcome is known."""
        query = sa.select(sa.func.count()).where(_outcomes.request == request_id)
        found: int = self._connection.execute(query).scalar_one()
        return found


def _chunks(numbers: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(numbers)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def _answered(row: sa.Row[Any]) -> Answered:
    return Answered(
        id=row.id,
        model=row.model,
        version=row.version,
        kind=kind_of(row.shadow_of, row.replay_of, trial=row.trial),
        received_at=row.received_at,
        cases=row.cases,
    )


def _row(judged: JudgedCase) -> dict[str, Any]:
    row = judged.model_dump()
    return row | {"outcome": msgspec.json.encode(judged.outcome).decode()}
