"""Maintenance windows: create, list, read, replace, remove, declare."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from app.db.checks import CheckStore
from app.db.engine import reading
from app.db.events import EventStore
from app.db.maintenance import MaintenanceStore
from app.errors import ConfigurationError, ConflictError, NotFoundError
from app.services.edits import require_name, require_revision
from app.services.sources import refuse_declared
from app.values.maintenance import Maintenance, StoredMaintenance
from app.values.patch import difference

Revisions = Collection[int] | None


class MaintenanceService:
    """The use cases of maintenance windows. A change works within a second."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def all(self) -> list[StoredMaintenance]:
        """Return all windows, by name."""
        with self._reading.begin() as connection:
            return MaintenanceStore(connection).all()

    def get(self, name: str) -> StoredMaintenance:
        """Return one window. Raises NotFoundError."""
        with self._reading.begin() as connection:
            return _found(connection, name)

    def create(self, spec: Maintenance, *, actor: str, now: datetime) -> StoredMaintenance:
        """Add a window. Raises ConflictError, and ConfigurationError for a check not there."""
        with self._engine.begin() as connection:
            CheckStore(connection).lock()
            if MaintenanceStore(connection).get(spec.name) is not None:
                raise ConflictError(
                    f"there is a maintenance window {spec.name!r} already; replace it, or choose "
                    "another name"
                )
            _require_checks(connection, spec)
            _put(connection, spec, declared_in=None, event="added", actor=actor, now=now)
            return _found(connection, spec.name)

    def replace(
        self, name: str, spec: Maintenance, *, actor: str, now: datetime, expected: Revisions = None
    ) -> StoredMaintenance:
        """Let the window be `spec`, also if it is damaged."""
        require_name("maintenance window", name, spec.name)
        with self._engine.begin() as connection:
            CheckStore(connection).lock()
            old = _found(connection, name)
            require_revision("maintenance window", name, old.revision, expected)
            refuse_declared("maintenance window", name, old.declared_in)
            _require_checks(connection, spec)
            _put(connection, spec, declared_in=None, event="changed", actor=actor, now=now)
            return _found(connection, name)

    def remove(self, name: str, *, actor: str, now: datetime, expected: Revisions = None) -> None:
        """Remove the window: what is wrong by then is told of."""
        with self._engine.begin() as connection:
            CheckStore(connection).lock()
            old = _found(connection, name)
            require_revision("maintenance window", name, old.revision, expected)
            refuse_declared("maintenance window", name, old.declared_in)
            MaintenanceStore(connection).remove(name)
            detail = difference(_before(old), {})
            EventStore(connection).add(f"window:{name}", "removed", now, actor=actor, detail=detail)

    def declare(
        self, specs: Iterable[Maintenance], declared_in: str, *, now: datetime
    ) -> list[str]:
        """Make windows be as a file declares them; return the names of those that changed."""
        found, actor = list(specs), f"file:{declared_in}"
        if not found:
            return []
        with self._engine.begin() as connection:
            CheckStore(connection).lock()
            for spec in found:
                _require_checks(connection, spec)
            return [
                spec.name
                for spec in found
                if _put(
                    connection,
                    spec,
                    declared_in=declared_in,
                    event="declared",
                    actor=actor,
                    now=now,
                )
            ]


def _put(
    connection: sa.Connection,
    spec: Maintenance,
    *,
    declared_in: str | None,
    event: str,
    actor: str,
    now: datetime,
) -> bool:
    store = MaintenanceStore(connection)
    old = store.get(spec.name)
    if old is None:
        store.add(spec, declared_in=declared_in, now=now)
    elif (old.spec, old.declared_in) == (spec, declared_in):
        return False
    else:
        store.change(old.id, spec, declared_in=declared_in, now=now)
    detail = difference({} if old is None else _before(old), _document(spec))
    EventStore(connection).add(f"window:{spec.name}", event, now, actor=actor, detail=detail)
    return True


def _found(connection: sa.Connection, name: str) -> StoredMaintenance:
    found = MaintenanceStore(connection).get(name)
    if found is None:
        raise NotFoundError(
            f"there is no maintenance window {name!r}; `disparo windows list` shows them"
        )
    return found


def _require_checks(connection: sa.Connection, spec: Maintenance) -> None:
    store = CheckStore(connection)
    if missing := [name for name in spec.checks if store.get(name) is None]:
        raise ConfigurationError(
            f"maintenance window {spec.name!r} is for {', '.join(map(repr, missing))}, and there "
            "is no such check"
        )


def _before(old: StoredMaintenance) -> dict[str, object]:
    return {"fault": old.fault} if old.spec is None else _document(old.spec)


def _document(spec: Maintenance) -> dict[str, object]:
    return spec.model_dump(mode="json", exclude_defaults=True)
