"""Going on behind what an earlier attempt has staged, instead of starting over.

Rows are collected in the order of their key, so that what is staged is all that comes before a key.
A run takes over an earlier run's stage by renaming it: whoever still writes there finds it gone.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from app.sources.connection import Connection
from app.sources.ledger import Ledger
from app.sources.target import stage_name


@dataclass(frozen=True, kw_only=True)
class Staged:
    """What is staged already."""

    rows: int
    batches: int
    """The number of the next batch."""
    last: int
    """The largest key; the rows to come have larger ones."""


class _Rename(sa.schema.ExecutableDDLElement):
    """ALTER TABLE … RENAME TO …, for names that need no quotes."""

    def __init__(self, old: str, new: str) -> None:
        self.sql = f"ALTER TABLE {old} RENAME TO {new}"


@compiles(_Rename)
def _spell(element: _Rename, _compiler: object, **_: object) -> str:
    return element.sql


def take_stage(connection: Connection, *, earlier: str, run: str) -> Staged | None:
    """Make the stage of an `earlier` run this one's, or go on with this one's own.

    The earlier run must be barred from its publication. None: there is nothing to go on behind, for
    nothing is staged, keys are no whole numbers, or stage and ledger do not agree: a batch that was
    staged in the midst of this is in nobody's ledger.
    """
    ledger = Ledger(connection)
    lines = ledger.staged(earlier)
    if not lines:
        return None
    if earlier != run:
        ledger.give(earlier, run)
        connection.commit()
        connection.execute(_Rename(stage_name(earlier), stage_name(run)))
        connection.commit()
    rows, last = _extent(connection, run)
    if rows != sum(lines.values()) or not isinstance(last, int):
        return None
    return Staged(rows=rows, batches=max(lines) + 1, last=last)


def _extent(connection: Connection, run: str) -> tuple[int, object]:
    """Return how many rows are staged, and the largest key."""
    stage = sa.table(stage_name(run), sa.column("row_key"))
    rows: sa.Label[Any] = sa.func.count().label("n")
    last: sa.Label[Any] = sa.func.max(stage.c.row_key).label("last")
    [found] = connection.fetch(sa.select(rows, last).select_from(stage))
    return int(str(found["n"])), found["last"]
