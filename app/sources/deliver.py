"""Deliver: predictions go to a staging table batch by batch, and to the target in one transaction.

Each batch is one transaction with its line in the ledger, so that a resumed dispatch writes none
twice. The last transaction moves the staged rows to the target: readers see the old rows or the
new, and a dispatch that fails leaves nothing behind. docs/decisions/0001-staging.md says why.
"""

from contextlib import suppress
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import sqlalchemy as sa

from app.errors import ClaimGoneError, DataRefusedError, SourceError
from app.sources.collect import duplicate_key
from app.sources.connection import Connection
from app.sources.faults import DuplicateKeyError
from app.sources.ledger import BARRED, PUBLISHED
from app.sources.publish import Identity, Target
from app.sources.resume import Staged, take_stage
from app.sources.runs import Runs
from app.sources.target import check_names, stage_table
from app.values.schedule import Deliver
from app.values.signature import Outputs

_LOOKED_UP = 500


class Delivery(Runs):
    """One dispatch's way into its target table: begin, write each batch, publish or abandon."""

    def __init__(
        self, connection: Connection, spec: Deliver, key: str, outputs: Outputs, identity: Identity
    ) -> None:
        super().__init__(connection, outputs)
        self._key = key
        self._identity = identity
        self._target = Target(connection, spec, key, self._outputs, identity)
        self._stage: sa.Table | None = None
        self._key_type: pa.DataType | None = None
        check_names(spec.table, [key, *(column.name for column in self._outputs)])

    def begin(self, key_type: pa.DataType | None) -> None:
        """Check or create target, ledger and stage. Raises DataRefusedError for another schema.

        `key_type` is None when there is no row to deliver: then a missing target stays missing.
        """
        if not self._target.is_there(key_type):
            if key_type is None:
                return
            self._create(self._target.table(key_type))
        self._create(self._ledger.table)
        self._stage = stage_table(self._identity.run, key_type or pa.null(), self._outputs)
        self._create(self._stage)
        self._clear_stage(self._stage)
        self._key_type = key_type

    def _clear_stage(self, stage: sa.Table) -> None:
        """Remove rows that an earlier try of this run staged, and then could not wholly abandon."""
        columns = self._ledger.table.c
        lines = sa.select(columns.run).where(columns.run == self._identity.run)
        self._connection.execute(sa.delete(stage).where(~sa.exists(lines)))
        self._connection.commit()

    def resume(self, run: str) -> Staged | None:
        """Go on behind what a run has staged, this one or one that `take_over` has barred.

        None: there is nothing to go on behind, and this one begins afresh.
        """
        kinds = self._connection.columns(stage_table(run, pa.null(), self._outputs))
        if kinds is None or kinds["row_key"] != "number":
            return None
        staged = None
        try:
            staged = take_stage(self._connection, earlier=run, run=self._identity.run)
        except SourceError:  # held by a run that is not dead yet
            self._connection.rollback()
        if staged is None:
            self.restart()
        return staged

    def restart(self) -> None:
        """Remove what this very run has staged."""
        self._create(self._ledger.table)
        self._remove(self._identity.run)

    def write(self, batch: int, rows: pa.Table, at: datetime) -> None:
        """Stage a batch (its key first, then the outputs) and its ledger line, in a transaction."""
        run = self._identity.run
        if (staged := self._ledger.rows(run, batch)) is not None:
            if staged != rows.num_rows:  # batches are sized by time: these cannot be the same rows
                message = f"batch {batch} is staged with {staged} rows, not {rows.num_rows}"
                raise RuntimeError(message)
            return
        stage = self._begun_stage()
        fitting = self._with_begun_key(rows)
        renamed = _insertable(fitting.rename_columns([column.name for column in stage.columns]))
        try:
            self._connection.insert(stage, renamed)
            self._ledger.add(run, batch, rows.num_rows, at)
            self._connection.commit()
        except DuplicateKeyError as error:
            self._connection.rollback()
            raise duplicate_key(self._key, self._staged_key(rows)) from error

    def _with_begun_key(self, rows: pa.Table) -> pa.Table:
        """Refuse a key whose type is not the first batch's; scales of decimals may differ."""
        key, kind = rows.column(0), self._key_type
        if key.type == kind:
            return rows
        if pa.types.is_decimal(key.type) and pa.types.is_decimal(kind):
            with suppress(pa.ArrowInvalid):
                return rows.set_column(0, rows.column_names[0], key.cast(kind))
        raise DataRefusedError(
            f"key {self._key!r} is {kind} in the first rows and {key.type} in later ones; cast it "
            "to one type in the query",
            column=self._key,
        )

    def publish(self, at: datetime) -> int:
        """Move the staged rows to the target in one transaction; a second call changes nothing.

        Returns how many rows were staged. Raises ClaimGoneError if another run has taken over.
        """
        if self._stage is None:
            return 0
        stage, run = self._stage, self._identity.run
        if (published := self._ledger.rows(run, PUBLISHED)) is None:
            published = sum(self._ledger.staged(run).values())
            self._write_publication(published, at)
            self._target.fill([stage], at)
        if published == BARRED:
            raise self._barred()
        with suppress(SourceError):  # the rows are in the target, and that is what counts
            self._drop_stage(stage)
        return published

    def _write_publication(self, rows: int, at: datetime) -> None:
        """Write the ledger's line first: it is what keeps two runs from publishing both."""
        try:
            self._ledger.add(self._identity.run, PUBLISHED, rows, at)
        except DuplicateKeyError as error:
            self._connection.rollback()
            raise self._barred() from error

    def _barred(self) -> ClaimGoneError:
        return ClaimGoneError(
            f"dispatch {self._identity.dispatch_id} was given up for lost, and another one has "
            "taken over; nothing of this one is delivered"
        )

    @property
    def has_begun(self) -> bool:
        """Whether `begin` was called, and found or made what it needs."""
        return self._stage is not None

    def suspend(self) -> None:
        """Leave what is staged, for a later attempt to go on behind it."""
        self._connection.rollback()

    def abandon(self) -> None:
        """Undo everything that is not published."""
        self._connection.rollback()
        if self._stage is None:
            return
        if self._ledger.rows(self._identity.run, PUBLISHED) is None:
            self._ledger.remove(self._identity.run)
            self._connection.commit()
        self._drop_stage(self._stage)

    def _begun_stage(self) -> sa.Table:
        if self._stage is None:
            message = "begin() comes before write() and publish()"
            raise RuntimeError(message)
        return self._stage

    def _staged_key(self, rows: pa.Table) -> object:
        """Return the key that is staged already; None if no one can tell any more."""
        stage = self._begun_stage()
        column, keys = stage.columns[0], rows.column(0).to_pylist()
        if self._connection.dialect.name == "sqlite":  # which keeps decimals as text
            keys = [format(key, "f") if isinstance(key, Decimal) else key for key in keys]
        for start in range(0, len(keys), _LOOKED_UP):
            some = sa.select(column).where(column.in_(keys[start : start + _LOOKED_UP])).limit(1)
            if found := self._connection.fetch(some):
                return found[0][column.name]
        return None


def preview(
    connection: Connection, spec: Deliver, dispatch_id: int, limit: int
) -> list[dict[str, object]]:
    """Return the first delivered rows of a dispatch that are still in its target."""
    schema, _, name = spec.table.rpartition(".")
    target = sa.table(name, sa.column("dispatch_id", sa.BigInteger()), schema=schema or None)
    query = sa.select(sa.text("*")).select_from(target).where(target.c.dispatch_id == dispatch_id)
    return connection.fetch(query.limit(limit))


def _insertable(rows: pa.Table) -> pa.Table:
    """Turn booleans into integers: not every driver binds them."""
    for index, field in enumerate(rows.schema):
        if pa.types.is_boolean(field.type):
            rows = rows.set_column(index, field.name, rows.column(index).cast(pa.int8()))
    return rows
