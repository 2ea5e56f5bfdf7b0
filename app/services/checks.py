"""Checks: create, list, read, replace, change, remove, pause, resume, declare; their results."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.check_results import ResultStore, cursor
from app.db.checks import CheckStore, Row
from app.db.engine import reading
from app.db.events import EventStore
from app.db.flips import FlipStore
from app.errors import ConflictError
from app.services.check_edits import CheckEditor, no_check
from app.services.documents import checks_yaml, parsed
from app.services.edits import require_name
from app.services.sources import refuse_declared
from app.values.check import Check, Flip, State
from app.values.check_view import CheckView, Look, Rollup, StoredCheck, Width
from app.values.event import Event
from app.values.patch import merged

Revisions = Collection[int] | None
"""The revisions of which one is expected to be the present one; None: any."""


class CheckService:
    """The use cases of checks. Methods that edit raise ChangedError on a lost race."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def page(
        self,
        *,
        after: str = "",
        limit: int = 1_000_000,
        kind: str | None = None,
        state: State | None = None,
    ) -> list[CheckView]:
        """Return checks by name; `after` is the last name of the page before."""
        with self._reading.begin() as connection:
            rows = CheckStore(connection).page(after=after, limit=limit, kind=kind, state=state)
        return [view(row) for row in rows]

    def get(self, name: str) -> CheckView:
        """Return one check as it is shown. Raises NotFoundError."""
        with self._reading.begin() as connection:
            return _shown(connection, name)

    def sound(self, name: str) -> Check:
        """Return what a check says. Raises NotFoundError, and ConflictError if it is damaged."""
        return _sound(self.get(name))

    def create(self, spec: Check, *, actor: str, now: datetime) -> CheckView:
        """Add a check, which is looked at at once. Raises ConflictError, ConfigurationError."""
        with self._engine.begin() as connection:
            editor = CheckEditor(connection, actor=actor, now=now)
            editor.add(spec)
            editor.require_sound(spec.name)
            return _shown(connection, spec.name)

    def replace(
        self, name: str, spec: Check, *, actor: str, now: datetime, expected: Revisions = None
    ) -> CheckView:
        """Let the check be `spec`, also if it is damaged."""
        require_name("check", name, spec.name)
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, connection):
            refuse_declared("check", name, old.declared_in)
            editor.put(old, spec)
            editor.require_sound(name)
            return _shown(connection, name)

    def change(
        self,
        name: str,
        patch: Mapping[str, Any],
        *,
        actor: str,
        now: datetime,
        expected: Revisions = None,
    ) -> CheckView:
        """Change some fields of the check, by a merge patch (RFC 7396)."""
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, connection):
            refuse_declared("check", name, old.declared_in)
            spec = _patched(_sound(old), patch)
            require_name("check", name, spec.name)
            editor.put(old, spec)
            editor.require_sound(name)
            return _shown(connection, name)

    def remove(self, name: str, *, actor: str, now: datetime, expected: Revisions = None) -> None:
        """Remove the check and its results. Raises ConflictError if another depends on it."""
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, _):
            refuse_declared("check", name, old.declared_in)
            editor.remove(old)

    def set_paused(
        self, name: str, *, paused: bool, actor: str, now: datetime, expected: Revisions = None
    ) -> CheckView:
        """Stop looking at what the check is about, or go on; a file's check too."""
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, connection):
            editor.set_paused(old, paused=paused)
            return _shown(connection, name)

    def declare(
        self,
        specs: Iterable[Check],
        declared_in: str,
        *,
        paused: Collection[str] = (),
        now: datetime,
    ) -> list[str]:
        """Make checks be as a file declares them; return the names of those that changed.

        `paused` are those that start paused; one that is there already stays as it is.
        """
        found = list(specs)
        if not found:
            return []
        with self._engine.begin() as connection:
            editor = CheckEditor(connection, actor=f"file:{declared_in}", now=now)
            changed = [
                spec.name
                for spec in found
                if editor.declare(spec, declared_in=declared_in, paused=spec.name in paused)
            ]
            editor.require_sound(*changed)
        return changed

    def export(self, names: Collection[str] | None = None) -> str:
        """Return checks, by default all sound ones, as YAML that `disparo apply` takes."""
        if names is not None:
            return checks_yaml(self.sound(name) for name in names)
        return checks_yaml(one.spec for one in self.page() if one.spec is not None)

    def history(self, name: str, *, after: int = 0, limit: int = 50) -> list[Event]:
        """Return who changed what of the check, the oldest first, also if it is removed."""
        with self._reading.begin() as connection:
            found = EventStore(connection).of(f"check:{name}", after=after, limit=limit)
            if not found and CheckStore(connection).get(name) is None:
                raise no_check(name)
        return found

    def flips(self, name: str, *, before: int | None = None, limit: int = 50) -> list[Flip]:
        """Return the changes of the check's state, the newest first, also if it is removed."""
        with self._reading.begin() as connection:
            found = FlipStore(connection).of(name, before=before, limit=limit)
            if not found and CheckStore(connection).get(name) is None:
                raise no_check(name)
        return found

    def looks(
        self, name: str, *, before: int | None = None, limit: int = 50
    ) -> tuple[list[Look], int | None]:
        """Return results, the newest first, and the `before` of the next page."""
        with self._reading.begin() as connection:
            found = ResultStore(connection).looks(_id(connection, name), before=before, limit=limit)
        return found, cursor(found[-1].at) if len(found) == limit else None

    def rollups(
        self, name: str, width: Width, *, before: int | None = None, limit: int = 50
    ) -> tuple[list[Rollup], int | None]:
        """Return what hours or days found, the newest first, and the `before` of the next page."""
        with self._reading.begin() as connection:
            store = ResultStore(connection)
            found = store.rollups(_id(connection, name), width, before=before, limit=limit)
        return found, cursor(found[-1].start) if len(found) == limit else None

    @contextmanager
    def _edited(
        self, name: str, expected: Revisions, *, actor: str, now: datetime
    ) -> Iterator[tuple[CheckEditor, StoredCheck, sa.Connection]]:
        with self._engine.begin() as connection:
            editor = CheckEditor(connection, actor=actor, now=now)
            yield editor, editor.find(name, expected), connection


