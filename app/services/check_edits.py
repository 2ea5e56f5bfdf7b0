"""Edits of checks: the rules that hold whoever edits, within the caller's transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.checks import CheckStore
from app.db.events import EventStore
from app.db.troubles import TroubleStore
from app.errors import ConflictError, NotFoundError
from app.services.documents import check_document
from app.services.edits import require_revision
from app.services.needs import Graph, require_sound, require_unneeded
from app.values.check import Check
from app.values.check_view import StoredCheck
from app.values.notice import Subject
from app.values.patch import difference


class CheckEditor:
    """Edits checks, one editor after the other, and writes down who changed what."""

    def __init__(self, connection: sa.Connection, *, actor: str, now: datetime) -> None:
        self._store = CheckStore(connection)
        self._events = EventStore(connection)
        self._troubles = TroubleStore(connection)
        self._actor = actor
        self._now = now
        self._store.lock()

    def find(self, name: str, expected: Collection[int] | None = None) -> StoredCheck:
        """Return a check. Raises NotFoundError, and ChangedError if it is of no such revision."""
        found = self._store.get(name)
        if found is None:
            raise no_check(name)
        require_revision("check", name, found.revision, expected)
        return found

    def add(
        self,
        spec: Check,
        *,
        declared_in: str | None = None,
        event: str = "added",
        paused: bool = False,
    ) -> None:
        """Add a check. Raises ConflictError if the name is used."""
        if self._store.get(spec.name) is not None:
            raise ConflictError(
                f"there is a check {spec.name!r} already; replace it, or choose another name"
            )
        self._store.add(spec, declared_in=declared_in, now=self._now, paused=paused)
        self._note(spec.name, event, {}, check_document(spec))

    def put(
        self,
        old: StoredCheck,
        spec: Check,
        *,
        declared_in: str | None = None,
        event: str = "changed",
    ) -> bool:
        """Let the check be `spec`; tell whether that changes anything."""
        if (old.spec, old.declared_in) == (spec, declared_in):
            return False
        self._store.change(old.id, self._now, spec=spec, declared_in=declared_in)
        self._note(spec.name, event, _before(old), check_document(spec))
        return True

    def declare(self, spec: Check, *, declared_in: str, paused: bool) -> bool:
        """Let the check be as a file has it; only a new one starts as paused as the file says."""
        old = self._store.get(spec.name)
        if old is not None:
            return self.put(old, spec, declared_in=declared_in, event="declared")
        self.add(spec, declared_in=declared_in, event="declared", paused=paused)
        return True

    def set_paused(self, old: StoredCheck, *, paused: bool) -> bool:
        """Stop looking, or go on; tell whether that changes anything."""
        if old.paused == paused:
            return False
        self._store.change(old.id, self._now, paused=paused)
        event = "paused" if paused else "resumed"
        self._note(old.name, event, {"paused": old.paused}, {"paused": paused})
        return True

    def remove(self, old: StoredCheck) -> None:
        """Remove the check. Raises ConflictError if another one depends on it."""
        require_unneeded(self._graph(), old.name)
        self._store.remove(old.id)
        self._troubles.end(Subject.CHECK, old.name)
        self._note(old.name, "removed", _before(old), {})

    def require_sound(self, *changed: str) -> None:
        """Raise ConfigurationError if what changed depends on what is not there, or on itself."""
        require_sound(self._graph(), changed)

    def _graph(self) -> Graph:
        return {
            one.name: () if one.spec is None else one.spec.depends_on for one in self._store.all()
        }

    def _note(self, name: str, event: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        detail = difference(before, after)
        self._events.add(f"check:{name}", event, self._now, actor=self._actor, detail=detail)


def no_check(name: str) -> NotFoundError:
    """Return the error that there is no such check."""
    return NotFoundError(f"there is no check {name!r}; `disparo checks list` shows them")


def _before(old: StoredCheck) -> dict[str, Any]:
    return {"fault": old.fault} if old.spec is None else check_document(old.spec)
