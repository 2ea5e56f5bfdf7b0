"""Which slots of a schedule are due: a pure rule over trigger, policy and time."""

from datetime import datetime, timedelta

from app.values.base import Instant, Value
from app.values.policy import CatchUp
from app.values.schedule import Schedule

_FRESH_LIMIT = 1000
"""Most slots in time that one look takes; those before them count as missed."""
_TICK = timedelta(microseconds=1)


class Due(Value):
    """The slots to dispatch, oldest first."""

    missed: tuple[Instant, ...] = ()
    """Those that are caught up, by the schedule's policy."""
    fresh: tuple[Instant, ...] = ()
    """Those that are in time."""
    passed_over: Instant | None = None
    """The newest slot that the policy leaves out, together with all that are older."""

    @property
    def slots(self) -> tuple[datetime, ...]:
        """All slots to dispatch, oldest first."""
        return self.missed + self.fresh


def due(schedule: Schedule, *, after: datetime, now: datetime, missed_after: timedelta) -> Due:
    """Return what is due in `(after, now]`, looking back from now as far as the policy needs.

    The number of steps is bounded whatever the length of the gap.
    """
    missed: list[datetime] = []
    fresh: list[datetime] = []
    passed_over = None
    for slot in schedule.fires_before(now + _TICK):
        if slot <= after:
            break
        if slot > now - missed_after and len(fresh) < _FRESH_LIMIT:
            fresh.append(slot)
        elif len(missed) < _catch_up_limit(schedule):
            missed.append(slot)
        else:
            passed_over = slot
            break
    return Due(missed=tuple(missed[::-1]), fresh=tuple(fresh[::-1]), passed_over=passed_over)


def _catch_up_limit(schedule: Schedule) -> int:
    policies = schedule.policies
    limits = {CatchUp.SKIP: 0, CatchUp.LATEST: 1, CatchUp.ALL: policies.catch_up_limit}
    return limits[policies.catch_up]
