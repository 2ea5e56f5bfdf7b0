"""Lists of dispatches: which of them people count and see, and the newest that fit a filter."""

from typing import Any

import sqlalchemy as sa

from app.db.tables import dispatches
from app.values.brief import DispatchFilter

IS_WHOLE = dispatches.c.parent.is_(None)
"""What is no task of another dispatch: what people count and list."""
Select = sa.Select[Any]


def newest(query: Select, wanted: DispatchFilter, *, before: int | None, limit: int) -> Select:
    """Return a query for the newest dispatches that fit, of those before the cursor."""
    where = _conditions(wanted, before)
    by_id = dispatches.c.id.desc()
    if wanted.since is None and wanted.until is None:
        return query.where(*where).order_by(by_id).limit(limit)
    # Found in the index of slots, whatever else is asked. In the order of ids, which a database
    # would else prefer, it would read the whole of the table up to them, whose rows are wide.
    ids = sa.select(dispatches.c.id).where(*where).order_by((dispatches.c.id + 0).desc())
    found = ids.limit(limit).subquery()
    return query.join(found, found.c.id == dispatches.c.id).order_by(by_id)


def _conditions(wanted: DispatchFilter, before: int | None) -> list[sa.ColumnElement[bool]]:
    table = dispatches.c
    names = ("schedule", "state", "kind", "backfill")
    equal = {name: getattr(wanted, name) for name in names}
    where: list[sa.ColumnElement[bool]] = [IS_WHOLE]
    where += [table[name] == value for name, value in equal.items() if value is not None]
    if wanted.since is not None:
        where.append(table.slot >= wanted.since)
    if wanted.until is not None:
        where.append(table.slot < wanted.until)
    return where if before is None else [*where, table.id < before]
