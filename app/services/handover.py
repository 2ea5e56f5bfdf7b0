"""What one attempt hands to the next: rows that are published, or rows that are staged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import sqlalchemy as sa

from app.db.attempts import AttemptStore
from app.errors import AppError
from app.inference.program import StageError
from app.services.pulse import Reason, Stop
from app.sources.deliver import Delivery
from app.sources.resume import Staged
from app.sources.runs import Runs
from app.sources.statement import uses
from app.values.dispatch import Dispatch, Order
from app.values.model import Version
from app.values.schedule import Mode

Answer = TypeVar("Answer")


class Patiently(Protocol):
    """Waits for Disparo's own database where a call needs it."""

    def __call__(self, call: Callable[[], Answer], /) -> Answer:
        """Return the call's answer."""
        ...


@dataclass(frozen=True, kw_only=True)
class Published:
    """An earlier attempt has appended these rows already: they must not be appended twice."""

    rows: int


def is_resumable(order: Order) -> bool:
    """Tell whether rows are collected in the order of their key, and are the same each time."""
    collect = order.schedule.collect
    is_fixed = order.share is not None or not uses("last_success", collect.query)
    return collect.resume and not order.dry_run and is_fixed


class Handover:
    """From the attempts before a dispatch to it, and from it to the one after it."""

    def __init__(
        self,
        engine: sa.Engine,
        dispatch: Dispatch,
        stop: Stop,
        patiently: Patiently,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._dispatch = dispatch
        self._stop = stop
        self._patiently = patiently
        self._clock = clock

    def take(self, delivery: Delivery, version: Version) -> Published | Staged | None:
        """Bar earlier runs from the target: lost ones may wake up, failed ones are in doubt.

        Returns what an earlier attempt at this very work has appended already (in the other modes
        the work is done again, with the same result); else, where it can be, what such an attempt
        has staged, to go on behind it.
        """
        tried, lost = self._patiently(self._earlier)
        published = self._bar(delivery, tried, lost)
        staged = None if published is not None else self._resume(delivery, version, tried)
        for run in (*tried, *lost):
            delivery.forget(run.run)
        return published or staged

    def publishes(self, publication: Runs) -> bool:
        """Bar earlier runs from the target, before what tasks have staged is published.

        False: an earlier attempt has published it already.
        """
        tried, lost = self._patiently(self._earlier)
        for run in lost:
            publication.take_over(run.run, self._clock())
            publication.forget(run.run)
        taken = [publication.take_over(run.run, self._clock()) for run in tried]
        return all(rows is None for rows in taken)

    def goes_on(self, error: BaseException) -> bool:
        """Tell whether an attempt is to come that goes on behind what this one has staged."""
        order = self._dispatch.order
        if not is_resumable(order):
            return False
        if self._stop.reason in {Reason.HAND_BACK, Reason.TOLD}:
            return True
        cause = error.cause if isinstance(error, StageError) else error
        told = cause if self._stop.reason is None else self._stop.error()
        retries = order.schedule.policies.retries.limit
        return isinstance(told, AppError) and told.can_pass and self._dispatch.attempt <= retries

    @property
    def _tidies(self) -> bool:
        """Whether it sees to other dispatches' runs; of one in parts, the publication does."""
        share = self._dispatch.order.share
        return share is None or share.is_publication

    def _earlier(self) -> tuple[list[Dispatch], list[Dispatch]]:
        """Return the attempts before this one, and other runs that may have left a stage."""
        with self._engine.begin() as connection:
            store = AttemptStore(connection)
            tried = store.before(self._dispatch)
            left = store.left(self._dispatch) if self._tidies else []
        source = self._dispatch.order.schedule.deliver.source
        here = [run for run in left if run.order.schedule.deliver.source == source]
        return tried, [run for run in here if run not in tried]

    def _bar(
        self, delivery: Delivery, tried: Sequence[Dispatch], lost: Sequence[Dispatch]
    ) -> Published | None:
        appends = self._dispatch.order.schedule.deliver.mode is Mode.APPEND
        found = None
        for run in (*tried, *lost):
            rows = delivery.take_over(run.run, self._clock())
            if rows is not None and run in tried and appends:
                found = Published(rows=rows)
        return found

    def _resume(
        self, delivery: Delivery, version: Version, tried: Sequence[Dispatch]
    ) -> Staged | None:
        """Go on behind what the newest attempt has staged; it is this one if it was handed back."""
        was_handed_back = self._dispatch.digest is not None
        runs = (self._dispatch, *tried) if was_handed_back else tried
        for run in runs if is_resumable(self._dispatch.order) else ():
            is_same = run.digest == version.artifact.digest
            if is_same and (staged := delivery.resume(run.run)) is not None:
                return staged
        if was_handed_back:
            delivery.restart()
        return None
