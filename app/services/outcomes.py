"""Outcomes: what turned out to be true is told, checked, judged and kept."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa

from app.db.engine import reading
from app.db.events import EventStore
from app.db.models import ModelStore
from app.db.outcomes import OutcomeStore
from app.errors import InvalidCasesError, NotFoundError
from app.services.judging import as_outcome, judge
from app.services.missing import not_recorded
from app.values.outcome import Answered, JudgedCase, Outcome, OutcomesTold, TellOutcomes
from app.values.signature import Outputs

Told = Mapping[int, Outcome | None]
"""Outcomes by the numbers of their cases; None takes one back."""


class OutcomeService:
    """The use case of telling outcomes."""

    def __init__(self, engine: sa.Engine, *, most_faults: int) -> None:
        self._engine = engine
        self._most_faults = most_faults

    def tell(
        self,
        request_id: str,
        told: TellOutcomes,
        *,
        actor: str,
        now: datetime,
        is_text: bool = False,
    ) -> OutcomesTold:
        """Keep outcomes of a request's cases, and of the same cases where shadows answered them.

        What was told before is replaced. `is_text`: outcomes are texts that stand for the model's
        own values. Raises NotFoundError, InvalidRequestError, InvalidCasesError.
        """
        judged = self._judged(request_id, told, is_text=is_text)
        with self._engine.begin() as connection:
            store = OutcomeStore(connection)
            if not (found := [one for one in store.lock(request_id) if one.id in judged]):
                raise not_recorded(request_id)
            asked, *shadows = found
            numbers = told.by_case(asked.cases).keys()
            for request in found:
                store.put(request, numbers, judged[request.id], actor=actor, now=now)
            detail = told.model_dump(mode="json", exclude_defaults=True, exclude={"outcomes"})
            EventStore(connection).add(
                f"prediction:{asked.id}",
                "outcome told",
                now,
                actor=actor,
                detail=detail | {"cases": len(numbers)},
            )
            return OutcomesTold(
                id=asked.id,
                cases=asked.cases,
                known=store.known(asked.id),
                shadows=tuple(one.id for one in shadows),
            )

    def _judged(
        self, request_id: str, told: TellOutcomes, *, is_text: bool
    ) -> dict[str, list[JudgedCase]]:
        """Return the judged cases of a request and of its shadows, by their ids.

        It takes its time before the transaction that holds up others: answers never change.
        """
        with reading(self._engine).begin() as connection:
            store = OutcomeStore(connection)
            if not (found := store.find(request_id)):
                raise not_recorded(request_id)
            given, outputs = told.by_case(found[0].cases), _outputs(connection, found[0])
            outcomes = self._checked(given, outputs, is_text=is_text)
            return {
                one.id: list(_judged(store, one, outcomes, _outputs(connection, one)))
                for one in found
            }

    def _checked(self, told: Told, outputs: Outputs, *, is_text: bool) -> Told:
        """Return the outcomes as the version's answers are typed. Raises InvalidCasesError."""
        found, faults = dict(told), []
        for number, outcome in told.items():
            try:
                if outcome is not None:
                    found[number] = as_outcome(outcome, outputs, is_text=is_text)
            except ValueError as error:
                faults.append({"case": number, "field": "outcome", "reason": str(error)})
        if faults:
            some = faults[: self._most_faults]
            more = "; and more" if len(faults) > len(some) else ""
            sentences = (f"case {one['case']}, outcome: {one['reason']}" for one in some)
            raise InvalidCasesError("; ".join(sentences) + more, errors=some)
        return found


def _outputs(connection: sa.Connection, request: Answered) -> Outputs:
    """Return what the version that answered gives. Raises NotFoundError."""
    found = ModelStore(connection).version(request.model, request.version)
    if found is None:
        raise NotFoundError(
            f"version {request.version} of {request.model!r}, which answered, is not registered "
            "here; register it again"
        )
    return found.signature.outputs


def _judged(
    store: OutcomeStore, request: Answered, told: Told, outputs: Outputs
) -> Iterator[JudgedCase]:
    """Yield the cases whose outcome is known, judged by the request's own answers."""
    known = {number: outcome for number, outcome in told.items() if outcome is not None}
    answers = store.outputs(request.id, known)
    for number, output in answers.items():
        outcome = known[number]
        fields = judge(output, _of_version(outcome, outputs), outputs).model_dump()
        yield JudgedCase(number=number, outcome=outcome, **fields)


def _of_version(outcome: Outcome, outputs: Outputs) -> Outcome:
    """Return an outcome as a version names it; one that it does not know stays as it is.

    Versions may type their classes differently: what reads the same is the same.
    """
    try:
        return as_outcome(outcome, outputs, is_text=True)
    except ValueError:
        return outcome
