"""A service that is killed while it sends: each alert arrives, and once by its key."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.clock import utc_now
from app.factory import Factory
from app.values.alert import AlertState
from tests import warm
from tests.alerts.receivers import Answer, Receiver, receiving
from tests.alerts.telling import alerts, channel, declared, note, notice, rule
from tests.patience import await_that
from tests.servers import free_port

QUICK = {
    "DISPARO_SHOWROOM__ENABLED": "false",
    "DISPARO_SCHEDULER__ENABLED": "false",
    "DISPARO_MONITOR__ENABLED": "false",
    "DISPARO_ALERTS__POLL_SECONDS": "0.05",
    "DISPARO_ALERTS__RETRY_SECONDS": "0.1",
    "DISPARO_ALERTS__CLAIM_SECONDS": "1",
}


@pytest.fixture
def services(anywhere: Factory, state: Path) -> Iterator["Services"]:
    """Give services that can be killed, on the factory's database."""
    assert anywhere
    with ExitStack() as stack:
        yield Services(state, stack)


class Services:
    """Real services, one after the other."""

    def __init__(self, state: Path, stack: ExitStack) -> None:
        self._state = state
        self._stack = stack

    def start(self) -> warm.Process:
        """Start one."""
        port = {"DISPARO_SERVER__PORT": str(free_port()), "DISPARO_VAR": str(self._state)}
        log = self._stack.enter_context((self._state / "service.log").open("ab"))
        process = warm.start("serve", environment=os.environ | QUICK | port, errors=log)
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


def all_sent(factory: Factory) -> bool:
    """Tell whether nothing waits any more."""
    return {one.state for one in alerts(factory)} == {AlertState.SENT}


@pytest.mark.slow(8)
def test_a_receiver_that_fails_thrice_and_a_service_that_is_killed(
    anywhere: Factory, services: Services
) -> None:
    """In between: each alert was taken once, by its key."""
    with receiving(*[Answer(status=503)] * 3) as receiver:
        declared(anywhere, channel(url=receiver.url, timeout=1), rule())
        note(anywhere, *(notice(name=f"n{number}", at=utc_now()) for number in range(6)))
        first = services.start()
        await_that(lambda: len(receiver.got) >= 2)
        first.kill()
        first.wait()
        services.start()
        await_that(lambda: all_sent(anywhere))
        keys = {one.key for one in alerts(anywhere)}
    assert set(receiver.taken()) == keys
    assert {got.body["name"] for got in receiver.got} == {f"n{number}" for number in range(6)}
    # The one that the killed service had on its way may come twice, with one key: see below.
    assert sum(receiver.taken().values()) <= 6 + 2


class LosesAnswers(Receiver):
    """It takes an alert, and the answer is lost: the service is killed before it is written."""

    def __init__(self) -> None:
        super().__init__([Answer(hangs=True)])


@pytest.mark.slow(8)
def test_an_answer_that_is_lost_comes_again_with_its_key(
    anywhere: Factory, services: Services
) -> None:
    """Once means then: whoever keeps the keys that he has taken does each thing once."""
    receiver = LosesAnswers()
    try:
        declared(anywhere, channel(url=receiver.url, timeout=1), rule())
        note(anywhere, notice(at=utc_now()))
        first = services.start()
        await_that(lambda: receiver.got)
        first.kill()
        first.wait()
        assert [one.state for one in alerts(anywhere)] == [AlertState.WAITING]
        services.start()
        await_that(lambda: all_sent(anywhere))
    finally:
        receiver.close()
    assert len(receiver.got) == 2
    assert len({got.key for got in receiver.got}) == 1