def view(row: Row) -> CheckView:
    """Return how a check is shown."""
    stored, standing = row
    fields = dict(stored)
    if stored.fault is not None:
        return CheckView(**fields, state=State.UNKNOWN, since=None, detail=stored.fault)
    if standing is None:
        state = State.PAUSED if stored.paused else State.UNKNOWN
        return CheckView(**fields, state=state, since=None, detail=_unseen(stored))
    seen = (standing.state is State.PAUSED) == stored.paused  # the Monitor has followed the edit
    return CheckView(
        **fields,
        state=State.PAUSED if stored.paused else standing.state if seen else State.UNKNOWN,
        since=standing.since if seen else stored.updated_at,
        detail=standing.detail if seen else _unseen(stored),
        failures=standing.failures,
        flapping=standing.flapping,
        hidden_by=standing.hidden_by,
        last=standing.last,
    )


def _unseen(stored: StoredCheck) -> str:
    """Say of a check what the Monitor has not taken notice of yet."""
    return "paused by a person" if stored.paused else "not looked at yet"


def _shown(connection: sa.Connection, name: str) -> CheckView:
    store = CheckStore(connection)
    found = store.get(name)
    if found is None:
        raise no_check(name)
    missing = store.missing(found.spec) if found.spec else ()
    shown = view((found, store.standing(found.id)))
    return shown.model_copy(update={"warnings": tuple(missing)})


def _id(connection: sa.Connection, name: str) -> int:
    found = CheckStore(connection).get(name)
    if found is None:
        raise no_check(name)
    return found.id


def _sound(found: StoredCheck) -> Check:
    if found.spec is None:
        raise ConflictError(
            f"check {found.name!r} cannot be read: {found.fault}; put it anew, or delete it"
        )
    return found.spec


def _patched(spec: Check, patch: Mapping[str, Any]) -> Check:
    document = spec.model_dump(mode="json")
    target = patch.get("target")
    if isinstance(target, Mapping) and target.get("kind", spec.target.kind) != spec.target.kind:
        document["target"] = None  # a target of another kind has no field of this one
    return parsed(Check, "check", merged(document, patch))
