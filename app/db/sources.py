"""The store of sources. Connection strings are encrypted at rest."""

from datetime import datetime

import sqlalchemy as sa
from pydantic import SecretStr

from app.db.tables import sources
from app.db.vault import Vault
from app.values.source import Source


class SourceStore:
    """Sources, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def all(self) -> list[Source]:
        """Return all sources by name."""
        rows = self._connection.execute(sa.select(sources).order_by(sources.c.name))
        return [self._value(row) for row in rows]

    def get(self, name: str) -> Source | None:
        """Return one source."""
        row = self._connection.execute(sa.select(sources).where(sources.c.name == name)).first()
        return None if row is None else self._value(row)

    def put(self, source: Source) -> None:
        """Add the source, or replace the one of its name."""
        fields = {
            "connection": self._vault.encrypt(source.connection.get_secret_value()),
            "description": source.description,
            "declared_in": source.declared_in,
            "concurrency": source.concurrency,
            "updated_at": source.updated_at,
        }
        change = sources.update().where(sources.c.name == source.name).values(fields)
        if self._connection.execute(change).rowcount == 0:
            new = {"name": source.name, "created_at": source.created_at, **fields}
            self._connection.execute(sources.insert().values(new))

    def remove(self, name: str) -> bool:
        """Remove the source; tell whether it was there."""
        return self._connection.execute(sources.delete().where(sources.c.name == name)).rowcount > 0

    def _value(self, row: sa.Row[tuple[object, ...]]) -> Source:
        fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
        del fields["id"]
        secret = SecretStr(
            self._vault.decrypt(fields.pop("connection"), f"source {fields['name']!r}")
        )
        return Source(connection=secret, **fields)


def unchanged(old: Source | None, new: Source) -> bool:
    """Tell whether putting `new` would change nothing but the time."""
    return old is not None and new.model_copy(update=_times(old)) == old


def _times(source: Source) -> dict[str, datetime]:
    return {"created_at": source.created_at, "updated_at": source.updated_at}
