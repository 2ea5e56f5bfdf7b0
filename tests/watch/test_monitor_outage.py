"""MariaDB is killed and started under the Monitor: it looks on, judges, and writes all of it later."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.clock import utc_now
from app.factory import Factory
from app.settings import load_settings
from app.values.check import State
from tests import servers, warm
from tests.patience import PATIENCE, await_that
from tests.records import create_database
from tests.watching import BAD, WELL, Told, World, check, monitoring


@pytest.mark.slow(8)
def test_the_database_is_killed_and_started_under_the_loop(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host fails and recovers meanwhile: both are told when the database is back, no look is lost."""
    with servers.restartable_mariadb() as server:
        at = server.start()
        create_database(at.url.format(database="mysql"), "own")
        monkeypatch.setenv("DISPARO_DATABASE__URL", at.url.format(database="own"))
        factory = Factory(load_settings(), state)
        factory.upgrade_schema()
        factory.checks.create(check("web"), actor="test", now=utc_now())
        number = factory.checks.get("web").id
        world, told = World(), Told()
        with monitoring(factory, world, told) as monitor:

            def now() -> State:
                return (monitor.standings() or {})[number].state

            await_that(lambda: factory.checks.get("web").state is State.UP)
            server.kill()
            world.readings["web"] = BAD
            await_that(lambda: now() is State.DOWN)
            seen = world.looks["web"]
            await_that(lambda: world.looks["web"] > seen + 1)
            world.readings["web"] = WELL
            await_that(lambda: now() is State.UP)
            document = await_that(lambda: _away(factory))
            assert document == "down"
            assert told.changes == []
            server.start()
            await_that(lambda: told.changes == [("web", "down"), ("web", "up")])
        looks, _ = factory.checks.looks("web", limit=1000)
        assert len(looks) in {world.looks["web"], world.looks["web"] - 1}
        factory.close()


def _away(factory: Factory) -> str | None:
    posted = factory.board.read()
    return "down" if posted and b'"database":{"state":"down"' in posted.body else None


@pytest.mark.slow(8)
def test_scheduler_database_and_a_host_fail_at_once_and_the_service_says_so(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real service answers on, names all three, and is well again by itself."""
    port = servers.free_port()
    with servers.restartable_mariadb() as server, socket.create_server(("127.0.0.1", 0)) as host:
        at = server.start()
        create_database(at.url.format(database="mysql"), "own")
        monkeypatch.setenv("DISPARO_DATABASE__URL", at.url.format(database="own"))
        factory = Factory(load_settings(), state)
        factory.upgrade_schema()
        target = {"kind": "host", "address": "127.0.0.1", "port": host.getsockname()[1]}
        factory.checks.create(check("web", target=target), actor="test", now=utc_now())
        factory.close()
        process = warm.start("serve", environment={**os.environ, "DISPARO_SERVER__PORT": str(port)})
        address = f"http://127.0.0.1:{port}/monitor"
        try:
            await_that(lambda: _states(address) == ("up", "running", "up"))
            server.kill()
            host.close()
            await_that(lambda: _states(address) == ("down", "unknown", "down"))
            told = httpx.get(address).json()
            assert not told["well"]
            assert len(told["down"]) == 2
            with socket.create_server(host_address(target)):
                server.start()
                await_that(lambda: _states(address) == ("up", "running", "up"))
        finally:
            process.terminate()
            process.wait(PATIENCE)


def host_address(target: dict[str, Any]) -> tuple[str, int]:
    """Return where the target listens."""
    return target["address"], target["port"]


def _states(address: str) -> tuple[str, str, str] | None:
    """Return the states of database, scheduler and the one host, once there is an answer."""
    with suppress(httpx.TransportError):
        found = httpx.get(address, timeout=PATIENCE).raise_for_status().json()
        [web] = found["checks"]["host"]
        service = found["service"]
        return service["database"]["state"], service["scheduler"]["state"], web["state"]
    return None
