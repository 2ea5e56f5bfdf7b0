"""Predictions on record: requests, and the prediction for each of their cases."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema, computed_field

from app.values.base import Instant, Name, Value
from app.values.signature import ClassLabel

Case = dict[str, Any]
"""The inputs of one case by name, as JSON carries them."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Some cases like those that a version was trained on, and what it answers to them."""

    cases: list[Case]
    answers: list[ClassLabel | None]
    """Labels or values, one for each case; none of versions registered before they were kept."""


NO_SAMPLE = Sample(cases=[], answers=[])


def _request_id(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{32}", text):
        message = (
            f"{text[:50]!r} is no id of a request: it has 32 hexadecimal digits, as `id` of its "
            "answer and of GET /showroom/predictions"
        )
        raise ValueError(message)
    return text


RequestId = Annotated[
    str,
    AfterValidator(_request_id),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{32}$"}),
]
"""A UUID of version 7, 32 hexadecimal digits: later ones are greater."""

SLACK_SECONDS = 10
"""How far the time in an id may be from the request's `received_at`."""
_LAST_MILLISECOND = 2**48 - 1


def first_id(moment: datetime, slack_seconds: int = 0) -> str:
    """Return the least id of the moment, `slack_seconds` later: ids begin with milliseconds."""
    millisecond = int((moment.timestamp() + slack_seconds) * 1000)
    return f"{min(max(millisecond, 0), _LAST_MILLISECOND):012x}{0:020x}"


class PredictionKind(StrEnum):
    """Why a request was answered."""

    LIVE = "live"
    """Somebody asked."""
    SHADOW = "shadow"
    """A shadow version answered too; nobody got the answer."""
    REPLAY = "replay"
    """A recorded request was repeated."""
    TRIAL = "trial"
    """Somebody tried the model out, as a form does while it is filled in."""


def kind_of(shadow_of: str | None, replay_of: str | None, *, trial: bool) -> PredictionKind:
    """Return why a request was answered."""
    if shadow_of is not None:
        return PredictionKind.SHADOW
    if replay_of is not None:
        return PredictionKind.REPLAY
    return PredictionKind.TRIAL if trial else PredictionKind.LIVE


class PredictionCase(Value):
    """One case of a request with its prediction."""

    number: int
    """The place in the request, from 0."""
    inputs: Case
    output: dict[str, Any]
    """`label` and `probabilities` by class, or `value`, or `values`."""
    outcome: bool | int | float | str | None = None
    """What turned out to be true."""
    outcome_at: Instant | None = None


class PredictionHead(Value):
    """What is known of an answered request beside its cases."""

    id: str
    model: Name
    version: int
    caller: str
    received_at: Instant
    queue_seconds: float
    infer_seconds: float
    shadow_of: str | None = None
    """The request that a shadow version answered too."""
    replay_of: str | None = None
    """The request that this one repeats."""
    trial: bool = False
    """Whether it was only tried out, as its asker said."""

    @computed_field  # type: ignore[prop-decorator] # mypy takes no decorator on a property
    @property
    def kind(self) -> PredictionKind:
        """Why it was answered."""
        return kind_of(self.shadow_of, self.replay_of, trial=self.trial)


class PredictionRecord(PredictionHead):
    """One answered request, whole."""

    cases: tuple[PredictionCase, ...]
    shadows: tuple[str, ...] = ()
    """What shadow versions answered to it."""


class PredictionSummary(PredictionHead):
    """One answered request without its cases."""

    cases: int
    """How many it has."""


class PredictionOverview(PredictionSummary):
    """One answered request as lists show it."""

    case: PredictionCase
    """The first one that fits the filter."""


class PredictionFilter(Value):
    """Which requests a list shows, and which of their cases."""

    model: Name | None = None
    version: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    since: Instant | None = None
    until: Instant | None = None
    """Received in `[since, until)`."""
    caller: Annotated[str | None, Field(max_length=100)] = None
    kind: PredictionKind | None = None
    label: Annotated[str | None, Field(max_length=255)] = None
    """Predicted for one of the cases."""
    text: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    """Found in the inputs of a case as JSON: names and values."""
    outcome: bool | None = None
    """Whether it is known of a case what turned out to be true."""

    @property
    def is_of_cases(self) -> bool:
        """Whether the cases must be looked at."""
        return (self.label, self.text, self.outcome) != (None, None, None)

    @property
    def is_scanned(self) -> bool:
        """Whether no index tells what fits, so that what is looked at must have a bound."""
        return self.is_of_cases or (self.version, self.caller, self.kind) != (None, None, None)
