"""The timing of a schedule: its trigger, within the time in which it is active."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.values.base import Instant, Value
from app.values.trigger import Trigger

_TICK = timedelta(microseconds=1)


class Timing(Value):
    """Which slots a schedule has: the fires of its trigger in `[active_from, active_until)`."""

    trigger: Trigger | None = None
    active_from: Instant | None = None
    active_until: Instant | None = None

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Yield the slots after `moment`, the first one first."""
        if self.trigger is None:
            return
        if self.active_from is not None:
            moment = max(moment, self.active_from - _TICK)
        for slot in self.trigger.after(moment):
            if self.active_until is not None and slot >= self.active_until:
                return
            yield slot

    def before(self, moment: datetime) -> Iterator[datetime]:
        """Yield the slots before `moment`, the last one first."""
        if self.trigger is None:
            return
        if self.active_until is not None:
            moment = min(moment, self.active_until)
        for slot in self.trigger.before(moment):
            if self.active_from is not None and slot < self.active_from:
                return
            yield slot
