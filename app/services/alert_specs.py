"""What channels and rules have in common: people declare them, by name and revision."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

import sqlalchemy as sa

from app.db.alert_specs import SpecStore, StoredSpec
from app.db.engine import reading
from app.db.events import EventStore
from app.errors import ConfigurationError, ConflictError, NotFoundError
from app.services.edits import require_name, require_revision
from app.services.sources import refuse_declared
from app.values.alert import Rule, RuleOverview
from app.values.channel import Channel, ChannelOverview
from app.values.event import Event
from app.values.patch import difference, merged

Spec = TypeVar("Spec", Channel, Rule)
Shown = TypeVar("Shown", ChannelOverview, RuleOverview)
Revisions = Collection[int] | None
"""The revisions of which one is expected to be the present one; None: any."""


class SpecService(Generic[Spec, Shown]):
    """The use cases that are the same. Methods that edit raise ChangedError on a lost race."""

    noun: ClassVar[str]
    table: ClassVar[sa.Table]

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def shown(self, stored: StoredSpec) -> Shown:
        """Return a spec as it is shown, sound or damaged."""
        raise NotImplementedError

    def parsed(self, document: Any) -> Spec:
        """Return the spec that plain data describe. Raises ConfigurationError."""
        raise NotImplementedError

    def _read(self, stored: StoredSpec) -> Spec:
        """Return a spec of its text. Raises ConfigurationError for one that is damaged."""
        raise NotImplementedError

    def _text(self, spec: Spec) -> str:
        """Return a spec as it is kept."""
        raise NotImplementedError

    def _plain(self, spec: Spec) -> dict[str, Any]:
        """Return all of a spec as plain data that `parsed` takes."""
        raise NotImplementedError

    def _patched(self, spec: Spec, patch: Mapping[str, Any]) -> Spec:
        """Return a spec with a merge patch applied."""
        return self.parsed(merged(self._plain(spec), patch))

    def _completed(self, spec: Spec, old: Spec | None) -> Spec:
        """Return a spec that people sent, with what they could not see of the old one."""
        raise NotImplementedError

    def _require_sound(self, connection: sa.Connection, spec: Spec) -> None:
        """Raise ConfigurationError for a spec that would not work."""

    def _require_unused(self, connection: sa.Connection, name: str) -> None:
        """Raise ConflictError for what others need."""

    def _removed(self, connection: sa.Connection, name: str) -> None:
        """Clear away what belongs to what is removed."""

    def page(self, *, after: str = "", limit: int = 1000) -> list[Shown]:
        """Return what there is, by name; `after` is the last name of the page before."""
        with self._reading.begin() as connection:
            found = SpecStore(connection, self.table).page(after=after, limit=limit)
        return [self.shown(one) for one in found]

    def get(self, name: str) -> Shown:
        """Return one as it is shown. Raises NotFoundError."""
        with self._reading.begin() as connection:
            return self._one(connection, name)

    def _one(self, connection: sa.Connection, name: str) -> Shown:
        found = SpecStore(connection, self.table).get(name)
        if found is None:
            raise self._missing(name)
        return self.shown(found)

    def _missing(self, name: str) -> NotFoundError:
        hint = f"`disparo alerts {self.noun}s list` shows them"
        return NotFoundError(f"there is no {self.noun} {name!r}; {hint}")

    def create(self, spec: Spec, *, actor: str, now: datetime) -> Shown:
        """Add one. Raises ConflictError."""
        with self._engine.begin() as connection:
            self._add(connection, spec, actor=actor, now=now)
            return self._one(connection, spec.name)

    def replace(
        self, name: str, spec: Spec, *, actor: str, now: datetime, expected: Revisions = None
    ) -> Shown:
        """Let it be `spec`, also if it is damaged."""
        with self._edited(name, expected) as (connection, old):
            self._put(connection, old, spec, actor=actor, now=now)
            return self._one(connection, name)

    def change(
        self,
        name: str,
        patch: Mapping[str, Any],
        *,
        actor: str,
        now: datetime,
        expected: Revisions = None,
    ) -> Shown:
        """Change some fields, by a merge patch (RFC 7396)."""
        with self._edited(name, expected) as (connection, old):
            spec = self._patched(self._read(old), patch)
            self._put(connection, old, spec, actor=actor, now=now)
            return self._one(connection, name)

    def remove(self, name: str, *, actor: str, now: datetime, expected: Revisions = None) -> None:
        """Remove it. Raises ConflictError for what a file declares, or others need."""
        with self._edited(name, expected) as (connection, old):
            self._require_unused(connection, name)
            SpecStore(connection, self.table).remove(name)
            self._removed(connection, name)
            self._note(connection, name, "removed", actor, now, self._told(old), {})

    def declare(self, spec: Spec, declared_in: str, *, now: datetime) -> bool:
        """Make it be as a file declares it; return whether that changed anything."""
        actor = f"file:{declared_in}"
        with self._engine.begin() as connection:
            old = SpecStore(connection, self.table).get(spec.name, lock=True)
            if old is None:
                self._add(connection, spec, actor=actor, now=now, declared_in=declared_in)
                return True
            return self._put(connection, old, spec, actor=actor, now=now, declared_in=declared_in)

    def history(self, name: str, *, after: int = 0, limit: int = 50) -> list[Event]:
        """Return what happened to it, the oldest first, also if it is removed."""
        with self._reading.begin() as connection:
            subject = f"{self.noun}:{name}"
            found = EventStore(connection).of(subject, after=after, limit=limit)
            if not found:
                self._one(connection, name)
        return found

    @contextmanager
    def _edited(self, name: str, expected: Revisions) -> Iterator[tuple[sa.Connection, StoredSpec]]:
        with self._engine.begin() as connection:
            old = SpecStore(connection, self.table).get(name, lock=True)
            if old is None:
                raise self._missing(name)
            require_revision(self.noun, name, old.revision, expected)
            refuse_declared(self.noun, name, old.declared_in)
            yield connection, old

    def _add(
        self,
        connection: sa.Connection,
        spec: Spec,
        *,
        actor: str,
        now: datetime,
        declared_in: str | None = None,
    ) -> None:
        taken = ConflictError(
            f"there is a {self.noun} {spec.name!r} already; replace it, or choose another name"
        )
        spec, store = self._completed(spec, None), SpecStore(connection, self.table)
        self._require_sound(connection, spec)
        if store.get(spec.name) is not None:
            raise taken
        try:
            store.add(spec.name, self._text(spec), declared_in=declared_in, now=now)
        except sa.exc.IntegrityError as error:  # another was faster
            raise taken from error
        event = "declared" if declared_in else "added"
        self._note(connection, spec.name, event, actor, now, {}, _masked(spec))

    def _put(
        self,
        connection: sa.Connection,
        old: StoredSpec,
        spec: Spec,
        *,
        actor: str,
        now: datetime,
        declared_in: str | None = None,
    ) -> bool:
        """Let it be `spec`; tell whether that changes anything."""
        require_name(self.noun, old.name, spec.name)
        before = self._sound(old)
        spec = self._completed(spec, before)
        if (before, old.declared_in) == (spec, declared_in):
            return False
        self._require_sound(connection, spec)
        store, text = SpecStore(connection, self.table), self._text(spec)
        store.change(old.id, text, declared_in=declared_in, now=now)
        event = "declared" if declared_in else "changed"
        self._note(connection, spec.name, event, actor, now, self._told(old), _masked(spec))
        return True

    def _sound(self, stored: StoredSpec) -> Spec | None:
        try:
            return self._read(stored)
        except ConfigurationError:
            return None

    def _told(self, old: StoredSpec) -> dict[str, Any]:
        spec = self._sound(old)
        return {"fault": "it could not be read"} if spec is None else _masked(spec)

    def _note(
        self,
        connection: sa.Connection,
        name: str,
        event: str,
        actor: str,
        now: datetime,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        detail = difference(before, after)
        if not (detail["before"] or detail["after"]):
            detail = {"before": {"secrets": "some"}, "after": {"secrets": "others"}}
        EventStore(connection).add(f"{self.noun}:{name}", event, now, actor=actor, detail=detail)


def _masked(spec: Channel | Rule) -> dict[str, Any]:
    return spec.model_dump(mode="json")
