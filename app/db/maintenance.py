"""The store of maintenance windows."""

import logging
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.db.check_tables import windows
from app.values.maintenance import Maintenance, StoredMaintenance

logger = logging.getLogger(__name__)


class MaintenanceStore:
    """Windows, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self) -> list[StoredMaintenance]:
        """Return all windows, by name; one that cannot be read is left out, and logged."""
        rows = self._connection.execute(sa.select(windows).order_by(windows.c.name))
        found = [_value(dict(row._mapping)) for row in rows]  # noqa: SLF001 - documented name
        return [one for one in found if one is not None]

    def get(self, name: str) -> StoredMaintenance | None:
        """Return one window."""
        row = self._connection.execute(sa.select(windows).where(windows.c.name == name)).first()
        return None if row is None else _value(dict(row._mapping))  # noqa: SLF001 - documented name

    def add(self, spec: Maintenance, *, declared_in: str | None, now: datetime) -> None:
        """Add a window."""
        row = {
            "name": spec.name,
            "spec": spec.model_dump_json(),
            "declared_in": declared_in,
            "created_at": now,
            "updated_at": now,
            "revision": 1,
        }
        self._connection.execute(windows.insert().values(row))

    def change(
        self, window_id: int, spec: Maintenance, *, declared_in: str | None, now: datetime
    ) -> None:
        """Let a window be `spec`."""
        change = windows.update().where(windows.c.id == window_id)
        self._connection.execute(
            change.values(
                spec=spec.model_dump_json(),
                declared_in=declared_in,
                updated_at=now,
                revision=windows.c.revision + 1,
            )
        )

    def remove(self, name: str) -> None:
        """Remove a window."""
        self._connection.execute(windows.delete().where(windows.c.name == name))


def _value(fields: dict[str, Any]) -> StoredMaintenance | None:
    name, text = fields.pop("name"), fields.pop("spec")
    try:
        return StoredMaintenance(spec=Maintenance.model_validate_json(text), **fields)
    except ValidationError:
        logger.exception("the maintenance window %r cannot be read", name)
        return None
