"""Deliver: predictions go to a staging table batch by batch, and to the target in one transaction.

Each batch is one transaction with its line in the ledger, so that a resumed dispatch writes none
twice. The last transaction moves the staged rows to the target: readers see the old rows or the
new, and a dispatch that fails leaves nothing behind. docs/decisions/0001-staging.md says why.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateTable, DropTable

from app.errors import ConfigurationError, DataRefusedError
from app.sources.collect import LONGEST_KEY, duplicate_key
from app.sources.connection import Connection
from app.sources.faults import DuplicateKeyError
from app.values.schedule import Deliver, Mode
from app.values.signature import FieldType, Outputs

LONGEST_NAME = 63
"""Bytes of the longest name that MariaDB, MySQL and PostgreSQL all keep whole."""
_PUBLISHED = -1
"""The batch number of the ledger's line for the publication."""
_LOOKED_UP = 500

_TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_TEXT = sa.String(LONGEST_KEY)
_KEY_TEXT = _TEXT.with_variant(
    mysql.VARCHAR(LONGEST_KEY, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
)
_OUTPUT_TYPES: dict[FieldType, sa.types.TypeEngine[Any]] = {
    FieldType.INTEGER: sa.BigInteger(),
    FieldType.NUMBER: sa.Double(),
    FieldType.BOOLEAN: sa.SmallInteger(),
    FieldType.TEXT: _KEY_TEXT,
    FieldType.TIMESTAMP: _TIME,
}


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
        self._ledger = _ledger_table()
        self._stage: sa.Table | None = None
        _check_names([spec.table, key, *(column.name for column in self._outputs)])

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
            self._connection.execute(CreateTable(target, if_not_exists=True))
        self._connection.execute(CreateTable(self._ledger, if_not_exists=True))
        self._stage = self._stage_table(key_type or pa.null())
        self._connection.execute(CreateTable(self._stage, if_not_exists=True))
        self._connection.commit()

    def write(self, batch: int, rows: pa.Table, at: datetime) -> None:
        """Stage a batch (its key first, then the outputs) and its ledger line, in a transaction."""
        if self._is_written(batch):
            return
        stage = self._begun_stage()
        renamed = _insertable(rows.rename_columns([column.name for column in stage.columns]))
        try:
            self._connection.insert(stage, renamed)
            self._write_line(batch, rows.num_rows, at)
            self._connection.commit()
        except DuplicateKeyError as error:
            self._connection.rollback()
            raise duplicate_key(self._key, self._staged_key(rows)) from error

    def publish(self, at: datetime) -> None:
        """Move the staged rows to the target in one transaction; a second call changes nothing."""
        if self._stage is None:
            return
        stage = self._stage
        if not self._is_written(_PUBLISHED):
            target = self._target(pa.null())
            for statement in self._make_room(target, stage):
                self._connection.execute(statement)
            self._connection.execute(self._move(target, stage, at))
            self._write_line(_PUBLISHED, 0, at)
            self._connection.commit()
        self._drop_stage(stage)

    def abandon(self) -> None:
        """Undo everything that is not published."""
        self._connection.rollback()
        if self._stage is None:
            return
        if not self._is_written(_PUBLISHED):
            lines = sa.delete(self._ledger).where(self._ledger.c.run == self._identity.run)
            self._connection.execute(lines)
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

    def _is_written(self, batch: int) -> bool:
        line = sa.select(self._ledger.c.batch).where(
            self._ledger.c.run == self._identity.run, self._ledger.c.batch == batch
        )
        return bool(self._connection.fetch(line))

    def _write_line(self, batch: int, rows: int, at: datetime) -> None:
        line = {
            "run": self._identity.run,
            "batch": batch,
            "row_count": rows,
            "delivered_at": _naive(at),
        }
        self._connection.execute(self._ledger.insert().values(line))

    def _staged_key(self, rows: pa.Table) -> object:
        """Return the key that is staged already; None if no one can tell any more."""
        stage = self._begun_stage()
        column, keys = stage.columns[0], rows.column(0).to_pylist()
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
                    target.c.slot == _naive(self._identity.slot),
                )
                return [sa.delete(target).where(*same)]
            case Mode.UPSERT:
                staged = sa.select(stage.columns[0])
                return [sa.delete(target).where(target.c[self._key].in_(staged))]

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
            "slot": _naive(self._identity.slot),
            "predicted_at": _naive(at),
        }

    def _target(self, key_type: pa.DataType) -> sa.Table:
        primary = {
            Mode.APPEND: (),
            Mode.REPLACE_SLOT: ("schedule", "slot", self._key),
            Mode.UPSERT: (self._key,),
        }[self._spec.mode]
        return target_table(
            self._spec.table, self._key, _key_type(key_type), self._outputs_typed(), primary
        )

    def _outputs_typed(self) -> list[tuple[str, sa.types.TypeEngine[Any]]]:
        return [(column.name, _OUTPUT_TYPES[column.type]) for column in self._outputs]

    def _stage_table(self, key_type: pa.DataType) -> sa.Table:
        outputs = [
            sa.Column(f"c{n}", _OUTPUT_TYPES[column.type]) for n, column in enumerate(self._outputs)
        ]
        key = sa.Column("row_key", _key_type(key_type), primary_key=True, autoincrement=False)
        return sa.Table(f"disparo_stage_{self._identity.run}", sa.MetaData(), key, *outputs)

    def _require_columns(self, target: sa.Table, found: dict[str, str], *, with_key: bool) -> None:
        by_name = {name.lower(): kind for name, kind in found.items()}
        problems = [
            f"lacks {column.name!r}" if (kind := by_name.get(column.name.lower())) is None
            else f"has {column.name!r} of kind {kind} instead of {_kind(column.type)}"
            for column in target.columns
            if (with_key or column.name != self._key)
            and not _fits(by_name.get(column.name.lower()), _kind(column.type))
        ]  # fmt: skip
        if problems:
            raise DataRefusedError(
                f"table {self._spec.table!r} has another schema: it {', '.join(problems)}; "
                "deliver to another table, or change this one",
                table=self._spec.table,
            )


