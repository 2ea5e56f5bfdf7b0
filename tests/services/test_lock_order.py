"""Lock order: who cancels many dispatches and who takes some at the same time are no deadlock."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from app.db.dispatches import DispatchStore
from app.factory import Factory
from app.values.backfill import BackfillRequest
from app.values.dispatch import Claim, DispatchState
from tests.patience import await_that
from tests.scheduling import MINUTE, NOON, claim, declared

_WAITS = "SELECT COUNT(*) FROM information_schema.innodb_lock_waits"


def remove(factory: Factory) -> None:
    """Remove the schedule, which cancels what waits for it."""
    factory.schedules.remove("each-minute", actor="test", now=NOON)


def cancel_backfill(factory: Factory) -> None:
    """Cancel the backfill."""
    factory.backfills.cancel("each-minute", 1, actor="test", now=NOON)


def overlap(factory: Factory) -> None:
    """Claim a slot that takes the place of what waits."""
    claim(factory, factory.schedules.get("each-minute"), NOON + 60 * MINUTE)


@pytest.mark.parametrize("anywhere", ["mariadb"], indirect=True)
@pytest.mark.parametrize("cancel", [remove, cancel_backfill, overlap])
def test_who_takes_while_another_cancels_is_no_deadlock(
    anywhere: Factory, cancel: Callable[[Factory], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One takes the newer of two first, as it is more urgent; the other cancels the older first."""
    policies: dict[str, Any] = {"concurrency": 2, "overlap": "cancel running"}
    schedule = declared(anywhere, policies=policies)
    with anywhere.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE schedules SET declared_in = NULL")
    if cancel is cancel_backfill:
        asked = BackfillRequest(schedule="each-minute", first=NOON - 2 * MINUTE, until=NOON)
        anywhere.backfills.order(asked, at_once=2, actor="test", now=NOON)
    else:
        assert len(claim(anywhere, schedule, NOON + 2 * MINUTE)) == 2
    with anywhere.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE dispatches SET priority = id")
    canceller = threading.Thread(target=cancel, args=(anywhere,))
    real = DispatchStore.claim

    def slowly(self: DispatchStore, number: int, at: datetime, **fields: Any) -> Claim | None:
        taken = real(self, number, at, **fields)
        if not canceller.ident:
            canceller.start()
            await_that(lambda: waits(anywhere))
        return taken

    monkeypatch.setattr(DispatchStore, "claim", slowly)
    taken = anywhere.queue.take(2, host="h", launcher="local", now=NOON + 60 * MINUTE)
    canceller.join()
    assert len(taken) == 2
    states = {one.state for one in anywhere.dispatches.page() if one.slot < NOON + 3 * MINUTE}
    assert states == {DispatchState.RUNNING}


def waits(factory: Factory) -> bool:
    """Tell whether somebody waits for a lock. InnoDB renews what it tells ten times a second."""
    threading.Event().wait(0.15)
    with factory.engine.begin() as connection:
        return bool(connection.exec_driver_sql(_WAITS).scalar())
