"""The ledger beside a target: what each run has staged, batch by batch, and what it published."""

from datetime import UTC, datetime

import sqlalchemy as sa

from app.sources.connection import Connection
from app.sources.target import ledger_table

PUBLISHED = -1
"""The batch number of the line for the publication."""
BARRED = -1
"""The row count of a publication that is not to happen: another dispatch has taken over."""


class Ledger:
    """Its lines, within the transactions of `connection`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.table = ledger_table()

    def add(self, run: str, batch: int, rows: int, at: datetime) -> None:
        """Write a line. Raises DuplicateKeyError if it is there already."""
        line = {"run": run, "batch": batch, "row_count": rows, "delivered_at": naive(at)}
        self._connection.execute(self.table.insert().values(line))

    def rows(self, run: str, batch: int) -> int | None:
        """Return the rows of a batch that is in the ledger."""
        columns = self.table.c
        found = self._fetched(columns.run == run, columns.batch == batch)
        return found.get(batch)

    def staged(self, run: str) -> dict[int, int]:
        """Return the rows of each batch that a run has staged."""
        return self._fetched(*self._batches_of(run))

    def give(self, run: str, to: str) -> None:
        """Make a run's batches another one's."""
        self._connection.execute(sa.update(self.table).where(*self._batches_of(run)).values(run=to))

    def remove(self, run: str) -> None:
        """Delete the lines of a run's batches; that of its publication stays."""
        self._connection.execute(sa.delete(self.table).where(*self._batches_of(run)))

    def _batches_of(self, run: str) -> tuple[sa.ColumnElement[bool], ...]:
        return self.table.c.run == run, self.table.c.batch != PUBLISHED

    def _fetched(self, *conditions: sa.ColumnElement[bool]) -> dict[int, int]:
        lines = sa.select(self.table.c.batch, self.table.c.row_count).where(*conditions)
        found = self._connection.fetch(lines)
        return {int(str(line["batch"])): int(str(line["row_count"])) for line in found}


def naive(moment: datetime) -> datetime:
    """Return an instant as databases keep it: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)
