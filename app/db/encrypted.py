"""The store of all that is encrypted at rest, whatever it is."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.db.alert_tables import alert_channels
from app.db.tables import sources

ENCRYPTED: tuple[tuple[str, sa.Column[Any]], ...] = (
    ("source", sources.c.connection),
    ("channel", alert_channels.c.spec),
)
"""Every column that the vault has encrypted, and what its rows are; their tables have names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """One secret as it is kept."""

    id: int
    owner: str
    token: str


class EncryptedStore:
    """The secrets of one column, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection, noun: str, column: sa.Column[Any]) -> None:
        self._connection = connection
        self._noun = noun
        self._table: sa.Table = column.table
        self._column = column

    def page(self, *, after: int, limit: int) -> list[Sealed]:
        """Return secrets by id, and keep others from changing them meanwhile.

        A secret that another transaction has added, and not committed yet, is waited for.
        """
        rows = self._table.c
        query = sa.select(rows.id, rows.name, self._column).where(rows.id > after)
        found = self._connection.execute(query.order_by(rows.id).limit(limit).with_for_update())
        return [Sealed(id=row[0], owner=f"{self._noun} {row[1]!r}", token=row[2]) for row in found]

    def replace(self, row_id: int, token: str) -> None:
        """Replace a secret; nothing else of its row changes."""
        change = self._table.update().where(self._table.c.id == row_id)
        self._connection.execute(change.values({self._column: token}))
