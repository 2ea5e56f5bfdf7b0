"""Stored cases: example inputs, with what a version should answer."""

from typing import Annotated

from pydantic import Field, FiniteFloat, StringConstraints

from app.values.base import Instant, Name, Value
from app.values.prediction import Case

Tag = Annotated[str, StringConstraints(pattern=r"^[\w.:/-]{1,50}$")]
Expected = bool | int | FiniteFloat | Annotated[str, Field(max_length=10_000)]
CaseId = Annotated[int, Field(ge=1, le=2**62)]


class NewCase(Value):
    """A case as a user gives it."""

    model: Name
    inputs: Case
    title: Annotated[str, Field(max_length=255)] = ""
    expected: Expected | None = None
    """The label, or the value, that a version must answer; None: none is known."""
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()


class StoredCase(NewCase):
    """A case that is kept."""

    id: int
    revision: int
    created_at: Instant
    updated_at: Instant


class Choice(Value):
    """Which of a model's cases are meant: by default all of them."""

    model: Name
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    """They have all of these."""
    case_ids: Annotated[tuple[CaseId, ...], Field(max_length=10_000)] | None = None
