"""The audit: read, exported, and let go when it is old. Events become part of it as they happen."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.audit import AuditStore
from app.db.engine import reading
from app.db.leases import LeaseStore
from app.services.export_text import as_csv, as_jsonl
from app.settings_access import Audit
from app.values.audit import COLUMNS, AuditEntry, AuditFilter, AuditFormat
from app.values.export import Row
from app.values.lease import Lease

_LOOK = 20_000
"""Entries that are looked at for one page where no index tells what fits."""
_PAGE = 500
"""Entries that are read, and held, at once."""
_AT_ONCE = 1000
"""The most entries that one transaction removes."""


class AuditService:
    """The use cases of the audit."""

    def __init__(self, engine: sa.Engine, bounds: Audit) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._bounds = bounds

    def page(
        self, wanted: AuditFilter, *, before: int | None, limit: int
    ) -> tuple[list[AuditEntry], int | None]:
        """Return entries, the newest first, and the id before which to go on; None: that is all."""
        with self._reading.begin() as connection:
            return AuditStore(connection).page(wanted, before=before, limit=limit, look=_LOOK)

    def newest(self, wanted: AuditFilter, *, limit: int) -> list[AuditEntry]:
        """Return so many of the newest entries that fit, however many are looked at."""
        found: list[AuditEntry] = []
        for page in self._pages(wanted):
            found += page
            if len(found) >= limit:
                break
        return found[:limit]

    def stream(self, wanted: AuditFilter, form: AuditFormat) -> Iterator[bytes]:
        """Return the entries that fit, the newest first, as pieces of a file.

        Each piece is read in a transaction of its own: whoever takes them slowly holds up nobody.
        """
        if form is AuditFormat.JSONL:
            return as_jsonl(self._rows(wanted))
        return as_csv(COLUMNS, self._rows(wanted, is_flat=True))

    def remove(self, lease: Lease, *, now: datetime) -> int:
        """Remove some of the oldest entries; return how many, 0 at the end.

        Raises NotLeaderError if another service holds the lease.
        """
        before = now - timedelta(days=self._bounds.keep_days)
        with self._engine.begin() as connection:
            LeaseStore(connection).require(lease)
            return AuditStore(connection).remove(before, most=_AT_ONCE)

    def _rows(self, wanted: AuditFilter, *, is_flat: bool = False) -> Iterator[Sequence[Row]]:
        for page in self._pages(wanted):
            yield [_flat(one) if is_flat else one.row() for one in page]

    def _pages(self, wanted: AuditFilter) -> Iterator[list[AuditEntry]]:
        before, is_more = None, True
        while is_more:
            page, before = self.page(wanted, before=before, limit=_PAGE)
            yield page
            is_more = before is not None


def _flat(entry: AuditEntry) -> Row:
    """Return a row for a table: what has parts is JSON in one cell."""
    row = entry.row()
    return row | {"detail": json.dumps(row["detail"], ensure_ascii=False)}
