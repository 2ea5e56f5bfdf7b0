"""Writing over rows of the same key where they stand, which MariaDB and MySQL can do.

It takes two thirds of what deleting and inserting take. The two are the same only where no other
unique key could choose the row, the target has no column that would keep its old value, and a
staged key is the target's without being converted.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.sources.connection import Connection

_COLUMNS = ("table_schema", "table_name", "column_name")


def may_overwrite(
    connection: Connection, target: sa.Table, stages: Sequence[sa.Table], key: str
) -> bool:
    """Tell whether writing over the target's rows does what deleting and inserting would do."""
    if connection.dialect.name not in {"mysql", "mariadb"}:
        return False
    found = {name.lower() for name in connection.columns(target) or ()}
    ours = {column.name.lower() for column in target.columns}
    if found != ours or not _is_the_only_unique(connection, target, key):
        return False
    kind = _kind(connection, target, key)
    return all(_kind(connection, stage, stage.columns[0].name) == kind for stage in stages)


def overwrite(target: sa.Table, names: list[str], rows: sa.Select[Any]) -> sa.Insert:
    """Return the statement that inserts `rows` with the columns `names`, or writes over others."""
    inserted = mysql.insert(target).from_select(names, rows)
    return inserted.on_duplicate_key_update({name: inserted.inserted[name] for name in names})


def _is_the_only_unique(connection: Connection, target: sa.Table, key: str) -> bool:
    """Tell whether the whole key, and nothing else, is unique in the target."""
    index = _catalogue("statistics", "sub_part", "non_unique")
    query = _rows_of(target, index, index.c.column_name, index.c.sub_part)
    found = connection.fetch(query.where(index.c.non_unique == "0"))
    return [(str(row["column_name"]).lower(), row["sub_part"]) for row in found] == [
        (key.lower(), None)
    ]


def _kind(connection: Connection, table: sa.Table, column: str) -> tuple[object, object]:
    """Return a column's type and, of a text, its collation."""
    known = _catalogue("columns", "column_type", "collation_name")
    query = _rows_of(table, known, known.c.column_type, known.c.collation_name)
    [row] = connection.fetch(query.where(known.c.column_name == column))
    return row["column_type"], row["collation_name"]


def _catalogue(name: str, *more: str) -> sa.TableClause:
    columns = (sa.column(column, sa.String()) for column in (*_COLUMNS, *more))
    return sa.table(name, *columns, schema="information_schema")


def _rows_of(
    table: sa.Table, catalogue: sa.TableClause, *wanted: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    """Ask what the catalogue says of a table, with labels: MySQL would answer in capitals."""
    schema: sa.ColumnElement[Any] = sa.literal(table.schema) if table.schema else sa.func.database()
    return sa.select(*(one.label(one.name) for one in wanted)).where(
        catalogue.c.table_schema == schema, catalogue.c.table_name == table.name
    )
