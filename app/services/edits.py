"""Edits of schedules: the rules that hold whoever edits, within the caller's transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.events import EventStore
from app.db.schedules import ScheduleStore
from app.errors import ChangedError, ConfigurationError, ConflictError, NotFoundError
from app.values.patch import difference
from app.values.schedule import AnySchedule, DamagedSchedule, Schedule, StoredSchedule


class Editor:
    """Edits schedules and writes down who did it, when, and what was before and after."""

    def __init__(self, connection: sa.Connection, *, actor: str, now: datetime) -> None:
        self._connection = connection
        self._store = ScheduleStore(connection)
        self._actor = actor
        self._now = now

    def find(self, name: str, expected: Collection[int] | None = None) -> AnySchedule:
        """Return a schedule, and keep others from changing it meanwhile.

        Raises NotFoundError, and ChangedError unless its revision is one of the `expected`.
        """
        found = self._store.get(name, lock=True)
        if found is None:
            raise no_schedule(name)
        require_revision("schedule", name, found.revision, expected)
        return found

    def add(self, spec: Schedule, *, declared_in: str | None = None, event: str = "added") -> None:
        """Add a schedule; its slots count from now on. Raises ConflictError if the name is used."""
        taken = ConflictError(
            f"there is a schedule {spec.name!r} already; replace it, or choose another name"
        )
        if self._store.get(spec.name) is not None:
            raise taken
        due_at = next(spec.fires(self._now), None)
        try:
            self._store.add(spec, declared_in=declared_in, now=self._now, due_at=due_at)
        except sa.exc.IntegrityError as error:  # another was faster
            raise taken from error
        self._note(spec.name, event, {}, _document(spec))

    def put(
        self,
        old: AnySchedule,
        spec: Schedule,
        *,
        declared_in: str | None = None,
        event: str = "changed",
    ) -> bool:
        """Let the schedule be `spec`; tell whether that changes anything."""
        if isinstance(old, DamagedSchedule):
            due_at = None if old.paused else next(spec.fires(self._now), None)
            fields: dict[str, Any] = {"claimed_until": self._now, "due_at": due_at, "fault": None}
            before: dict[str, Any] = {"fault": old.fault}
        elif (old.spec, old.declared_in) == (spec, declared_in):
            return False
        else:
            fields, before = moved(old, spec, now=self._now), _document(old.spec)
        self._store.change(old, self._now, spec=spec, declared_in=declared_in, **fields)
        self._note(spec.name, event, before, _document(spec))
        return True

    def set_paused(self, old: AnySchedule, *, paused: bool) -> bool:
        """Stop the schedule, or let it go on from now; tell whether that changes anything.

        Slots that fall into the pause are passed over. What waits and runs goes on.
        """
        if old.paused == paused:
            return False
        fields: dict[str, Any] = {"due_at": None}
        if not paused and isinstance(old, StoredSchedule):
            until = max(old.claimed_until, self._now)
            fields = {"claimed_until": until, "due_at": next(old.spec.fires(until), None)}
        self._store.change(old, self._now, paused=paused, **fields)
        event = "paused" if paused else "resumed"
        self._note(name_of(old), event, {"paused": old.paused}, {"paused": paused})
        return True

    def remove(self, old: AnySchedule) -> None:
        """Remove the schedule. Its dispatches and its events stay."""
        self._store.remove(name_of(old))
        before = _document(old.spec) if isinstance(old, StoredSchedule) else {"fault": old.fault}
        self._note(name_of(old), "removed", before, {})

    def _note(self, name: str, event: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        detail = difference(before, after)
        EventStore(self._connection).add(
            f"schedule:{name}", event, self._now, actor=self._actor, detail=detail
        )


def require_revision(noun: str, name: str, revision: int, expected: Collection[int] | None) -> None:
    """Raise ChangedError unless a thing's revision is one of the `expected`; None: any."""
    if expected is not None and revision not in expected:
        raise ChangedError(
            f"{noun} {name!r} was changed meanwhile: it is at revision {revision} now; "
            "read it again, and repeat your change if it still fits",
            revision=revision,
        )


def require_name(noun: str, name: str, given: str) -> None:
    """Raise ConfigurationError if a thing is given another name."""
    if given != name:
        raise ConfigurationError(
            f"{noun} {name!r} cannot become {given!r}: a name stays, for records refer to it;"
            f" create a new {noun} and remove this one"
        )


def _document(spec: Schedule) -> dict[str, Any]:
    return spec.model_dump(mode="json", exclude_defaults=True)


def moved(old: StoredSchedule, spec: Schedule, *, now: datetime) -> dict[str, Any]:
    """Return how far a changed schedule is.

    Another trigger, or another active time, has other slots: those before now were never due, so
    they do not become so.
    """
    before, after = old.spec, spec
    over = before.active_until is not None and before.active_until <= now
    same = (before.trigger, before.active_from) == (after.trigger, after.active_from) and (
        not over or before.active_until == after.active_until
    )
    claimed_until = old.claimed_until if same else max(old.claimed_until, now)
    due_at = None if old.paused else next(spec.fires(claimed_until), None)
    return {"claimed_until": claimed_until, "due_at": due_at}


def name_of(schedule: AnySchedule) -> str:
    """Return the name of a schedule, sound or damaged."""
    return schedule.name if isinstance(schedule, DamagedSchedule) else schedule.spec.name


def no_schedule(name: str) -> NotFoundError:
    """Return the error that there is no such schedule."""
    return NotFoundError(f"there is no schedule {name!r}; `disparo schedules list` shows them")


def sound(name: str, found: AnySchedule | None) -> StoredSchedule:
    """Return the schedule that was found. Raises NotFoundError, and ConflictError if damaged."""
    if found is None:
        raise no_schedule(name)
    if isinstance(found, DamagedSchedule):
        raise ConflictError(
            f"schedule {name!r} is set aside: {found.fault}; put it anew, or delete it"
        )
    return found
