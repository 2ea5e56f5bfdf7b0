"""The store of the audit: those events that somebody brought about."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.tables import events
from app.values.audit import COLUMNS, AuditEntry, AuditFilter


class AuditStore:
    """The audit, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(
        self, wanted: AuditFilter, *, before: int | None, limit: int, look: int
    ) -> tuple[list[AuditEntry], int | None]:
        """Return entries, the newest first, and the id before which to go on; None: that is all.

        At most `look` entries are looked at.
        """
        query = sa.select(*(events.c[name] for name in COLUMNS)).where(events.c.is_audited)
        if before is not None:
            query = query.where(events.c.id < before)
        looked_at = query.order_by(events.c.id.desc()).limit(look).subquery()
        fitting = sa.select(looked_at).where(*_conditions(wanted, looked_at))
        rows = self._connection.execute(fitting.order_by(looked_at.c.id.desc()).limit(limit))
        found = [_value(dict(row)) for row in rows.mappings()]
        if len(found) == limit:
            return found, found[-1].id
        last = sa.select(sa.func.count(), sa.func.min(looked_at.c.id))
        count, oldest = self._connection.execute(last.select_from(looked_at)).one()
        return found, oldest if count == look else None

    def remove(self, before: datetime, *, most: int) -> int:
        """Remove some of the oldest entries that are older; return how many."""
        oldest = sa.select(events.c.id, events.c.at).where(events.c.is_audited)
        rows = self._connection.execute(oldest.order_by(events.c.id).limit(most))
        ids = [row.id for row in rows if row.at < before]
        if ids:
            self._connection.execute(events.delete().where(events.c.id.in_(ids)))
        return len(ids)


def _conditions(wanted: AuditFilter, of: sa.Subquery) -> list[sa.ColumnElement[bool]]:
    equal = ("actor", "subject", "name", "address", "request")
    given = {name: getattr(wanted, name) for name in equal}
    found = [of.c[name] == value for name, value in given.items() if value is not None]
    if wanted.noun is not None:
        found.append(
            sa.or_(
                of.c.subject == wanted.noun,
                of.c.subject.startswith(f"{wanted.noun}:", autoescape=True),
            )
        )
    if wanted.since is not None:
        found.append(of.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(of.c.at < wanted.until)
    return found


def _value(fields: dict[str, Any]) -> AuditEntry:
    return AuditEntry(**fields | {"detail": json.loads(fields["detail"])})
