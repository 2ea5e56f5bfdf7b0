"""Disparo's own database goes away while alerts are sent, and comes back."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.values.alert import AlertState
from tests import read_once, servers
from tests.alerts.receivers import Answer, Got, Receiver
from tests.alerts.telling import alerts, channel, declared, note, notice, rule, sending
from tests.patience import await_that
from tests.records import create_database


class TakesAndKills(Receiver):
    """It takes an alert, and the database dies before anybody can write that down."""

    def __init__(self, database: servers.Restartable) -> None:
        super().__init__()
        self._database = database
        self.has_killed = threading.Event()

    def take(self, got: Got) -> Answer:
        """Kill the database at the first request."""
        if not self.got:
            self._database.kill()
            self.has_killed.set()
        return super().take(got)


@pytest.mark.slow(8)
def test_what_was_accepted_while_the_database_was_away_is_not_sent_again(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender keeps it until it can be written down, and goes on with what waits."""
    with servers.restartable_mariadb() as database:
        create_database(database.server.url.format(database="mysql"), "own")
        monkeypatch.setenv("DISPARO_DATABASE__URL", database.server.url.format(database="own"))
        factory = Factory(read_once.settings(), state)
        factory.upgrade_schema()
        receiver = TakesAndKills(database)
        declared(factory, channel(url=receiver.url), rule())
        note(factory, notice(at=utc_now()))
        with sending(factory):
            assert receiver.has_killed.wait(60)
            with pytest.raises(sa.exc.OperationalError):
                alerts(factory)
            database.start()
            await_that(lambda: [one.state for one in alerts(factory)] == [AlertState.SENT])
            note(factory, notice("up", at=utc_now()))
            await_that(lambda: len(receiver.got) == 2)
            await_that(lambda: {one.state for one in alerts(factory)} == {AlertState.SENT})
        receiver.close()
        factory.close()
    assert [got.body["after"] for got in receiver.got] == ["down", "up"]
