"""A request on record, answered again, beside what was answered then."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.values.base import Name, Value
from app.values.case_run import Output
from app.values.outcome import Outcome
from app.values.prediction import Case


class ReplayOrder(Value):
    """What a request on record is to be answered by."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 1}]})

    version: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    """By default the one that answered then."""


class ReplayedCase(Value):
    """One case, with its answer then and now."""

    number: int
    """The place in the request that is replayed, from 0."""
    recorded_as: int | None
    """The place in the replay's own record; None: it is not there."""
    inputs: Case
    """What the version was given."""
    before: Output
    """What was answered then."""
    after: Output | None
    """None: the version gave no answer, and `error` says why."""
    error: str | None = None
    label_changed: bool = False
    moved: float | None = None
    """The largest change of a probability, or of a value as a share of the one before."""
    outcome: Outcome | None = None
    """What turned out to be true, as far as it was told of the request that is replayed."""


class Replay(Value):
    """A request answered again, case by case."""

    id: str | None
    """Of the replay's own record; None: no case was answered, or the model's are not recorded."""
    replay_of: str
    model: Name
    before: int
    """The version that answered then."""
    version: int
    left_out: tuple[str, ...]
    """Inputs on record that this version does not have."""
    missing: tuple[str, ...]
    """Inputs of this version that are not on record."""
    unanswered: int
    labels_changed: int
    moved_most: float | None
    """The largest move of a case; None: no case can be compared."""
    cases: tuple[ReplayedCase, ...]
