"""Schedules: create, list, read, replace, change, remove, pause, resume, declare."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.engine import reading
from app.db.events import EventStore
from app.db.overviews import OverviewStore
from app.db.schedules import ScheduleStore
from app.errors import CancelledError, ConfigurationError
from app.services.alerts import AlertService
from app.services.documents import as_kept, parsed_schedule, schedules_yaml
from app.services.edits import Editor, no_schedule, require_name, sound
from app.services.ends import cancel_waiting
from app.services.sources import refuse_declared
from app.values.event import Event
from app.values.fires import Fires, fires
from app.values.notice import Subject
from app.values.overview import Filter, Overview
from app.values.patch import merged
from app.values.schedule import MOST_PARTITIONS, AnySchedule, Schedule, StoredSchedule
from app.values.slurm import Launcher

Revisions = Collection[int] | None
"""The revisions of which one is expected to be the present one; None: any."""


class ScheduleService:
    """The use cases of schedules. Methods that edit raise ChangedError on a lost race."""

    def __init__(
        self,
        engine: sa.Engine,
        alerts: AlertService,
        launchers: Collection[Launcher] = tuple(Launcher),
        *,
        partitions: int = MOST_PARTITIONS,
    ) -> None:
        """`launchers` are those that there are, by this service's settings, as `partitions` is.

        That is the most tasks into which a schedule may split its dispatches.
        """
        self._partitions = partitions
        self._launchers = launchers
        self._engine = engine
        self._alerts = alerts
        self._reading = reading(engine)

    def page(
        self, *, after: str = "", limit: int = 1000, paused: bool | None = None
    ) -> list[AnySchedule]:
        """Return schedules by name; `after` is the last name of the page before."""
        with self._reading.begin() as connection:
            return ScheduleStore(connection).page(after=after, limit=limit, paused=paused)

    def get(self, name: str) -> StoredSchedule:
        """Return one schedule. Raises NotFoundError, and ConflictError for a damaged one."""
        with self._reading.begin() as connection:
            found = ScheduleStore(connection).get(name)
        return sound(name, found)

    def overviews(
        self, wanted: Filter | None = None, *, after: str = "", limit: int = 50
    ) -> tuple[list[Overview], str | None]:
        """Return schedules as they are shown, by name, and the `after` of the next page."""
        wanted = wanted or Filter()
        found: list[Overview] = []
        with self._reading.begin() as connection:
            while True:
                looked_at = OverviewStore(connection).page(wanted, after=after, limit=limit + 1)
                found += filter(wanted.fits, looked_at)
                if len(looked_at) <= limit or len(found) > limit:
                    break
                after = looked_at[-1].name
        return found[:limit], found[limit - 1].name if len(found) > limit else None

    def overview(self, name: str) -> Overview:
        """Return one schedule as it is shown, damaged or not. Raises NotFoundError."""
        with self._reading.begin() as connection:
            return self._shown(connection, name)

    def create(self, spec: Schedule, *, actor: str, now: datetime) -> Overview:
        """Add a schedule, whose slots count from now on. Raises ConflictError."""
        with self._engine.begin() as connection:
            Editor(connection, actor=actor, now=now).add(self._kept(spec))
            return self._shown(connection, spec.name)

    def replace(
        self, name: str, spec: Schedule, *, actor: str, now: datetime, expected: Revisions = None
    ) -> Overview:
        """Let the schedule be `spec`, also if it is damaged."""
        require_name("schedule", name, spec.name)
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, connection):
            refuse_declared("schedule", name, old.declared_in)
            editor.put(old, self._kept(spec))
            return self._shown(connection, name)

    def change(
        self,
        name: str,
        patch: Mapping[str, Any],
        *,
        actor: str,
        now: datetime,
        expected: Revisions = None,
    ) -> Overview:
        """Change some fields of the schedule, by a merge patch (RFC 7396)."""
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, connection):
            refuse_declared("schedule", name, old.declared_in)
            plain = merged(sound(name, old).spec.model_dump(mode="json"), patch)
            spec = self._kept(parsed_schedule(plain))
            require_name("schedule", name, spec.name)
            editor.put(old, spec)
            return self._shown(connection, name)

    def remove(self, name: str, *, actor: str, now: datetime, expected: Revisions = None) -> None:
        """Remove the schedule and cancel what waits for it; what runs goes on."""
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, connection):
            refuse_declared("schedule", name, old.declared_in)
            editor.remove(old)
            error = CancelledError(f"schedule {name!r} was removed by {actor}")
            cancel_waiting(connection, error, schedule=name, actor=actor, now=now)
            self._alerts.forget(connection, Subject.SCHEDULE, name)

    def pause(
        self, name: str, *, actor: str, now: datetime, expected: Revisions = None
    ) -> Overview:
        """Stop the schedule: slots that fall into the pause are passed over."""
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, connection):
            editor.set_paused(old, paused=True)
            self._alerts.quiet(connection, Subject.SCHEDULE, name)
            return self._shown(connection, name)

    def resume(
        self, name: str, *, actor: str, now: datetime, expected: Revisions = None
    ) -> Overview:
        """Let the schedule go on with the next slot after now."""
        with self._edited(name, expected, actor=actor, now=now) as (editor, old, connection):
            editor.set_paused(old, paused=False)
            return self._shown(connection, name)

    def declare(self, spec: Schedule, declared_in: str, *, now: datetime) -> bool:
        """Make the schedule be as a file declares it; return whether that changed anything."""
        with self._engine.begin() as connection:
            editor = Editor(connection, actor=f"file:{declared_in}", now=now)
            old = ScheduleStore(connection).get(spec.name, lock=True)
            if old is None:
                editor.add(self._kept(spec), declared_in=declared_in, event="declared")
                return True
            return editor.put(old, self._kept(spec), declared_in=declared_in, event="declared")

    def fires(self, name: str, *, after: datetime, count: int) -> Fires:
        """Return the next fires of the schedule, paused or not. `after` may be by its clock."""
        return fires(self.get(name).spec, after=after, count=count)

    def export(self, names: Collection[str] | None = None) -> str:
        """Return schedules, by default all sound ones, as YAML that `disparo apply` takes."""
        if names is not None:
            return schedules_yaml(self.get(name).spec for name in names)
        found = self.page(limit=1_000_000)
        return schedules_yaml(one.spec for one in found if isinstance(one, StoredSchedule))

    def history(self, name: str, *, after: int = 0, limit: int = 50) -> list[Event]:
        """Return what happened to the schedule, the oldest first, also if it is removed."""
        with self._reading.begin() as connection:
            found = EventStore(connection).of(f"schedule:{name}", after=after, limit=limit)
            if not found and ScheduleStore(connection).get(name) is None:
                raise no_schedule(name)
        return found

    def _kept(self, spec: Schedule) -> Schedule:
        """Return a schedule as it is kept. Raises ConfigurationError for too many partitions."""
        if spec.partitions > self._partitions:
            raise ConfigurationError(
                f"schedule {spec.name!r} would split its dispatches into {spec.partitions} tasks, "
                f"and {self._partitions} are the most (scheduler.partitions)"
            )
        return as_kept(spec)

    def _shown(self, connection: sa.Connection, name: str) -> Overview:
        store = OverviewStore(connection)
        found = store.one(name)
        if found is None:
            raise no_schedule(name)
        warnings = store.missing(found.spec) if found.spec else []
        warnings += _lacking(found.spec, self._launchers) if found.spec else []
        return found.model_copy(update={"warnings": tuple(warnings)})

    @contextmanager
    def _edited(
        self, name: str, expected: Revisions, *, actor: str, now: datetime
    ) -> Iterator[tuple[Editor, AnySchedule, sa.Connection]]:
        with self._engine.begin() as connection:
            editor = Editor(connection, actor=actor, now=now)
            yield editor, editor.find(name, expected), connection


def _lacking(spec: Schedule, launchers: Collection[Launcher]) -> list[str]:
    if spec.launcher is None or spec.launcher in launchers:
        return []
    words = f"its dispatches wait: this service's settings have no launcher {spec.launcher}"
    return [f"{words} (slurm.enabled)"]