def target_table(
    name: str,
    key: str,
    key_type: sa.types.TypeEngine[Any],
    outputs: list[tuple[str, sa.types.TypeEngine[Any]]],
    primary: tuple[str, ...],
) -> sa.Table:
    """Return the target table as Disparo makes it."""
    schema, _, table = name.rpartition(".")
    origin: list[tuple[str, sa.types.TypeEngine[Any]]] = [
        ("model", sa.String(100)),
        ("version", sa.Integer()),
        ("schedule", sa.String(100)),
        ("dispatch_id", sa.BigInteger()),
        ("slot", _TIME),
        ("predicted_at", _TIME),
    ]
    columns = [
        sa.Column(column, kind, primary_key=column in primary, nullable=False, autoincrement=False)
        for column, kind in ((key, key_type), *outputs, *origin)
    ]
    return sa.Table(table, sa.MetaData(), *columns, schema=schema or None)


def preview(
    connection: Connection, spec: Deliver, dispatch_id: int, limit: int
) -> list[dict[str, object]]:
    """Return the first delivered rows of a dispatch that are still in its target."""
    schema, _, name = spec.table.rpartition(".")
    target = sa.table(name, sa.column("dispatch_id", sa.BigInteger()), schema=schema or None)
    query = sa.select(sa.text("*")).select_from(target).where(target.c.dispatch_id == dispatch_id)
    return connection.fetch(query.limit(limit))


def _ledger_table() -> sa.Table:
    return sa.Table(
        "disparo_ledger",
        sa.MetaData(),
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("batch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("delivered_at", _TIME, nullable=False),
    )


def _check_names(names: list[str]) -> None:
    for name in names:
        if not 0 < len(name.encode()) <= LONGEST_NAME or "\0" in name:
            raise ConfigurationError(
                f"{name!r} cannot name a table or a column: names have 1 to {LONGEST_NAME} bytes "
                "and no NUL; rename it in the query or the model"
            )
    lower = [name.lower() for name in names[1:]] + [
        "model",
        "version",
        "schedule",
        "dispatch_id",
        "slot",
        "predicted_at",
    ]
    if twice := [name for name in lower if lower.count(name) > 1]:
        raise ConfigurationError(
            f"the target would have two columns {twice[0]!r}; rename the key in the query"
        )


def _key_type(kind: pa.DataType) -> sa.types.TypeEngine[Any]:
    if pa.types.is_string(kind):
        return _KEY_TEXT
    if pa.types.is_timestamp(kind):
        return _TIME
    if pa.types.is_date(kind):
        return sa.Date()
    if pa.types.is_decimal(kind):
        return sa.Numeric(kind.precision, kind.scale)
    return sa.BigInteger()


def _kind(kind: sa.types.TypeEngine[Any]) -> str:
    if isinstance(kind, (sa.Date, sa.DateTime)):
        return "time"
    return "text" if isinstance(kind, sa.String) else "number"


def _fits(found: str | None, wanted: str) -> bool:
    # SQLite keeps time stamps as text.
    return found in {wanted, "other"} or (found == "text" and wanted == "time")


def _insertable(rows: pa.Table) -> pa.Table:
    """Turn booleans into integers: not every driver binds them."""
    for index, field in enumerate(rows.schema):
        if pa.types.is_boolean(field.type):
            rows = rows.set_column(index, field.name, rows.column(index).cast(pa.int8()))
    return rows


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
