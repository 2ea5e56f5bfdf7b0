"""A notice: a change that people may want to be told of."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.values.base import Instant, Name, Value


class Subject(StrEnum):
    """What a notice is about."""

    CHECK = "check"
    SCHEDULE = "schedule"
    MODEL = "model"


class Notice(Value):
    """What changed. Rules of alerts decide who is told."""

    subject: Subject
    name: Name
    before: str
    after: str
    """A state of a check, or the state in which a schedule's dispatch ended."""
    at: Instant
    detail: str
    key: Annotated[str, Field(min_length=1, max_length=100)]
    """Names this change and no other, e.g. `flip:12` or `dispatch:7`: it is told of once."""
    is_recovery: bool = False
    """Whether all is well again."""
    request_id: str | None = None
    """The request in whose course it came about (its `X-Request-ID`), where there was one."""
