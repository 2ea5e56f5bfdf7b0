"""What came of a campaign: the slots that were to be, beside the records and the delivered rows."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from app.db.tables import dispatches
from app.values.dispatch import DispatchState

Slot = tuple[str, datetime]
"""A schedule, and one of its slots."""


@dataclass(kw_only=True)
class Outcome:
    """What came of it: all lists are empty when each slot was dispatched and delivered once."""

    slots: int
    missing: list[tuple[str, datetime]] = field(default_factory=list)
    doubled: list[tuple[str, datetime]] = field(default_factory=list)
    undelivered: list[tuple[str, datetime]] = field(default_factory=list)
    delivered_twice: list[tuple[str, datetime]] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)
    """How many dispatches ended in each state."""
    seconds: float = 0.0
    """From the first slot until all had succeeded."""

    @property
    def is_exact(self) -> bool:
        """Whether every slot has one success, and its row stands in the target once."""
        return not (self.missing or self.doubled or self.undelivered or self.delivered_twice)


def successes(engine: sa.Engine) -> list[Slot]:
    """Return the slot of each dispatch that has succeeded."""
    query = sa.select(dispatches.c.schedule, dispatches.c.slot).where(
        dispatches.c.state == DispatchState.SUCCEEDED
    )
    with engine.begin() as connection:
        return [(row.schedule, row.slot) for row in connection.execute(query)]


def delivered(place: sa.Engine) -> list[Slot]:
    """Return the slot of each delivered row."""
    with place.connect() as connection:
        rows = connection.execute(sa.text("SELECT schedule, slot FROM delivered"))
        return [(row.schedule, row.slot.replace(tzinfo=UTC)) for row in rows]


def attempts(engine: sa.Engine) -> dict[str, int]:
    """Return how many dispatches stand in each state."""
    count = sa.select(dispatches.c.state, sa.func.count().label("number"))
    with engine.begin() as connection:
        rows = connection.execute(count.group_by(dispatches.c.state))
        return {row.state: row.number for row in rows}


def judged(engine: sa.Engine, place: sa.Engine, expected: set[Slot]) -> Outcome:
    """Return the outcome, from the records and from the rows."""
    succeeded, rows = Counter(successes(engine)), Counter(delivered(place))
    return Outcome(
        slots=len(expected),
        missing=sorted(expected - succeeded.keys()),
        doubled=sorted(slot for slot, count in succeeded.items() if count > 1)
        + sorted(succeeded.keys() - expected),
        undelivered=sorted(expected - rows.keys()),
        delivered_twice=sorted(slot for slot, count in rows.items() if count > 1),
        attempts=attempts(engine),
    )
