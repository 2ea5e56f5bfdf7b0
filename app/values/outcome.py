"""Outcomes: what turned out to be true of predictions on record."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from app.errors import InvalidRequestError
from app.values.base import Instant, Name, Value
from app.values.case import Expected
from app.values.prediction import PredictionKind

Outcome = Expected
MOST = 1e150
"""The greatest number that may be an outcome, or be kept as an error: a double holds its square."""
_FORMS = (
    'tell {"outcome": …} for a request of one case, {"case": 0, "outcome": …} or '
    '{"outcomes": […]}, one for each case in their order, for several'
)


class TellOutcomes(Value):
    """What turned out to be true of one case, or of all cases; null takes it back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "late"}]})

    outcome: Outcome | None = None
    case: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    """The place of the case in its request, from 0; needed if there are several."""
    outcomes: Annotated[tuple[Outcome | None, ...], Field(max_length=1_000_000)] | None = None
    """For all cases, in their order."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        told = self.model_fields_set
        if self.outcomes is None and "outcome" in told and "outcomes" not in told:
            return self
        if self.outcomes is None or told != {"outcomes"}:
            raise ValueError(_FORMS)
        return self

    def by_case(self, cases: int) -> dict[int, Outcome | None]:
        """Return the outcomes by case of a request of so many. Raises InvalidRequestError."""
        if self.outcomes is not None:
            if len(self.outcomes) != cases:
                raise InvalidRequestError(
                    f"{len(self.outcomes)} outcomes for {cases} cases; send one for each, null "
                    "where it is not known"
                )
            return dict(enumerate(self.outcomes))
        if self.case is None and cases > 1:
            raise InvalidRequestError(f"the request has {cases} cases; {_FORMS}")
        if (case := self.case or 0) >= cases:
            raise InvalidRequestError(
                f"there is no case {case}; the request has {cases}, counted from 0"
            )
        return {case: self.outcome}


class OutcomesTold(Value):
    """What is known of a request after outcomes were told."""

    id: str
    cases: int
    known: int
    """Of how many cases the outcome is known."""
    shadows: tuple[str, ...]
    """What shadow versions answered, to which the outcomes apply too."""


class Judgement(Value):
    """How good one prediction was; what the model's task does not give is None."""

    label: str | None = None
    truth: str | None = None
    """Of a classifier: the class that was predicted, and the one that is true."""
    chance: float | None = None
    """Of two classes the probability of the last, else that of the label."""
    hit: bool | None = None
    """Whether what it is the probability of came true."""
    brier: float | None = None
    error: float | None = None
    """Of a regressor: the prediction less the outcome."""


class JudgedCase(Judgement):
    """One case with its outcome, as it is kept."""

    number: int
    outcome: Outcome


class Answered(Value):
    """A request on record whose cases are judged."""

    id: str
    model: Name
    version: int
    kind: PredictionKind
    received_at: Instant
    cases: int


Output = dict[str, Any]
"""`label` and `probabilities` by class, or `value`, or `values`."""
