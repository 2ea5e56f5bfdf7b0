"""Dispatches: order one, run it, follow it."""

import difflib
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from app import request_ids
from app.db.dispatches import DispatchStore
from app.db.engine import reading
from app.db.events import EventStore
from app.db.schedules import ScheduleStore
from app.db.slurm_jobs import SlurmJobStore
from app.db.tasks import TaskStore
from app.errors import (
    BusyError,
    CancelledError,
    ConfigurationError,
    ConflictError,
    NotFoundError,
)
from app.services.ends import cancel, subject
from app.services.schedules import ScheduleService
from app.services.slots import lane_of, scheduled
from app.services.sources import SourceService
from app.values.base import Scalar
from app.values.brief import ALL, DispatchFilter
from app.values.dispatch import Dispatch, DispatchKind, DispatchState, NewDispatch, Order, Progress
from app.values.event import Event
from app.values.parameters import require_fit
from app.values.schedule import Schedule

_NOT_HELD = timedelta(0)


class DispatchService:
    """The use cases of dispatches, but for running one: that is `app.services.execution`."""

    def __init__(
        self, engine: sa.Engine, schedules: ScheduleService, sources: SourceService, queue: int
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._schedules = schedules
        self._sources = sources
        self._queue = queue

    def order(
        self,
        schedule: str,
        *,
        now: datetime,
        actor: str,
        slot: datetime | None = None,
        parameters: Mapping[str, Scalar] | None = None,
        limit: int | None = None,
        dry_run: bool = False,
        held: timedelta = _NOT_HELD,
    ) -> Dispatch:
        """Queue a dispatch by hand. A slot without a zone is meant in the schedule's.

        It is `held` for who claims it by its id: launchers leave it alone for so long. Raises
        NotFoundError, ConfigurationError for a parameter that is unknown or of another
        type than its default, and BusyError.
        """
        spec = self._schedules.get(schedule).spec
        _require_parameters(spec, parameters or {})
        order = Order(
            schedule=spec,
            slot=spec.instant(slot) if slot else now.replace(microsecond=0),
            parameters=dict(parameters or {}),
            limit=limit,
            dry_run=dry_run,
            request_id=request_ids.current(),
        )
        with self._engine.begin() as connection:
            self._require_room(connection)
            return _queue(connection, _by_hand(order, now + held), now=now, actor=actor)

    def order_slot(
        self, schedule: str, *, now: datetime, actor: str, held: timedelta = _NOT_HELD
    ) -> tuple[Dispatch, bool]:
        """Claim the newest slot up to now, as the scheduler would; tell whether it was free.

        So a system's cron can run a schedule: a slot that is dispatched already is returned with
        its dispatch, and not run again. It is `held` as by `order`. Raises NotFoundError,
        ConfigurationError, BusyError.
        """
        spec = self._schedules.get(schedule).spec
        slot = next(spec.fires_before(now + timedelta(microseconds=1)), None)
        if slot is None:
            raise ConfigurationError(
                f"schedule {schedule!r} has no slot up to now: it is due only by hand, or not yet "
                "active; leave --slot out to run it anyhow"
            )
        with self._engine.begin() as connection:
            ScheduleStore(connection).get(schedule, lock=True)
            found = DispatchStore(connection).of_slot(schedule, slot)
            if found is not None:
                return found, False
            self._require_room(connection)
            new = scheduled(spec, slot).model_copy(update={"not_before": now + held})
            return _queue(connection, new, now=now, actor=actor), True

    def _require_room(self, connection: sa.Connection) -> None:
        if DispatchStore(connection).count_queued() >= self._queue:
            raise BusyError(
                f"{self._queue} dispatches wait already (scheduler.queue); try again later"
            )

    def get(self, dispatch_id: int) -> Dispatch:
        """Return one dispatch. Raises NotFoundError."""
        with self._reading.begin() as connection:
            found = DispatchStore(connection).get(dispatch_id)
            job = SlurmJobStore(connection).record_of(dispatch_id) if _has_job(found) else None
            done = TaskStore(connection).progress([dispatch_id]) if _is_split(found) else {}
        if found is None:
            raise NotFoundError(f"there is no dispatch {dispatch_id}")
        if (progress := done.get(dispatch_id)) is not None:
            found = with_progress(found, progress)
        return found if job is None else found.model_copy(update={"job": job})

    def page(
        self, wanted: DispatchFilter = ALL, *, before: int | None = None, limit: int = 50
    ) -> list[Dispatch]:
        """Return dispatches, the newest first; `before` is the last id of the page before."""
        with self._reading.begin() as connection:
            found = DispatchStore(connection).page(wanted, before=before, limit=limit)
            split = [one.id for one in found if _is_split(one)]
            done = TaskStore(connection).progress(split)
        return [with_progress(one, done[one.id]) if one.id in done else one for one in found]

    def of_schedule(self, name: str, *, before: int | None, limit: int) -> list[Dispatch]:
        """Return the dispatches of a schedule, the newest first. Raises NotFoundError."""
        self._schedules.overview(name)
        return self.page(DispatchFilter(schedule=name), before=before, limit=limit)

    def again(self, dispatch_id: int, *, actor: str, now: datetime) -> Dispatch:
        """Queue the order of a dispatch once more, by hand: as it was, whatever changed since.

        Raises NotFoundError, ConflictError for one that has not ended, and BusyError.
        """
        dispatch = self.get(dispatch_id)
        _refuse_task(dispatch, "run again")
        if not dispatch.state.is_final:
            raise ConflictError(f"dispatch {dispatch_id} is {dispatch.state}; it has not ended yet")
        with self._engine.begin() as connection:
            self._require_room(connection)
            order = dispatch.order.model_copy(update={"request_id": request_ids.current()})
            return _queue(connection, _by_hand(order, now), now=now, actor=actor)

    def events(self, dispatch_id: int) -> list[Event]:
        """Return the dispatch's events, the oldest first."""
        self.get(dispatch_id)
        with self._reading.begin() as connection:
            return EventStore(connection).of(subject(dispatch_id))

    def rows(self, dispatch_id: int, limit: int) -> list[dict[str, object]]:
        """Return the first delivered rows that are still in the target."""
        from app.sources.deliver import preview

        dispatch = self.get(dispatch_id)
        if dispatch.state is not DispatchState.SUCCEEDED or dispatch.order.dry_run:
            return []
        spec = dispatch.order.schedule.deliver
        connection = self._sources.connect(spec.source)
        try:
            return preview(connection, spec, dispatch_id, limit)
        finally:
            connection.close()

    def cancel(self, dispatch_id: int, *, actor: str, now: datetime) -> Dispatch:
        """Cancel a waiting dispatch at once, a running one within seconds. Raises ConflictError."""
        dispatch = self.get(dispatch_id)
        _refuse_task(dispatch, "cancel")
        if dispatch.state.is_final:
            raise ConflictError(f"dispatch {dispatch_id} is {dispatch.state} already")
        with self._engine.begin() as connection:
            error = CancelledError(f"cancelled by {actor} before it started")
            cancel(connection, dispatch, error, now=now, actor=actor)
        return self.get(dispatch_id)


def _refuse_task(dispatch: Dispatch, what: str) -> None:
    if dispatch.parent is not None:
        raise ConflictError(
            f"{dispatch.id} is a task of dispatch {dispatch.parent}; {what} that one, or its "
            "failed tasks together"
        )


def with_progress(dispatch: Dispatch, of_tasks: Progress) -> Dispatch:
    """Return a dispatch with how far its tasks are together."""
    expected = {"rows_expected": dispatch.progress.rows_expected}
    return dispatch.model_copy(update={"progress": of_tasks.model_copy(update=expected)})


def _is_split(dispatch: Dispatch | None) -> bool:
    """Tell whether how far it is follows from its tasks now."""
    return dispatch is not None and dispatch.tasks is not None and not dispatch.state.is_final


def _has_job(dispatch: Dispatch | None) -> bool:
    return dispatch is not None and dispatch.submitted_at is not None


def _by_hand(order: Order, not_before: datetime) -> NewDispatch:
    policies = order.schedule.policies
    return NewDispatch(
        order=order,
        kind=DispatchKind.MANUAL,
        not_before=not_before,
        lane=lane_of(order.schedule.name),
        lane_width=policies.concurrency,
        priority=policies.priority,
    )


def _queue(connection: sa.Connection, new: NewDispatch, *, now: datetime, actor: str) -> Dispatch:
    dispatch = DispatchStore(connection).add(new, now)
    EventStore(connection).add(subject(dispatch.id), "queued", now, actor=actor)
    return dispatch


def _require_parameters(spec: Schedule, parameters: Mapping[str, Scalar]) -> None:
    for name, value in parameters.items():
        if name not in spec.parameters:
            near = difflib.get_close_matches(name, spec.parameters, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "declare it there with its default"
            raise ConfigurationError(f"schedule {spec.name!r} has no parameter {name!r}; {hint}")
        try:
            require_fit(name, spec.parameters[name], value)
        except ValueError as error:
            raise ConfigurationError(f"schedule {spec.name!r}: {error}") from None
