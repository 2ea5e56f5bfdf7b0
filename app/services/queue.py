"""The queue: launchers take from it, give back to it, and say how what they started ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.dispatches import DispatchStore
from app.db.engine import reading
from app.db.events import EventStore
from app.db.queue import QueueStore, Waiting, Wanted
from app.db.slurm_jobs import SlurmJobStore
from app.db.tasks import TaskStore
from app.errors import AppError, CancelledError, TooLateError
from app.services.alerts import AlertService
from app.services.ends import cancel, ended, in_record, subject
from app.services.splitting import task_of
from app.values.dispatch import (
    Claim,
    Dispatch,
    DispatchError,
    DispatchState,
    Progress,
    Standing,
    again,
)
from app.values.share import Share
from app.values.slurm import Launcher

_LOOKED_AT = 500
"""Most waiting dispatches that one look considers."""


class QueueService:
    """What waits, and who runs it. `running_limit` holds over all services together."""

    def __init__(
        self,
        engine: sa.Engine,
        alerts: AlertService,
        *,
        running_limit: int,
        default: Launcher = Launcher.LOCAL,
    ) -> None:
        """`default` is the launcher of schedules that name none."""
        self._engine = engine
        self._alerts = alerts
        self._reading = reading(engine)
        self._running_limit = running_limit
        self._default = default

    def take(
        self, room: int, *, host: str, launcher: str, now: datetime, taking: str = ""
    ) -> list[Claim]:
        """Claim at most `room` dispatches for this launcher, which starts them at once.

        Lanes, sources and the whole keep to their limits, whoever else takes meanwhile. By
        `taking`, a few hexadecimal digits of chance, `taken` finds them if the answer is lost.
        """
        wanted = self._wanted(Launcher.LOCAL)
        if room <= 0 or self._is_empty(now, wanted):
            return []
        with self._engine.begin() as connection:
            queue, store = QueueStore(connection), DispatchStore(connection)
            queue.lock()
            self._end_too_late(connection, now)
            claims = []
            for one in self._admitted(queue, room, now, wanted):
                claim = store.claim(one.id, now, taking=taking, host=host, launcher=launcher)
                if claim is not None:
                    claims.append(claim)
                    detail = {"launcher": launcher, "host": host}
                    EventStore(connection).add(
                        subject(one.id), "started", now, actor="launcher", detail=detail
                    )
            return claims

    def place(self, room: int, *, now: datetime) -> list[int]:
        """Hand at most `room` dispatches to Slurm, each with a job to submit; return their ids.

        They go on waiting, and count in the limits from now on. What has waited too long is ended,
        also where it waits in Slurm's queue.
        """
        wanted = self._wanted(Launcher.SLURM)
        if not self._is_late(now) and (room <= 0 or self._is_empty(now, wanted)):
            return []
        with self._engine.begin() as connection:
            queue, store, jobs = (
                QueueStore(connection), DispatchStore(connection), SlurmJobStore(connection)
            )  # fmt: skip
            queue.lock()
            self._end_too_late(connection, now)
            admitted = self._admitted(queue, room, now, wanted) if room > 0 else ()
            placed = [one.id for one in admitted if store.submit(one.id, now)]
            for dispatch_id in placed:
                jobs.add(dispatch_id, now)
                EventStore(connection).add(subject(dispatch_id), "placed", now, actor="launcher")
            return placed

    def _wanted(self, launcher: Launcher) -> Wanted:
        return Wanted(name=launcher, is_default=launcher is self._default)

    def taken(self, taking: str) -> list[Claim]:
        """Return what a call of `take` has claimed whose answer was lost with the connection."""
        with self._engine.begin() as connection:
            return QueueStore(connection).taken(taking)

    def _is_late(self, now: datetime) -> bool:
        with self._reading.begin() as connection:
            return bool(QueueStore(connection).too_late(now, 1))

    def _is_empty(self, now: datetime, wanted: Wanted) -> bool:
        with self._reading.begin() as connection:
            return QueueStore(connection).is_empty(now, wanted)

    def _admitted(
        self, queue: QueueStore, room: int, now: datetime, wanted: Wanted
    ) -> Sequence[Waiting]:
        usage, admitted = queue.usage(), list[Waiting]()
        for one in queue.waiting(now, usage, _LOOKED_AT, wanted):
            if len(admitted) >= room or usage.running >= self._running_limit:
                break
            if usage.admits(one):
                usage.add(one)
                admitted.append(one)
        return admitted

    def _end_too_late(self, connection: sa.Connection, now: datetime) -> None:
        store = DispatchStore(connection)
        for dispatch_id in QueueStore(connection).too_late(now, _LOOKED_AT):
            dispatch = store.get(dispatch_id)
            assert dispatch is not None  # noqa: S101 - found in this transaction
            error = in_record(
                TooLateError(
                    f"it could not start by {dispatch.start_by}, the schedule's start deadline"
                )
            )
            if store.end_waiting(dispatch_id, DispatchState.CANCELLED, now, error):
                ended(connection, dispatch, DispatchState.CANCELLED, error, now=now, actor="queue")

    def claim(self, dispatch_id: int, *, now: datetime, **fields: Any) -> Claim | None:
        """Claim one waiting dispatch by name, whatever the limits; None: it waits no more."""
        with self._engine.begin() as connection:
            claim = DispatchStore(connection).claim(dispatch_id, now, **fields)
            if claim is not None:
                EventStore(connection).add(subject(dispatch_id), "started", now, actor="program")
            return claim

    def hand_back(self, claim: Claim, *, now: datetime, actor: str) -> bool:
        """Let a dispatch wait again, for any service; False: the claim is gone."""
        with self._engine.begin() as connection:
            handed = DispatchStore(connection).hand_back(claim)
            if handed:
                EventStore(connection).add(subject(claim.dispatch), "handed back", now, actor=actor)
            return handed

    def finish(
        self,
        claim: Claim,
        state: DispatchState,
        *,
        now: datetime,
        actor: str,
        error: DispatchError | None = None,
        progress: Progress | None = None,
    ) -> bool:
        """Write how a running dispatch ended, and queue its retry; False: the claim is gone."""
        with self._engine.begin() as connection:
            store = DispatchStore(connection)
            TaskStore(connection).hold(claim.dispatch)
            if not store.finish(claim, state, now, error=error, progress=progress):
                return False
            dispatch = store.get(claim.dispatch)
            assert dispatch is not None  # noqa: S101 - just written
            over = ended(connection, dispatch, state, error, now=now, actor=actor)
            if over is not None:
                self._alerts.dispatch_ended(connection, *over, now=now)
            return True

    def split(self, claim: Claim, shares: Sequence[Share], *, now: datetime) -> bool:
        """Let tasks do a running dispatch from now on; False: the claim is gone."""
        with self._engine.begin() as connection:
            parent = TaskStore(connection).held(claim.dispatch)
            news = [task_of(parent, share, now) for share in shares]
            added = TaskStore(connection).split(claim, news, now)
            if added is None:
                return False
            events, detail = EventStore(connection), {"tasks": len(news)}
            events.add(subject(parent.id), "split", now, actor="program", detail=detail)
            events.add_all([subject(one) for one in added], "queued", now, actor="tasks")
            if parent.cancel_requested:
                error = CancelledError("it was cancelled while it was split into tasks")
                cancel(connection, parent, error, now=now, actor="tasks")
            return True

    def running(self) -> list[Dispatch]:
        """Return what runs, wherever it does."""
        with self._reading.begin() as connection:
            return DispatchStore(connection).running()

    def give_up(self, seen: Dispatch, error: AppError, *, now: datetime, retry: bool) -> bool:
        """End a running dispatch as lost, unless it has shown life since it was `seen`.

        `retry` queues it again whatever its policy says: the service is to blame, not the work.
        """
        told = in_record(error)
        with self._engine.begin() as connection:
            store = DispatchStore(connection)
            TaskStore(connection).hold(seen.id)
            if not store.end_silent(seen, DispatchState.LOST, now, told):
                return False
            self._lost(connection, seen, told, now=now, actor="scheduler", retry=retry)
            return True

    def lose(self, claim: Claim, error: AppError, *, now: datetime, actor: str) -> bool:
        """End a running dispatch as lost, and queue it again; False: the claim is gone.

        It is queued whatever its policy says: the service is to blame, not the work.
        """
        told = in_record(error)
        with self._engine.begin() as connection:
            store = DispatchStore(connection)
            TaskStore(connection).hold(claim.dispatch)
            if not store.finish(claim, DispatchState.LOST, now, error=told):
                return False
            dispatch = store.get(claim.dispatch)
            assert dispatch is not None  # noqa: S101 - just written
            self._lost(connection, dispatch, told, now=now, actor=actor, retry=True)
            return True

    def _lost(
        self,
        connection: sa.Connection,
        dispatch: Dispatch,
        error: DispatchError,
        *,
        now: datetime,
        actor: str,
        retry: bool,
    ) -> None:
        """Note that a dispatch was lost; `retry` queues it again as the same attempt, at once."""
        told, state = error, DispatchState.LOST
        if retry:
            told = error.model_copy(update={"can_pass": False})
            changes = {"attempt": dispatch.attempt, "not_before": now}
            new = DispatchStore(connection).add(again(dispatch).model_copy(update=changes), now)
            detail = {"retry_of": dispatch.id, "attempt": new.attempt}
            EventStore(connection).add(subject(new.id), "queued", now, actor=actor, detail=detail)
        over = ended(connection, dispatch, state, told, now=now, actor=actor)
        if over is not None and not retry:
            self._alerts.dispatch_ended(connection, *over, now=now)

    def standings(self, claims: Sequence[Claim]) -> list[Standing]:
        """Return how each of these running dispatches stands."""
        with self._reading.begin() as connection:
            return DispatchStore(connection).standings(claims)
