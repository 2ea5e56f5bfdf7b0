"""A service that has no more time to stop tells those who still wait, and logs no fault of its own."""

import asyncio
import json
import logging

import pytest

from app.factory import Factory
from app.routers.doorman import Doorman
from app.routers.front import Front
from app.routers.showroom import PATH, PredictionDoor
from tests.hardening.listening_on import connection, rest, served


class Never(PredictionDoor):
    """Begins to answer, and never does."""

    async def __call__(self, *_: object) -> None:
        """Answer a request that goes the usual way."""
        await asyncio.Event().wait()

    async def answer(self, *_: object) -> bytes:
        """Answer a request for predictions that came whole."""
        await asyncio.Event().wait()
        raise AssertionError


async def _nothing(*_: object) -> None:
    """Stand behind the door."""


@pytest.mark.parametrize("path", [PATH, "/schedules"])
def test_who_waits_when_time_is_up_is_told_to_try_again(
    factory: Factory, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With a problem document, whichever way the request came."""
    never = Never(_nothing, factory=factory, doorman=Doorman(factory))
    caplog.set_level(logging.INFO)
    with served(Front(never, factory=factory), factory.settings.server) as port:
        waiting = connection(port)
        waiting.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        )
        other = connection(port)  # which is answered once the first is being answered
        other.sendall(b"nonsense\r\n\r\n")
        rest(other)
        other.close()
    with waiting:
        head, _, body = rest(waiting).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in head.lower()
    assert "is being stopped" in json.loads(body)["detail"]
    assert "Exception in ASGI application" not in caplog.text
