"""The store of events: append-only."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from app import request_ids, whence
from app.db.tables import NAME_LENGTH, events
from app.redaction import scrubbed
from app.values.event import BY_ITSELF, Event


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
        address: str | None = None,
        request: str | None = None,
    ) -> None:
        """Append an event. Address and request are those in whose course this is called."""
        found = {"address": address, "request": request} if address else _whence()
        self._append([subject], name, at, actor=actor, detail=detail, **found)

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
        self._append(subjects, name, at, actor=actor, detail=detail, **_whence())

    def _append(
        self,
        subjects: Sequence[str],
        name: str,
        at: datetime,
        *,
        actor: str,
        detail: Mapping[str, object] | None,
        **place: str | None,
    ) -> None:
        is_audited = actor not in BY_ITSELF
        told = scrubbed(dict(detail or {})) if is_audited else dict(detail or {})
        shared = {
            "name": name,
            "at": at,
            "actor": _fitting(actor),
            "detail": json.dumps(told, default=str),
            "is_audited": is_audited,
            **place,
        }
        rows = [{"subject": subject, **shared} for subject in subjects]
        if rows:
            self._connection.execute(events.insert(), rows)

    def of(self, subject: str, *, after: int = 0, limit: int = 1000) -> list[Event]:
        """Return the events of a subject, the oldest first."""
        columns = [events.c[name] for name in Event.model_fields]
        query = sa.select(*columns).where(events.c.subject == subject, events.c.id > after)
        rows = self._connection.execute(query.order_by(events.c.id).limit(limit)).mappings()
        return [Event(**{**row, "detail": json.loads(row["detail"])}) for row in rows]


def _fitting(actor: str) -> str:
    """Shorten the path of a file that is too long for its column, in its midst."""
    if len(actor) <= NAME_LENGTH:
        return actor
    end = NAME_LENGTH * 3 // 4
    return f"{actor[: NAME_LENGTH - end - 1]}…{actor[-end:]}"


def _whence() -> dict[str, str | None]:
    return {"address": whence.current(), "request": request_ids.current()}
