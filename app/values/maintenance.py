"""Maintenance windows: times in which checks are judged and recorded, and nobody is told."""

from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Annotated, Self

from pydantic import AfterValidator, Field, computed_field, model_validator

from app.values import crontab
from app.values.base import Instant, Name, Value
from app.values.language import WordsElsewhere, elsewhere
from app.values.trigger import TimeZoneName
from app.values.when import When

_TICK = timedelta(microseconds=1)
_STARTS = 100
"""Starts in a row that are looked at: one that begins before the last one ends goes on."""
Length = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=31))]


class Maintenance(Value):
    """A window: from an instant until another, or for a time again and again."""

    name: Name
    description: str = ""
    checks: tuple[Name, ...] = ()
    """Those that it is for; none: all."""
    starts: datetime | None = None
    """Without an offset it is meant by the clock of `timezone`, as `ends`."""
    ends: datetime | None = None
    cron: Annotated[str, Field(max_length=1000), AfterValidator(crontab.check)] | None = None
    """When it begins, again and again; `duration` says for how long."""
    duration: Length | None = None
    timezone: TimeZoneName = "UTC"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        once = (self.starts is not None, self.ends is not None)
        again = (self.cron is not None, self.duration is not None)
        if (once, again) not in {((True, True), (False, False)), ((False, False), (True, True))}:
            message = "give either starts and ends, or cron and duration"
            raise ValueError(message)
        if self._span is not None and self._span[1] <= self._span[0]:
            message = "ends must be after starts"
            raise ValueError(message)
        return self

    def covers(self, check: str, now: datetime) -> bool:
        """Tell whether the window is open for a check."""
        return (not self.checks or check in self.checks) and self.is_open(now)

    def is_open(self, now: datetime) -> bool:
        """Tell whether the window is open: `[start, end)`."""
        if self._span is not None:
            return self._span[0] <= now < self._span[1]
        assert self.duration is not None  # noqa: S101 - the validator has seen to it
        began = next(self.when.fires_before(now + _TICK), None)
        return began is not None and now < began + self.duration

    def closes_at(self, now: datetime) -> datetime | None:
        """Return when a window that is open closes; None: it always begins again before that."""
        if self._span is not None:
            return self._span[1]
        assert self.duration is not None  # noqa: S101 - the validator has seen to it
        end = next(self.when.fires_before(now + _TICK)) + self.duration
        for start in islice(self.when.fires(now), _STARTS):
            if start > end:
                return end
            end = start + self.duration
        return None

    def opens_at(self, now: datetime) -> datetime | None:
        """Return when a window that is not open opens; None: it is over."""
        if self._span is None:
            return next(self.when.fires(now), None)
        return self._span[0] if now < self._span[0] else None

    @cached_property
    def when(self) -> When:
        """What one that comes again and again begins by, and the clock of any."""
        return When(cron=self.cron, timezone=self.timezone)

    @cached_property
    def _span(self) -> tuple[datetime, datetime] | None:
        if self.starts is None or self.ends is None:
            return None
        return self.when.instant(self.starts), self.when.instant(self.ends)


class StoredMaintenance(Value):
    """A window as it is kept. One whose spec cannot be read has a fault, and is never open."""

    id: int
    name: Name
    spec: Maintenance | None
    fault: str | None = None
    declared_in: str | None = None
    created_at: Instant
    updated_at: Instant
    revision: int = 1

    @computed_field  # type: ignore[prop-decorator] # mypy takes no decorator on a property
    @property
    def words(self) -> str | None:
        """When it begins, again and again, in English words; None: it does once, or is damaged."""
        return self.spec.when.words() if self.spec and self.spec.cron else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def words_in(self) -> WordsElsewhere:
        """The same in other languages."""
        return elsewhere(self.spec.when.words) if self.spec and self.spec.cron else {}
