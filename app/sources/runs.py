"""The runs beside a target, as a run that follows them sees them: it bars them, and tidies up."""

from datetime import datetime

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable, DropTable

from app.errors import SourceError
from app.sources.connection import Connection
from app.sources.faults import DuplicateKeyError
from app.sources.ledger import BARRED, PUBLISHED, Ledger
from app.sources.target import stage_table
from app.values.signature import Outputs


class Runs:
    """What runs have left beside the target: their lines in the ledger, and their stages."""

    def __init__(self, connection: Connection, outputs: Outputs) -> None:
        self._connection = connection
        self._outputs = tuple(outputs.columns())
        self._ledger = Ledger(connection)

    def take_over(self, run: str, at: datetime) -> int | None:
        """Keep an earlier run of the same work, given up for lost, from publishing any more.

        Its line for the publication is written in its place, so that its own transaction fails,
        whenever it wakes up. Returns the rows that it has published already; None: it has not, and
        what it has staged is to be resumed or forgotten.
        """
        self._create(self._ledger.table)
        try:
            self._ledger.add(run, PUBLISHED, BARRED, at)
            self._connection.commit()
        except DuplicateKeyError:
            self._connection.rollback()
            if (published := self._ledger.rows(run, PUBLISHED)) != BARRED:
                return published
        return None

    def forget(self, run: str) -> None:
        """Remove the staged rows of a run, unless one that is not dead yet holds them."""
        try:
            self._remove(run)
        except SourceError:  # it can do no harm
            self._connection.rollback()

    def _remove(self, run: str) -> None:
        self._ledger.remove(run)
        self._connection.commit()
        self._drop_stage(stage_table(run, pa.null(), self._outputs))

    def _create(self, table: sa.Table) -> None:
        try:
            self._connection.execute(CreateTable(table, if_not_exists=True))
            self._connection.commit()
        except (DuplicateKeyError, SourceError):
            # PostgreSQL lets only one of two create a table at once, whatever IF NOT EXISTS says.
            self._connection.rollback()
            if self._connection.columns(table) is None:
                raise

    def _drop_stage(self, stage: sa.Table) -> None:
        self._connection.execute(DropTable(stage, if_exists=True))
        self._connection.commit()
