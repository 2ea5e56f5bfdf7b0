"""Dispatches in brief: long lists, and what ran when."""

from datetime import datetime

import sqlalchemy as sa

from app.db.briefs import BriefStore
from app.db.engine import reading
from app.errors import InvalidRequestError
from app.values.brief import Brief, DispatchFilter, Timeline


class BriefService:
    """The use cases of looking at many dispatches."""

    def __init__(self, engine: sa.Engine) -> None:
        self._reading = reading(engine)

    def page(self, wanted: DispatchFilter, *, before: int | None, limit: int) -> list[Brief]:
        """Return dispatches, the newest first; `before` is the last id of the page before."""
        with self._reading.begin() as connection:
            return BriefStore(connection).page(wanted, before=before, limit=limit)

    def timeline(
        self, since: datetime, until: datetime, *, schedule: str | None, limit: int
    ) -> Timeline:
        """Return what ran in `[since, until)`. Raises InvalidRequestError."""
        if until <= since:
            raise InvalidRequestError("until must be after since")
        with self._reading.begin() as connection:
            found = BriefStore(connection).ran(since, until, schedule=schedule, limit=limit + 1)
        return Timeline(
            since=since, until=until, items=tuple(found[:limit]), is_cut=len(found) > limit
        )
