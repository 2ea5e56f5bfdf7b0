"""The store of what people declare for alerts: channels and rules, each in a table of its own."""

from datetime import datetime

import sqlalchemy as sa

from app.values.base import Instant, Value


class StoredSpec(Value):
    """A spec as it is kept, still as text."""

    id: int
    name: str
    text: str
    declared_in: str | None
    created_at: Instant
    updated_at: Instant
    revision: int


class SpecStore:
    """The specs of one table, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection, table: sa.Table) -> None:
        self._connection = connection
        self._table = table

    def page(self, *, after: str = "", limit: int | None = None) -> list[StoredSpec]:
        """Return specs by name; `after` is the last name of the page before."""
        query = sa.select(self._table).where(self._table.c.name > after)
        rows = self._connection.execute(query.order_by(self._table.c.name).limit(limit))
        return [_value(row) for row in rows]

    def get(self, name: str, *, lock: bool = False) -> StoredSpec | None:
        """Return one spec; `lock` keeps others from changing it meanwhile."""
        query = sa.select(self._table).where(self._table.c.name == name)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _value(row)

    def names(self) -> set[str]:
        """Return all names."""
        return set(self._connection.scalars(sa.select(self._table.c.name)))

    def add(self, name: str, text: str, *, declared_in: str | None, now: datetime) -> None:
        """Add a spec. Raises IntegrityError if the name is taken."""
        row = {
            "name": name,
            "spec": text,
            "declared_in": declared_in,
            "created_at": now,
            "updated_at": now,
            "revision": 1,
        }
        self._connection.execute(self._table.insert().values(row))

    def change(self, spec_id: int, text: str, *, declared_in: str | None, now: datetime) -> None:
        """Replace a spec. It becomes a new revision."""
        change = self._table.update().where(self._table.c.id == spec_id)
        revision = self._table.c.revision + 1
        self._connection.execute(
            change.values(spec=text, declared_in=declared_in, updated_at=now, revision=revision)
        )

    def remove(self, name: str) -> None:
        """Remove a spec."""
        self._connection.execute(self._table.delete().where(self._table.c.name == name))


def _value(row: sa.Row[tuple[object, ...]]) -> StoredSpec:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    return StoredSpec(text=fields.pop("spec"), **fields)
