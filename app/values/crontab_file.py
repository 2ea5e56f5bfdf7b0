"""What becomes of a crontab's lines when it is imported."""

from enum import StrEnum

from app.values.base import Scalar, Value


class Action(StrEnum):
    """What a line does to its schedule."""

    CHANGE = "change"
    CREATE = "create"
    NONE = "nothing: it is so already"


class TakenLine(Value):
    """A line that gives a schedule its times."""

    line: int
    schedule: str
    action: Action
    cron: str
    timezone: str
    words: str
    parameters: dict[str, Scalar] = {}


class LeftOutLine(Value):
    """A line that is left out."""

    line: int
    text: str
    reason: str


class CrontabImport(Value):
    """What an import does, line by line."""

    taken: tuple[TakenLine, ...]
    left_out: tuple[LeftOutLine, ...]
    applied: bool
