"""How a check stands: what its last looks come to, and what people know of it."""

from app.values.base import Instant, Name, Value
from app.values.check import Result, State


class Standing(Value):
    """How a check stands. The last one is kept, so that a new Monitor goes on from there."""

    state: State = State.UNKNOWN
    since: Instant
    detail: str = "not looked at yet"
    """Why it is in this state, in words."""
    judged: State = State.UNKNOWN
    """The state without regard to flapping."""
    failures: int = 0
    """Looks in a row that failed."""
    failing_since: Instant | None = None
    told: State | None = None
    """The state that people know of."""
    turns: tuple[Instant, ...] = ()
    """When `judged` has changed lately."""
    flapping: bool = False
    """Whether it changes too often: then the worse state is held."""
    hidden_by: Name | None = None
    """The check behind which this one is hidden: it depends on it, and it is down."""
    last: Result | None = None


class NewFlip(Value):
    """A change of a check's state that is to be recorded."""

    check: Name
    before: State
    after: State
    at: Instant
    detail: str
    told: State | None
    """The state that people know of until now."""
    muted_by: str | None = None
    """Why nobody is told; None: people are."""


class Verdict(Value):
    """What one look comes to."""

    standing: Standing
    flip: NewFlip | None = None


class Damping(Value):
    """When a check flaps: more than so many changes within so many seconds."""

    changes: int
    seconds: float


class Need(Value):
    """A check that another one depends on, and how it stands."""

    name: Name
    standing: Standing
