"""Alerts: rules that say who is told of what, and what becomes of each telling."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from app.values.base import Instant, Name, Value
from app.values.notice import Notice, Subject

Pattern = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._*?\[\]!-]+$", min_length=1, max_length=100)
]
"""A name, or a pattern of names: `*` any letters, `?` one, `[ab]` one of these."""
Patterns = Annotated[tuple[Pattern, ...], Field(max_length=1000)]


class Trouble(StrEnum):
    """A state that people may want to be told of."""

    DOWN = "down"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"
    PAUSED = "paused"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    DRIFTED = "drifted"


GRAVE = (Trouble.DOWN, Trouble.FAILED, Trouble.TIMED_OUT, Trouble.LOST, Trouble.DRIFTED)


class Rule(Value):
    """Who is told of what. The spec that a person writes."""

    name: Name
    description: Annotated[str, Field(max_length=10_000)] = ""
    checks: Patterns = ()
    schedules: Patterns = ()
    models: Patterns = ()
    states: Annotated[tuple[Trouble, ...], Field(min_length=1, max_length=20)] = GRAVE
    channels: Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)]
    reminder: Annotated[float, Field(ge=1, le=90 * 86_400)] | None = None
    """Seconds from one reminder to the next while the state lasts; None: no reminders."""
    recoveries: bool = True
    """Tell also that all is well again, to those who were told of the trouble."""
    repeats: bool = False
    """Tell also of what fails again in the same way, such as each dispatch of a schedule."""

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not (self.checks or self.schedules or self.models):
            message = 'it is about nothing; name checks, schedules or models ("*" is all of them)'
            raise ValueError(message)
        return self

    def covers(self, subject: Subject, name: str) -> bool:
        """Tell whether the rule is about this thing."""
        return any(fnmatchcase(name, pattern) for pattern in self._patterns(subject))

    def _patterns(self, subject: Subject) -> Sequence[str]:
        match subject:
            case Subject.CHECK:
                return self.checks
            case Subject.SCHEDULE:
                return self.schedules
            case Subject.MODEL:
                return self.models


class RuleOverview(Value):
    """A rule as it is shown."""

    name: Name
    spec: Rule | None
    """None: the stored one cannot be read, and `fault` says why."""
    revision: int
    """Grows with each change; its ETag."""
    declared_in: str | None
    """The file that declares it; the API refuses to edit such a rule."""
    created_at: Instant
    updated_at: Instant
    fault: str | None = None


class AlertState(StrEnum):
    """What became of an alert."""

    WAITING = "waiting"
    SENT = "sent"
    """The channel accepted it."""
    FAILED = "failed"
    """It is not tried any more."""


class Message(Value):
    """What a channel is told."""

    key: str
    """32 hexadecimal digits, the same at each attempt: by it a receiver knows what it has."""
    notice: Notice
    rule: Name | None = None
    reminder: int = 0
    """0: what happened; from 1 on, the number of the reminder that it still is so."""
    is_test: bool = False
    service: str = ""
    """Where people reach the service that tells it (`server.url`); empty: nobody has said."""


class Alert(Value):
    """One telling: of one notice, or of one reminder, to one channel."""

    id: int
    key: str
    """The idempotency key that the receiver sees."""
    channel: Name
    rule: Name
    notice: Notice
    reminder: int
    state: AlertState
    attempts: int
    created_at: Instant
    due_at: Instant
    """When it is tried next, as long as it waits."""
    ended_at: Instant | None = None
    detail: str | None = None
    """What came of the last attempt: in words, and what was answered or printed."""

    def message(self, service: str = "") -> Message:
        """Return what the channel is told, by the service that people reach there."""
        return Message(
            key=self.key,
            notice=self.notice,
            rule=self.rule,
            reminder=self.reminder,
            service=service,
        )


class AlertFilter(Value):
    """Which alerts a list shows."""

    channel: Name | None = None
    rule: Name | None = None
    subject: Subject | None = None
    name: Name | None = None
    state: AlertState | None = None


class Outcome(StrEnum):
    """What came of an attempt."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The receiver does not want it as it is; again and again would not help."""
    FAILED = "failed"
    """It may succeed later."""


class Delivery(Value):
    """One attempt."""

    outcome: Outcome
    detail: str
    """In words, without secrets."""
    retry_after: float | None = None
    """Seconds after which the receiver wants to be tried again."""
    remaining: tuple[str, ...] | None = None
    """Of several receivers, those who are still to be told; None: all."""


def wait_after(attempts: int, *, first: float, longest: float) -> timedelta:
    """Return the wait after so many attempts, of seconds: each is twice as long, up to a bound."""
    return timedelta(seconds=min(first * 2.0 ** min(attempts - 1, 30), longest))
