"""What the tests of sources share: a connection to a fresh database, tables, signatures."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.sources import Connection, Limits, connect
from app.sources.collect import collect
from app.sources.connection import Query
from app.sources.deliver import Delivery
from app.sources.publish import Identity
from app.values.schedule import Deliver, Mode
from app.values.signature import FieldType, InputField, Outputs, Signature, Task
from tests.conftest import WAYS, Place

everywhere = pytest.mark.parametrize("place", WAYS, indirect=True)
on_each_system = pytest.mark.parametrize(
    "place", ["sqlite", "mariadb-odbc", "postgresql-odbc"], indirect=True
)
ALL = "SELECT id, label, probability_late, dispatch_id FROM predictions ORDER BY dispatch_id, id"
"""What a delivery left in the target, in order."""
AT = datetime(2013, 11, 28, 9, 30, 0, 123456, tzinfo=UTC)
OUTPUTS = Outputs(task=Task.CLASSIFICATION, classes=("late", "on_time"), probabilities=True)
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
DOUBLE: sa.Double[float] = sa.Double()
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


@contextmanager
def connected(place: Place, *, write: bool = False, **limits: int) -> Iterator[Connection]:
    """Connect to the place, with small bounds where given."""
    connection = connect("place", place.connection, Limits(**limits), write=write)
    try:
        yield connection
    finally:
        connection.close()


def fill(place: Place, types: dict[str, Any], rows: Sequence[Sequence[object]]) -> None:
    """Make a table `t` with a key `id` and the given columns, and put the rows in."""
    types = {"id": sa.BigInteger(), **types}
    columns = [sa.Column(name, kind) for name, kind in types.items()]
    table = sa.Table("t", sa.MetaData(), *columns)
    with place.engine.begin() as connection:
        table.create(connection)
        if rows:
            named = [dict(zip(types, row, strict=True)) for row in rows]
            connection.execute(table.insert(), named)


def signature(*, nullable: bool = True, **inputs: FieldType) -> Signature:
    """Return a signature with these inputs."""
    fields = (InputField(name=n, type=kind, nullable=nullable) for n, kind in inputs.items())
    return Signature(inputs=tuple(fields), outputs=OUTPUTS)


def collected(
    place: Place,
    sign: Signature,
    text: str = "SELECT * FROM t",
    *,
    key: str = "id",
    limit: int | None = None,
    parameters: dict[str, Any] | None = None,
    **limits: Any,
) -> pa.Table:
    """Collect all rows, ordered by key."""
    with connected(place, **limits) as connection:
        query = Query(text=text, parameters=parameters or {}, key=key)
        batches = list(collect(connection, query, sign, limit=limit))
    return pa.concat_tables(batches).sort_by(key) if batches else pa.table({})


def delivery(connection: Connection, mode: Mode = Mode.REPLACE_SLOT, **changed: Any) -> Delivery:
    """Return a delivery to the table `predictions`."""
    facts: dict[str, Any] = {
        "run": "0" * 31 + "1",
        "dispatch_id": 1,
        "schedule": "score",
        "slot": datetime(2013, 11, 28, tzinfo=UTC),
        "model": "flight-delay",
        "version": 3,
    }
    table, key = changed.pop("table", "predictions"), changed.pop("key", "id")
    outputs = changed.pop("outputs", OUTPUTS)
    spec = Deliver(source="place", table=table, mode=mode)
    return Delivery(connection, spec, key, outputs, Identity(**{**facts, **changed}))


def predictions(keys: Sequence[object], late: float = 0.25, kind: Any = None) -> pa.Table:
    """Return a batch of predictions for the keys."""
    count = len(keys)
    return pa.table(
        {
            "id": pa.array(keys, kind),
            "label": ["on_time"] * count,
            "probability_late": [late] * count,
            "probability_on_time": [1 - late] * count,
        }
    )


def deliver(connection: Connection, batches: Sequence[pa.Table], **changed: Any) -> int:
    """Deliver the batches, from begin to publish."""
    one = delivery(connection, **changed)
    one.begin(batches[0].schema.field(0).type if batches else None)
    for number, batch in enumerate(batches):
        one.write(number, batch, AT)
    return one.publish(AT)


def rows(place: Place, text: str) -> list[tuple[Any, ...]]:
    """Return what the test's own engine reads."""
    with place.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(text))]


def tables(place: Place) -> set[str]:
    """Return the names of the tables."""
    return set(sa.inspect(place.engine).get_table_names())


def left_over(place: Place) -> set[str]:
    """Return the stages that are left."""
    return {name for name in tables(place) if name.startswith("disparo_stage")}
