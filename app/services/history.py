"""What the Monitor's tiles draw of the past."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.engine import reading
from app.db.history import HistoryStore
from app.values.history import CheckHistory, History

_HOURS = timedelta(hours=23)
"""Before the hour that has begun: 24 bars in all."""
_LOOKS = 40
_DISPATCHES = 20


class HistoryService:
    """The use case of drawing what was."""

    def __init__(self, engine: sa.Engine) -> None:
        self._reading = reading(engine)

    def latest(self, limit: int, *, now: datetime) -> History:
        """Return the newest of what is on record, for the first checks and schedules by name."""
        since = now.replace(minute=0, second=0, microsecond=0) - _HOURS
        with self._reading.begin() as connection:
            store = HistoryStore(connection)
            hours = store.hours(since)
            return History(
                checks={
                    name: CheckHistory(
                        hours=tuple(hours.get(number, ())),
                        looks=tuple(store.looks(number, _LOOKS)),
                    )
                    for number, name in store.checks(limit).items()
                },
                schedules={
                    name: tuple(store.ran(name, _DISPATCHES)) for name in store.schedules(limit)
                },
            )
