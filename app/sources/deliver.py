"""Deliver: predictions go to a staging table batch by batch, and to the target in one transaction.

Each batch is one transaction with its line in the ledger, so that a resumed dispatch writes none
twice. The last transaction moves the staged rows to the target: readers see the old rows or the
new, and a dispatch that fails leaves nothing behind. docs/decisions/0001-staging.md says why.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable, DropTable

from app.errors import ClaimGoneError, DataRefusedError, SourceError
from app.sources.collect import duplicate_key
from app.sources.connection import Connection
from app.sources.faults import DuplicateKeyError
from app.sources.ledger import BARRED, PUBLISHED, Ledger, naive
from app.sources.resume import Staged, take_stage
from app.sources.target import (
    check_names,
    differences,
    stage_table,
    target_table,
)
from app.values.schedule import Deliver, Mode
from app.values.signature import Outputs

_LOOKED_UP = 500


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Which dispatch delivers: what each delivered row says of its origin."""

    run: str
    """32 hexadecimal digits, unique among all dispatches of all services."""
    dispatch_id: int
    schedule: str
    slot: datetime
    model: str
    version: int


class Delivery:
    """One dispatch's way into its target table: begin, write each batch, publish or abandon."""

    def __init__(
        self, connection: Connection, spec: Deliver, key: str, outputs: Outputs, identity: Identity
    ) -> None:
        self._connection = connection
        self._spec = spec
        self._key = key
        self._outputs = tuple(outputs.columns())
        self._identity = identity
        self._ledger = Ledger(connection)
        self._stage: sa.Table | None = None
        self._key_type: pa.DataType | None = None
        check_names(spec.table, [key, *(column.name for column in self._outputs)])

    def begin(self, key_type: pa.DataType | None) -> None:
        """Check or create target, ledger and stage. Raises DataRefusedError for another schema.

        `key_type` is None when there is no row to deliver: then a missing target stays missing.
        """
        target = self._target(key_type or pa.null())
        found = self._connection.columns(target)
        if found is not None:
            self._require_columns(target, found, with_key=key_type is not None)
        elif key_type is None:
            return
        else:
            self._create(target)
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

    def write(self, batch: int, rows: pa.Table, at: datetime) -> None:
        """Stage a batch (its key first, then the outputs) and its ledger line, in a transaction."""
        run = self._identity.run
        if self._ledger.rows(run, batch) is not None:
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
            try:
                self._publish(self._target(pa.null()), stage, at)
            except DuplicateKeyError as error:
                self._connection.rollback()
                raise self._taken_key(error) from error
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

    def _publish(self, target: sa.Table, stage: sa.Table, at: datetime) -> None:
        for statement in self._make_room(target, stage):
            self._connection.execute(statement)
        self._connection.execute(self._move(target, stage, at))
        self._connection.commit()

    def _taken_key(self, error: DuplicateKeyError) -> DataRefusedError:
        return DataRefusedError(
            f"table {self._spec.table!r} has a unique key that holds a key of these rows already, "
            f"and mode {self._spec.mode.value!r} leaves that row alone; deliver to another table, "
            f"or choose another mode ({error.detail})",
            table=self._spec.table,
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

    def _drop_stage(self, stage: sa.Table) -> None:
        self._connection.execute(DropTable(stage, if_exists=True))
        self._connection.commit()

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

    def _make_room(self, target: sa.Table, stage: sa.Table) -> list[sa.Delete]:
        match self._spec.mode:
            case Mode.APPEND:
                return []
            case Mode.REPLACE_SLOT:
                same = (
                    target.c.schedule == self._identity.schedule,
                    target.c.slot == naive(self._identity.slot),
                )
                return [sa.delete(target).where(*same)]
            case Mode.UPSERT:
                key, staged = target.c[self._key], stage.columns[0]
                if self._connection.dialect.name == "sqlite":
                    return [sa.delete(target).where(key.in_(sa.select(staged)))]
                # A join: MariaDB before 11 would run the subquery for each row of the target.
                return [sa.delete(target).where(key == staged)]

    def _move(self, target: sa.Table, stage: sa.Table, at: datetime) -> sa.Insert:
        origin = self._origin(at)
        constants = [sa.literal(value, target.c[name].type) for name, value in origin.items()]
        names = [self._key, *(column.name for column in self._outputs), *origin]
        return target.insert().from_select(names, sa.select(*stage.columns, *constants))

    def _origin(self, at: datetime) -> dict[str, object]:
        return {
            "model": self._identity.model,
            "version": self._identity.version,
            "schedule": self._identity.schedule,
            "dispatch_id": self._identity.dispatch_id,
            "slot": naive(self._identity.slot),
            "predicted_at": naive(at),
        }

    def _target(self, key_type: pa.DataType) -> sa.Table:
        spec = self._spec
        return target_table(spec.table, self._key, key_type, self._outputs, spec.mode)

    def _require_columns(self, target: sa.Table, found: dict[str, str], *, with_key: bool) -> None:
        known = found if with_key else {self._key: "other", **found}
        if problems := differences(target, known, self._connection.dialect):
            raise DataRefusedError(
                f"table {self._spec.table!r} has another schema: it {', '.join(problems)}; "
                "deliver to another table, or change this one",
                table=self._spec.table,
            )


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
