"""The tables that delivering needs, as SQLAlchemy describes them: target, stage and ledger."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.errors import ConfigurationError
from app.sources.collect import LONGEST_KEY
from app.values.schedule import Mode
from app.values.signature import FieldType, OutputColumn

LONGEST_NAME = 63
"""Bytes of the longest name that MariaDB, MySQL and PostgreSQL all keep whole."""

_TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_TEXT = sa.String(LONGEST_KEY)
_KEY_TEXT = _TEXT.with_variant(
    mysql.VARCHAR(LONGEST_KEY, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
)
_NAME = sa.String(100).with_variant(
    mysql.VARCHAR(100, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)
"""A name of ours: by MariaDB's own collation `Score` would replace the rows of `score`."""
_ORIGIN: dict[str, sa.types.TypeEngine[Any]] = {
    "model": _NAME,
    "version": sa.Integer(),
    "schedule": _NAME,
    "dispatch_id": sa.BigInteger(),
    "slot": _TIME,
    "predicted_at": _TIME,
}
"""The columns that say where a row comes from."""
_OUTPUT_TYPES: dict[FieldType, sa.types.TypeEngine[Any]] = {
    FieldType.INTEGER: sa.BigInteger(),
    FieldType.NUMBER: sa.Double(),
    FieldType.BOOLEAN: sa.SmallInteger(),
    FieldType.TEXT: _KEY_TEXT,
    FieldType.TIMESTAMP: _TIME,
}


def target_table(
    name: str, key: str, key_type: pa.DataType, outputs: Sequence[OutputColumn], mode: Mode
) -> sa.Table:
    """Return the target as Disparo makes it: the key, the outputs, and where the row comes from.

    Its primary key is what may not come twice in the mode; appended rows may.
    """
    schema, _, table = name.rpartition(".")
    primary: dict[Mode, set[str]] = {
        Mode.APPEND: set(),
        Mode.REPLACE_SLOT: {"schedule", "slot", key},
        Mode.UPSERT: {key},
    }
    typed = {column.name: _OUTPUT_TYPES[column.type] for column in outputs}
    columns = [
        sa.Column(
            column,
            kind,
            primary_key=column in primary[mode],
            nullable=False,
            autoincrement=False,
        )
        for column, kind in ({key: _key_type(key_type)} | typed | _ORIGIN).items()
    ]
    return sa.Table(table, sa.MetaData(), *columns, schema=schema or None)


def stage_table(run: str, key_type: pa.DataType, outputs: Sequence[OutputColumn]) -> sa.Table:
    """Return the narrow table of one run, whose names no driver can stumble over."""
    columns = [sa.Column(f"c{n}", _OUTPUT_TYPES[one.type]) for n, one in enumerate(outputs)]
    key = sa.Column("row_key", _key_type(key_type), primary_key=True, autoincrement=False)
    return sa.Table(stage_name(run), sa.MetaData(), key, *columns)


def stage_name(run: str) -> str:
    """Return the name of a run's stage, which needs no quotes."""
    return f"disparo_stage_{run}"


def ledger_table() -> sa.Table:
    """Return the table with one line for each batch, and batch -1 for the publication."""
    return sa.Table(
        "disparo_ledger",
        sa.MetaData(),
        sa.Column("run", sa.String(32), primary_key=True),
        sa.Column("batch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("row_count", sa.Integer, nullable=False),
        sa.Column("delivered_at", _TIME, nullable=False),
    )


def check_names(table: str, columns: Sequence[str]) -> None:
    """Raise ConfigurationError for names that no database takes, and for two equal ones."""
    for name in (*table.split("."), *columns):
        if not 0 < len(name.encode()) <= LONGEST_NAME or "\0" in name:
            raise ConfigurationError(
                f"{name!r} cannot name a table or a column: names have 1 to {LONGEST_NAME} bytes "
                "and no NUL; rename it in the query or the model"
            )
    lower = [name.lower() for name in (*columns, *_ORIGIN)]
    if twice := [name for name in lower if lower.count(name) > 1]:
        raise ConfigurationError(
            f"the target would have two columns {twice[0]!r}; rename the key in the query, "
            "or the class"
        )


def _key_type(kind: pa.DataType) -> sa.types.TypeEngine[Any]:
    if pa.types.is_string(kind):
        return _KEY_TEXT
    if pa.types.is_timestamp(kind):
        return _TIME
    if pa.types.is_date(kind):
        return sa.Date()
    if pa.types.is_decimal(kind):
        # SQLite would turn a decimal into a float.
        return sa.Numeric(kind.precision, kind.scale).with_variant(sa.String(40), "sqlite")
    return sa.BigInteger()


def differences(target: sa.Table, found: dict[str, str], dialect: sa.Dialect) -> list[str]:
    """Return in words what a table with the columns `found` lacks or has otherwise."""
    by_name = {name.lower(): kind for name, kind in found.items()}
    problems = []
    for column in target.columns:
        wanted, kind = _kind(column.type.dialect_impl(dialect)), by_name.get(column.name.lower())
        if kind is None:
            problems.append(f"lacks {column.name!r}")
        elif not _fits(kind, wanted):
            problems.append(f"has {column.name!r} of kind {kind} instead of {wanted}")
    return problems


def _kind(kind: sa.types.TypeEngine[Any]) -> str:
    if isinstance(kind, (sa.Date, sa.DateTime)):
        return "time"
    return "text" if isinstance(kind, sa.String) else "number"


def _fits(found: str, wanted: str) -> bool:
    # SQLite keeps time stamps as text.
    return found in {wanted, "other"} or (found == "text" and wanted == "time")
