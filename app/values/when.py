"""When a schedule is due, as a person writes it: a trigger, a time zone, an active time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from app.errors import NoSuchTimeError
from app.values import crontab
from app.values.base import Instant, Value
from app.values.language import Language
from app.values.timing import Timing
from app.values.trigger import Cron, Interval, Once, TimeZoneName, Trigger
from app.values.trigger_words import by_hand_words

_DAY = timedelta(days=1)


class Every(Value):
    """A fixed stretch of time between slots, counted from an anchor, whatever clocks do."""

    every: timedelta
    anchor: Instant = datetime(1970, 1, 1, tzinfo=UTC)


class When(Value):
    """When something is due: at most one of `cron`, `interval` and `once` says it.

    Without any of them it is due only by hand.
    """

    cron: Annotated[str, Field(max_length=1000), AfterValidator(crontab.check)] | None = None
    interval: Every | None = None
    once: datetime | None = None
    """Without an offset it is meant by the schedule's clock."""
    timezone: TimeZoneName = "UTC"
    active_from: Instant | None = None
    active_until: Instant | None = None
    """Slots from this instant on are no slots any more."""

    @model_validator(mode="after")
    def _one_trigger(self) -> Self:
        if sum(one is not None for one in (self.cron, self.interval, self.once)) > 1:
            message = "give one of cron, interval and once, not several"
            raise ValueError(message)
        if self.active_from and self.active_until and self.active_until <= self.active_from:
            message = "active_until must be after active_from"
            raise ValueError(message)
        _ = self.trigger  # refuses what never fires
        return self

    @property
    def trigger(self) -> Trigger | None:
        """What decides when the schedule is due; None: nothing but a person."""
        if self.cron is not None:
            return _cron(self.cron, self.timezone)
        if self.interval is not None:
            return Interval(every=self.interval.every, anchor=self.interval.anchor)
        return None if self.once is None else Once(at=self.instant(self.once))

    @property
    def timing(self) -> Timing:
        """All that decides which slots there are."""
        return Timing(
            trigger=self.trigger, active_from=self.active_from, active_until=self.active_until
        )

    def fires(self, after: datetime) -> Iterator[datetime]:
        """Yield the slots after `after`, the first one first."""
        return self.timing.after(after)

    def fires_before(self, before: datetime) -> Iterator[datetime]:
        """Yield the slots before `before`, the last one first."""
        return self.timing.before(before)

    def words(self, language: Language = Language.ENGLISH) -> str:
        """Say in words when the schedule is due."""
        found = self.trigger
        return by_hand_words(language) if found is None else found.words(language)

    def local(self, moment: datetime) -> datetime:
        """Return the wall clock's time at `moment` in the schedule's time zone, naive."""
        return moment.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)

    def instant(self, moment: datetime) -> datetime:
        """Return `moment` in UTC; without a zone it is meant by the schedule's wall clock.

        Raises NoSuchTimeError.
        """
        zone = moment.tzinfo or ZoneInfo(self.timezone)
        try:
            found = moment.replace(tzinfo=zone).astimezone(UTC)
            _ = found - _DAY, found + _DAY  # every clock shows it, and the moment before it
        except OverflowError:
            raise NoSuchTimeError(moment) from None
        return found

    def shown(self, moment: datetime) -> datetime:
        """Return `moment` with the offset that the clock of the time zone has then."""
        return moment.astimezone(ZoneInfo(self.timezone))


@lru_cache(maxsize=10_000)
def _cron(expression: str, timezone: str) -> Cron:
    """Return the checked trigger; checking costs far more than looking it up."""
    return Cron(expression=expression, timezone=timezone)
