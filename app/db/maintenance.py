"""The store of maintenance windows. One whose spec cannot be read comes with its fault."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.db.check_tables import windows
from app.values.maintenance import Maintenance, StoredMaintenance


class MaintenanceStore:
    """Windows, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self) -> list[StoredMaintenance]:
        """Return all windows, by name."""
        rows = self._connection.execute(sa.select(windows).order_by(windows.c.name))
        return [_value(dict(row._mapping)) for row in rows]  # noqa: SLF001 - documented name

    def sound(self) -> tuple[Maintenance, ...]:
        """Return what can be read of all windows, by name."""
        return tuple(one.spec for one in self.all() if one.spec is not None)

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


def _value(fields: dict[str, Any]) -> StoredMaintenance:
    text = fields.pop("spec")
    try:
        return StoredMaintenance(spec=Maintenance.model_validate_json(text), **fields)
    except ValidationError as error:
        fault = f"the stored spec cannot be read: {error}"
        return StoredMaintenance(spec=None, fault=fault, **fields)
