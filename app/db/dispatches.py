"""The store of dispatches: states move by conditional UPDATE alone."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.db.dispatch_lists import IS_WHOLE, newest
from app.db.dispatch_rows import from_row, new_row
from app.db.tables import dispatches
from app.values.brief import DispatchFilter
from app.values.dispatch import (
    Claim,
    Dispatch,
    DispatchError,
    DispatchState,
    NewDispatch,
    Progress,
    Standing,
)
from app.values.slurm import Launcher

_UNFINISHED = (DispatchState.QUEUED, DispatchState.RUNNING)
_WHOLE = '"limit":null,"dry_run":false}'
"""How the JSON of an order ends that is for all rows, and delivers them."""
_GOOD = (*_UNFINISHED, DispatchState.SUCCEEDED)


class DispatchStore:
    """Dispatches, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, new: NewDispatch, at: datetime) -> Dispatch:
        """Add a queued dispatch. A scheduled one claims its slot: IntegrityError if it is taken."""
        added = self.get(
            self._connection.execute(dispatches.insert().values(new_row(new, at))).lastrowid
        )
        assert added is not None  # noqa: S101 - it was inserted above
        return added

    def add_all(self, new: Sequence[NewDispatch], at: datetime) -> list[int]:
        """Add queued dispatches at once, as `add` does; return their ids in order."""
        if not new:
            return []
        rows = [new_row(one, at) for one in new]
        self._connection.execute(dispatches.insert(), rows)
        runs = [row["run"] for row in rows]
        query = sa.select(dispatches.c.run, dispatches.c.id).where(dispatches.c.run.in_(runs))
        ids = {row.run: row.id for row in self._connection.execute(query)}
        return [ids[run] for run in runs]

    def get(self, dispatch_id: int) -> Dispatch | None:
        """Return one dispatch."""
        return self._first(dispatches.c.id == dispatch_id)

    def of_slot(self, schedule: str, slot: datetime) -> Dispatch | None:
        """Return the dispatch that has claimed the slot."""
        return self._first(dispatches.c.schedule == schedule, dispatches.c.claimed_slot == slot)

    def _first(self, *where: sa.ColumnElement[bool]) -> Dispatch | None:
        row = self._connection.execute(sa.select(dispatches).where(*where)).first()
        return None if row is None else from_row(row)

    def page(self, wanted: DispatchFilter, *, before: int | None, limit: int) -> list[Dispatch]:
        """Return dispatches that fit, the newest first; `before` is the cursor."""
        query = newest(sa.select(dispatches), wanted, before=before, limit=limit)
        return [from_row(row) for row in self._connection.execute(query)]

    def count_queued(self) -> int:
        """Return how many dispatches wait, backfills aside: those have a bound of their own."""
        query = sa.select(sa.func.count()).where(
            dispatches.c.state == DispatchState.QUEUED, dispatches.c.backfill.is_(None), IS_WHOLE
        )
        return self._connection.execute(query).scalar_one()

    def taken(self, slots: Sequence[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
        """Return those of the slots, each of a schedule, that are claimed already."""
        if not slots:
            return set()
        pair = sa.tuple_(dispatches.c.schedule, dispatches.c.claimed_slot)
        query = sa.select(dispatches.c.schedule, dispatches.c.claimed_slot)
        rows = self._connection.execute(query.where(pair.in_(slots)))
        return {(row.schedule, row.claimed_slot) for row in rows}

    def occupied(self, schedule: str, first: datetime, until: datetime) -> set[datetime]:
        """Return the slots in `[first, until)` with a dispatch that succeeded, waits or runs.

        Dry runs and those of a few rows leave a slot as it was, and do not count.
        """
        query = sa.select(dispatches.c.slot).where(
            dispatches.c.schedule == schedule,
            dispatches.c.slot >= first,
            dispatches.c.slot < until,
            dispatches.c.state.in_(_GOOD),
            IS_WHOLE,
            dispatches.c.order.endswith(_WHOLE, autoescape=True),
        )
        return set(self._connection.scalars(query))

    def unfinished(self, lane: str) -> list[Dispatch]:
        """Return what waits or runs in a lane, the oldest slot first."""
        query = sa.select(dispatches).where(
            dispatches.c.lane == lane, dispatches.c.state.in_(_UNFINISHED)
        )
        rows = self._connection.execute(query.order_by(dispatches.c.slot, dispatches.c.id))
        return [from_row(row) for row in rows]

    def count_unfinished(self, lane: str) -> int:
        """Return how many wait or run in a lane."""
        query = sa.select(sa.func.count()).where(
            dispatches.c.lane == lane, dispatches.c.state.in_(_UNFINISHED)
        )
        return self._connection.execute(query).scalar_one()

    def count_running(self, lane: str) -> int:
        """Return how many run in a lane, or wait for a place in a cluster."""
        query = sa.select(sa.func.count()).where(
            dispatches.c.lane == lane,
            dispatches.c.state.in_(_UNFINISHED),
            sa.or_(
                dispatches.c.state == DispatchState.RUNNING, dispatches.c.submitted_at.is_not(None)
            ),
        )
        return self._connection.execute(query).scalar_one()

    def last_success(self, schedule: str, before: datetime) -> datetime | None:
        """Return the newest slot before `before` that was dispatched with success."""
        query = sa.select(sa.func.max(dispatches.c.slot)).where(
            dispatches.c.schedule == schedule,
            dispatches.c.state == DispatchState.SUCCEEDED,
            dispatches.c.slot < before,
            IS_WHOLE,
        )
        return self._connection.execute(query).scalar()

    def claim(
        self, dispatch_id: int, at: datetime, *, taking: str = "", **fields: Any
    ) -> Claim | None:
        """Make a queued dispatch a running one; None means that another was faster.

        The claim's token begins with `taking`.
        """
        token = taking + uuid.uuid4().hex[len(taking) :]
        change = dispatches.update().where(
            dispatches.c.id == dispatch_id, dispatches.c.state == DispatchState.QUEUED
        )
        new = change.values(
            state=DispatchState.RUNNING, claim=token, started_at=at, heartbeat_at=at, **fields
        )
        won = self._connection.execute(new).rowcount == 1
        return Claim(dispatch=dispatch_id, token=token) if won else None

    def submit(self, dispatch_id: int, at: datetime) -> bool:
        """Note that a waiting dispatch waits elsewhere from now on; False: it waits no more."""
        change = dispatches.update().where(
            dispatches.c.id == dispatch_id, dispatches.c.state == DispatchState.QUEUED
        )
        new = change.values(submitted_at=at, launcher=Launcher.SLURM)
        return self._connection.execute(new).rowcount == 1

    def touch(self, claim: Claim, at: datetime) -> None:
        """Show life for a program that is held up from outside."""
        change = dispatches.update().where(*_under(claim))
        self._connection.execute(change.values(heartbeat_at=at))

    def last_claim(self, dispatch_id: int) -> Claim | None:
        """Return the claim under which a dispatch runs, or ran to its end."""
        query = sa.select(dispatches.c.claim).where(dispatches.c.id == dispatch_id)
        token = self._connection.execute(query).scalar()
        return None if token is None else Claim(dispatch=dispatch_id, token=token)

    def record(self, claim: Claim, progress: Progress, at: datetime, **fields: Any) -> Standing:
        """Write progress and heartbeat under a claim; return how the dispatch stands."""
        change = dispatches.update().where(*_under(claim))
        new = change.values(heartbeat_at=at, **progress.model_dump(), **fields)
        self._connection.execute(new)
        query = sa.select(dispatches.c.cancel_requested).where(*_under(claim))
        return _standing(self._connection.execute(query).scalar())

    def standings(self, claims: Sequence[Claim]) -> list[Standing]:
        """Return how each of these dispatches stands, in the claims' order."""
        query = sa.select(dispatches.c.id, dispatches.c.claim, dispatches.c.cancel_requested)
        ids = [claim.dispatch for claim in claims]
        rows = self._connection.execute(
            query.where(
                dispatches.c.id.in_(ids),
                dispatches.c.state == DispatchState.RUNNING,
                dispatches.c.tasks.is_(None),
            )
        )
        asked = {(row.id, row.claim): row.cancel_requested for row in rows}
        return [_standing(asked.get((claim.dispatch, claim.token))) for claim in claims]

    def finish(
        self,
        claim: Claim,
        state: DispatchState,
        at: datetime,
        *,
        error: DispatchError | None = None,
        progress: Progress | None = None,
    ) -> bool:
        """Write the end of a running dispatch under a claim; False: the claim is gone."""
        fields = {} if progress is None else progress.model_dump()
        change = dispatches.update().where(*_under(claim))
        return self._end(change, state, at, error, **fields)

    def end_waiting(
        self, dispatch_id: int, state: DispatchState, at: datetime, error: DispatchError | None
    ) -> bool:
        """Write the end of a dispatch that waits; False: it waits no more."""
        change = dispatches.update().where(
            dispatches.c.id == dispatch_id, dispatches.c.state == DispatchState.QUEUED
        )
        return self._end(change, state, at, error)

    def end_silent(
        self, seen: Dispatch, state: DispatchState, at: datetime, error: DispatchError
    ) -> bool:
        """Write the end of a running dispatch unless it has shown life since it was `seen`."""
        change = dispatches.update().where(
            dispatches.c.id == seen.id,
            dispatches.c.state == DispatchState.RUNNING,
            dispatches.c.heartbeat_at == seen.heartbeat_at,
        )
        return self._end(change, state, at, error)

    def _end(
        self,
        change: sa.Update,
        state: DispatchState,
        at: datetime,
        error: DispatchError | None,
        **fields: Any,
    ) -> bool:
        text = None if error is None else error.model_dump_json()
        new = change.values(state=state, finished_at=at, error=text, **fields)
        return self._connection.execute(new).rowcount == 1

    def hand_back(self, claim: Claim) -> bool:
        """Let a running dispatch wait again, for whoever takes it next."""
        change = dispatches.update().where(*_under(claim))
        new = change.values(
            state=DispatchState.QUEUED,
            claim=None,
            started_at=None,
            heartbeat_at=None,
            host=None,
            process=None,
            launcher=None,
            submitted_at=None,
            **Progress().model_dump(),
        )
        return self._connection.execute(new).rowcount == 1

    def request_cancel(self, dispatch_id: int) -> None:
        """Ask a running dispatch to stop."""
        change = dispatches.update().where(dispatches.c.id == dispatch_id)
        self._connection.execute(change.values(cancel_requested=True))

    def running(self, limit: int = 10_000) -> list[Dispatch]:
        """Return what programs run, the oldest first: not what was split, whose tasks they do."""
        query = sa.select(dispatches).where(
            dispatches.c.state == DispatchState.RUNNING, dispatches.c.tasks.is_(None)
        )
        rows = self._connection.execute(query.order_by(dispatches.c.id).limit(limit))
        return [from_row(row) for row in rows]


def _standing(cancel_requested: bool | None) -> Standing:  # noqa: FBT001 - a column's value
    if cancel_requested is None:
        return Standing.GONE
    return Standing.TO_CANCEL if cancel_requested else Standing.ONGOING


def _under(claim: Claim) -> Sequence[sa.ColumnElement[bool]]:
    return (
        dispatches.c.id == claim.dispatch,
        dispatches.c.claim == claim.token,
        dispatches.c.state == DispatchState.RUNNING,
        dispatches.c.tasks.is_(None),
    )
