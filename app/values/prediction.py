"""Predictions on record: requests, and the prediction for each of their cases."""

from typing import Any

from app.values.base import Instant, Name, Value

Case = dict[str, Any]
"""The inputs of one case by name, as JSON carries them."""


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


class PredictionRecord(Value):
    """One answered request."""

    id: str
    """A UUID of version 7, 32 hexadecimal digits: later ones are greater."""
    model: Name
    version: int
    caller: str
    received_at: Instant
    cases: tuple[PredictionCase, ...]
    queue_seconds: float
    infer_seconds: float
    shadow_of: str | None = None
    """The request that a shadow version answered too."""
    replay_of: str | None = None
    """The request that this one repeats."""
