"""The store of events: append-only."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db.tables import events
from app.values.event import Event


class EventStore:
    """Events, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        subject: str,
        name: str,
        at: datetime,
        *,
        actor: str,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Append an event."""
        self.add_all([subject], name, at, actor=actor, detail=detail)

    def add_all(
        self,
        subjects: Sequence[str],
        name: str,
        at: datetime,
        *,
        actor: str,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Append the same event for each of many subjects."""
        text = json.dumps(dict(detail or {}), default=str)
        shared = {"name": name, "at": at, "actor": actor, "detail": text}
        rows = [{"subject": subject, **shared} for subject in subjects]
        if rows:
            self._connection.execute(events.insert(), rows)

    def of(self, subject: str, *, after: int = 0, limit: int = 1000) -> list[Event]:
        """Return the events of a subject, the oldest first."""
        query = sa.select(events).where(events.c.subject == subject, events.c.id > after)
        rows = self._connection.execute(query.order_by(events.c.id).limit(limit)).mappings()
        return [Event(**{**row, "detail": json.loads(row["detail"])}) for row in rows]
