"""The store of what is counted of the tables: each query reads a bounded part of an index."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.alert_tables import alerts
from app.db.check_tables import check_results, check_standings, checks
from app.db.dispatch_lists import IS_WHOLE
from app.db.tables import dispatches, events, leases, schedules
from app.db.tasks import TaskStore
from app.values.alert import AlertState
from app.values.check import State
from app.values.dispatch import DispatchKind, DispatchState, Progress
from app.values.tally import Claimed, Look, Passed

_MOST = 20_000
"""Rows that one look takes; the next one takes the others."""
_PREFIX = "dispatch:"
_PROGRESS = tuple(Progress.model_fields)


class TallyStore:
    """What is counted, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def newest(self) -> tuple[int, int]:
        """Return the greatest ids of dispatches and of events."""
        found = [
            self._connection.scalar(sa.select(sa.func.max(table.c.id)))
            for table in (dispatches, events)
        ]
        return found[0] or 0, found[1] or 0

    def claims(self, after: int) -> list[Claimed]:
        """Return the dispatches of greater ids."""
        query = sa.select(
            dispatches.c.id, dispatches.c.kind, dispatches.c.slot, dispatches.c.created_at
        ).where(dispatches.c.id > after, IS_WHOLE)
        rows = self._connection.execute(query.order_by(dispatches.c.id).limit(_MOST))
        return [
            Claimed(
                id=row.id,
                slot=row.slot if row.kind == DispatchKind.SCHEDULED else None,
                created_at=row.created_at,
            )
            for row in rows
        ]

    def passed(self, after: int) -> list[Passed]:
        """Return the events of greater ids."""
        query = sa.select(events).where(events.c.id > after)
        rows = self._connection.execute(query.order_by(events.c.id).limit(_MOST))
        return [_passed(row) for row in rows]

    def running(self) -> dict[int, Progress]:
        """Return how far each running dispatch is."""
        columns = [dispatches.c[name] for name in _PROGRESS]
        query = sa.select(dispatches.c.id, dispatches.c.tasks, *columns)
        is_running = dispatches.c.state == DispatchState.RUNNING
        rows = self._connection.execute(query.where(is_running, IS_WHOLE)).all()
        found = {
            row.id: Progress(**{name: getattr(row, name) for name in _PROGRESS}) for row in rows
        }
        split = [row.id for row in rows if row.tasks is not None]
        return found | TaskStore(self._connection).progress(split)

    def waiting(self) -> tuple[int, datetime | None]:
        """Return how many dispatches wait, and since when the first one may start."""
        query = sa.select(sa.func.count(), sa.func.min(dispatches.c.not_before))
        found = self._connection.execute(
            query.where(dispatches.c.state == DispatchState.QUEUED, IS_WHOLE)
        ).one()
        return found[0], found[1]

    def alerts(self) -> tuple[int, datetime | None]:
        """Return how many alerts wait to be sent, and since when the first one does."""
        query = sa.select(sa.func.count(), sa.func.min(alerts.c.created_at))
        found = self._connection.execute(query.where(alerts.c.state == AlertState.WAITING)).one()
        return found[0], found[1]

    def schedules(self) -> tuple[int, int, int]:
        """Return how many schedules there are, how many pause, and how many are set aside."""
        query = sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.cast(schedules.c.paused, sa.Integer)), 0),
            sa.func.count(schedules.c.fault),
        )
        found = self._connection.execute(query).one()
        return found[0], int(found[1]), found[2]

    def first_due(self) -> datetime | None:
        """Return the slot that is due first."""
        query = sa.select(schedules.c.due_at).where(
            schedules.c.due_at.is_not(None), schedules.c.paused.is_(False)
        )
        return self._connection.scalar(query.order_by(schedules.c.due_at).limit(1))

    def looks(self, most: int) -> list[Look]:
        """Return how checks stand, by name; at most so many."""
        standing = checks.outerjoin(check_standings, check_standings.c.check == checks.c.id)
        columns = checks.c.name, checks.c.kind, checks.c.paused, check_standings.c.state
        query = sa.select(*columns, _last("seconds"), _last("at")).select_from(standing)
        rows = self._connection.execute(query.order_by(checks.c.name).limit(most))
        return [
            Look(
                check=row.name,
                kind=row.kind,
                state=_state(row.state, is_paused=row.paused),
                seconds=row.seconds,
                at=None if row.at is None else row.at.timestamp(),
            )
            for row in rows
        ]

    def checks(self) -> dict[State, int]:
        """Return how many checks are in each state."""
        standing = checks.outerjoin(check_standings, check_standings.c.check == checks.c.id)
        columns = checks.c.paused, check_standings.c.state
        query = sa.select(*columns, sa.func.count().label("number")).select_from(standing)
        found = dict.fromkeys(State, 0)
        for row in self._connection.execute(query.group_by(*columns)):
            found[_state(row.state, is_paused=row.paused)] += row.number
        return found

    def leases(self) -> Sequence[tuple[str, datetime]]:
        """Return until when each lease is held."""
        rows = self._connection.execute(sa.select(leases.c.name, leases.c.expires_at))
        return [(row.name, row.expires_at) for row in rows]


def _last(column: str) -> sa.Label[Any]:
    """Return a column of a check's newest result, found at the end of the primary key."""
    newest = sa.select(check_results.c[column]).where(check_results.c.check == checks.c.id)
    ordered = newest.order_by(check_results.c.at.desc()).limit(1).correlate(checks)
    return ordered.scalar_subquery().label(column)


def _state(state: str | None, *, is_paused: bool) -> State:
    return State.PAUSED if is_paused else State(state or State.UNKNOWN)


def _passed(row: Any) -> Passed:
    is_of_dispatch = row.subject.startswith(_PREFIX)
    found = json.loads(row.detail)
    return Passed(
        id=row.id,
        at=row.at,
        dispatch=int(row.subject.removeprefix(_PREFIX)) if is_of_dispatch else None,
        name=row.name,
        progress=Progress(**{name: found[name] for name in _PROGRESS if name in found}),
    )
