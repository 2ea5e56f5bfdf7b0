"""Connections break under a running dispatch, at each thing that it asks of a database.

Its own records and its source are on one MariaDB. Whatever the moment: the slot has one success,
its row is delivered once, and no attempt fails for good.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pymysql
import pytest
from sqlalchemy.engine.default import DefaultDialect

from app.clock import utc_now
from app.factory import Factory
from app.services import patience
from app.services.pulse import Stop
from app.values.brief import DispatchFilter
from app.values.dispatch import DispatchState
from tests.scheduler.campaign import Campaign, Plan, prepared
from tests.scheduler.outcome import delivered
from tests.servers import Server, cut_connections

_MOST = 200
"""More things than a small dispatch asks."""


class Shears:
    """Cuts all connections to a server, at one of the things that are asked of it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._left = -1
        self._cut_at: str | None = None

    def open(self, number: int) -> None:
        """Be ready to cut at the thing of this number, from 1."""
        self._left, self._cut_at = number, None

    def close(self) -> str | None:
        """Cut no more; return at what all was cut, None if it was not."""
        self._left = -1
        return self._cut_at

    def ask(self, what: str) -> bool:
        """Hear what is asked; tell whether it was now that all was cut."""
        self._left -= 1
        if self._left != 0:
            return False
        self._cut_at = what
        cut_connections(self._server)
        return True


@pytest.fixture
def campaign(monkeypatch: pytest.MonkeyPatch) -> Iterator[Campaign]:
    """Give a house without services; its dispatches run here, and wait for nothing."""
    monkeypatch.setattr(patience, "_PAUSE_SECONDS", 0.05)
    with prepared(Plan(replicas=0, schedules=0, seconds=1, service_kills=0)) as made:
        made.factory.schedules.declare(made.spec(0), "test.yaml", now=utc_now())
        yield made
        made.factory.close()


def before_statements(shears: Shears, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut before a statement is sent."""
    execute: Any = DefaultDialect.do_execute

    def do_execute(self: DefaultDialect, cursor: Any, statement: str, *rest: Any) -> None:
        shears.ask(statement)
        execute(self, cursor, statement, *rest)

    monkeypatch.setattr(DefaultDialect, "do_execute", do_execute)


def in_commits(shears: Shears, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut after a commit was done, and before its answer came."""
    commit: Any = DefaultDialect.do_commit

    def do_commit(self: DefaultDialect, connection: Any) -> None:
        commit(self, connection)
        if shears.ask("COMMIT"):
            raise pymysql.err.OperationalError(2013, "Lost connection to MySQL server")

    monkeypatch.setattr(DefaultDialect, "do_commit", do_commit)


def succeed(factory: Factory, slot: datetime, cut: Callable[[], None]) -> None:
    """Run a dispatch of the slot, and what is queued to try it again, until one has succeeded."""
    dispatch = factory.dispatches.order("s00", now=utc_now(), actor="test", slot=slot)
    claim = factory.queue.claim(dispatch.id, now=utc_now())
    cut()
    while True:
        ended = factory.execution.run(dispatch.id, clock=utc_now, stop=Stop(), claim=claim)
        if ended.state is DispatchState.SUCCEEDED:
            return
        queued = factory.dispatches.page(DispatchFilter(state=DispatchState.QUEUED))
        assert queued, f"not tried again: {ended.error}"
        dispatch, claim = queued[0], None


@pytest.mark.slow(40)
def test_whenever_connections_break_each_row_is_delivered_once(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is asked once more of a new connection, or by the next attempt."""
    shears, slot = Shears(campaign.database.server), utc_now().replace(microsecond=0)
    cuts: dict[datetime, str | None] = {}
    for blades in (before_statements, in_commits):
        with monkeypatch.context() as patch:
            blades(shears, patch)
            for number in range(1, _MOST):
                slot += timedelta(seconds=1)
                succeed(campaign.factory, slot, partial(shears.open, number))
                cuts[slot] = shears.close()
                if cuts[slot] is None:  # more than a dispatch asks: all was tried
                    break
    rows = Counter(slot for _, slot in delivered(campaign.place))
    assert {cut: rows[slot] for slot, cut in cuts.items() if rows[slot] != 1} == {}
    assert rows.keys() == cuts.keys()
    assert list(cuts.values()).count(None) == 2
