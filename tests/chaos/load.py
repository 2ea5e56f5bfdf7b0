"""The clients of a campaign: they ask both replicas, and know what they got whatever dies."""

from collections.abc import Sequence
from typing import Any

import httpx

from tests.chaos.cast import Cast, Player
from tests.showroom.cheap import MODEL
from tests.showroom.clients import Answered, Clients, Door, case

_TIMEOUT = 20.0
_ASK_SECONDS = 60.0


class Load:
    """A process of clients, with connections to each replica."""

    def __init__(self, cast: Cast, *, connections: int, pause: float) -> None:
        self._cast = cast
        self._connections = connections
        self._pause = pause
        self._clients: Clients | None = None
        self.log = cast.directory / "clients.jsonl"

    def start(self) -> None:
        """Let them begin."""
        doors = [
            Door(
                host=one.replica.host,
                port=one.replica.port,
                token=self._cast.hidden.token,
                timeout=_TIMEOUT,
            )
            for one in self._cast.players.values()
        ]
        self._clients = Clients(
            doors, self.log, first=1, connections=self._connections, pause=self._pause
        )

    def stop(self) -> None:
        """Let each end what it does."""
        if self._clients is not None:
            self._clients.stop()

    def kill(self) -> None:
        """End them at once."""
        if self._clients is not None:
            self._clients.kill()

    def answers(self) -> list[Answered]:
        """Return what they were answered."""
        return [] if self._clients is None else list(self._clients.answers())

    def ask(self, player: Player, numbers: Sequence[int]) -> list[Any]:
        """Ask a replica for many cases at once; return the predictions."""
        answer = httpx.post(
            f"{player.replica.url}/showroom/predictions",
            json={"model": MODEL, "cases": [case(one) for one in numbers]},
            headers=self._cast.headers,
            timeout=_ASK_SECONDS,
        )
        answer.raise_for_status()
        found: list[Any] = answer.json()["predictions"]
        return found
