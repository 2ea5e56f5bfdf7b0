"""The first start of real services: the link that is printed makes one admin, whoever is asked."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from app.factory import Factory
from app.values.account import Role
from tests import servers, warm
from tests.patience import await_that
from tests.people.knowing import LINK, PASSWORD

COLD_SECONDS = 300.0
"""For processes that import all on a machine whose cores are all busy."""


class Service:
    """A service of two processes that has been started."""

    def __init__(self, port: int, log: Path) -> None:
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self._log = log

    def is_up(self) -> bool:
        """Tell whether it answers."""
        try:
            return self.client.get("/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def token(self) -> str | None:
        """Return the token of the link that it has printed, None: it has printed none."""
        match = LINK.search(self._log.read_text().replace("\n  ", "\n"))
        return None if match is None else match[3]


@contextmanager
def started(directory: Path, workers: int) -> Iterator[Service]:
    """Run a service beside others on the same database."""
    port = servers.free_port()
    environment = {
        **os.environ,
        "DISPARO_AUTH__MODE": "accounts",
        "DISPARO_SERVER__PORT": str(port),
        "DISPARO_SERVER__WORKERS": str(workers),
        "DISPARO_SHOWROOM__ENABLED": "false",
    }
    log = directory / f"{port}.log"
    with log.open("wb") as output:
        process = warm.start("serve", environment=environment, output=output, errors=output)
        service = Service(port, log)
        try:
            await_that(service.is_up, COLD_SECONDS)
            yield service
        finally:
            process.terminate()
            process.wait(60)
            service.client.close()


@pytest.mark.slow(8)
@pytest.mark.timeout(700)
def test_the_printed_link_makes_one_admin(factory: Factory, tmp_path: Path) -> None:
    """Two services each print one; both are used at once, and one admin is there for both."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(started(tmp_path, workers)) for workers in (2, 1))
        assert one.client.get("/users").status_code == 401
        assert one.client.get("/session/ways").json()["first"] is True

        def used(service: Service, name: str) -> int:
            body = {"token": service.token(), "name": name, "password": PASSWORD}
            return service.client.post("/session/first", json=body).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(used, (one, other), ("ana", "bob"))) == [201, 403]
        [admin] = factory.users.page()
        assert admin.role is Role.ADMIN
        body = {"name": admin.name, "password": PASSWORD}
        for service in (one, other):
            assert service.client.post("/session", json=body).status_code == 200
        shown = {"Cookie": f"disparo_session={one.client.cookies['disparo_session']}"}
        there = other.client.base_url.join("/users")
        assert httpx.get(there, headers=shown).status_code == 200
        assert one.client.delete("/session").status_code == 204
        await_that(lambda: httpx.get(there, headers=shown).status_code == 401)
