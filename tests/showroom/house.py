"""A house for tests that break the Showroom: a service, clients with logs, and the judge."""

import http.client
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from app.factory import Factory
from tests import warm
from tests.patience import await_that
from tests.replicas import START_SECONDS, Replica, factory_of
from tests.showroom import cheap
from tests.showroom.clients import Answered, Clients, Door, post
from tests.showroom.verdict import Recorded, Verdict, judged, records


class House:
    """A service on a database, and clients that keep it busy."""

    def __init__(self, directory: Path, url: str, settings: Mapping[str, str]) -> None:
        self.directory = directory
        environment = {
            **{name: value for name, value in os.environ.items() if "DISPARO" not in name},
            "DISPARO_VAR": str(directory / "var"),
            "DISPARO_DATABASE__URL": url,
            "DISPARO_SCHEDULER__ENABLED": "false",
            "DISPARO_AUTH__MODE": "none",
            **settings,
        }
        self._replica = Replica(environment, log=directory / "service.log")
        self.port, self.environment = self._replica.port, self._replica.environment
        self.factory = self._furnished()
        self._clients: list[Clients] = []

    def _furnished(self) -> Factory:
        """Make the tables, and a model that costs little."""
        factory = factory_of(self.environment)
        factory.upgrade_schema()
        cheap.register(factory, self.directory)
        return factory

    def start(self) -> None:
        """Start the service."""
        self._replica.start()

    def kill(self) -> None:
        """Kill the service at once, as a crash would."""
        self._replica.kill()

    @property
    def service(self) -> warm.Process | None:
        """The process of the service; None: it was never started."""
        return self._replica.process

    def load(self, processes: int = 4, connections: int = 4, pause: float = 0.0) -> None:
        """Let clients begin; each connection rests for `pause` seconds after an answer."""
        begun = len(self._clients)
        for number in range(begun, begun + processes):
            log = self.directory / f"client-{number}.jsonl"
            first = 1 + number * connections
            made = Clients(
                [Door(port=self.port)], log, first=first, connections=connections, pause=pause
            )
            self._clients.append(made)

    def unload(self) -> None:
        """Let the clients end."""
        for clients in self._clients:
            clients.stop()

    def await_answer(self, number: int) -> Answered:
        """Ask until an answer with status 200 comes; return it."""
        found: list[Answered] = []

        def answers() -> bool:
            with suppress(OSError, http.client.HTTPException):
                found.append(self.ask(number))
                return found[-1].status == http.client.OK
            return False

        await_that(answers, START_SECONDS)
        return found[-1]

    def ask(self, number: int) -> Answered:
        """Ask once."""
        door = Door(port=self.port)
        connection = door.connection()
        try:
            return post(connection, number, door)
        finally:
            connection.close()

    def answers(self) -> list[Answered]:
        """Return what all clients were answered."""
        return [answer for clients in self._clients for answer in clients.answers()]

    def records(self) -> dict[str, Recorded]:
        """Return inputs and output of each recorded request of one case."""
        return records(self.factory.engine)

    def judge(self) -> Verdict:
        """Compare the clients' logs with the tables."""
        return judged(self.answers(), self.records())

    def close(self) -> None:
        """End all processes."""
        for clients in self._clients:
            clients.kill()
        self.kill()
        self.factory.close()


@contextmanager
def furnished(directory: Path, url: str, **settings: str) -> Iterator[House]:
    """Give a house whose database is empty; `settings` are environment variables."""
    with warm.serving():
        house = House(directory, url, settings)
        try:
            yield house
        finally:
            house.close()
