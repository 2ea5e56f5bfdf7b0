"""A real server in a thread, with the connections of the service and an application of the test's."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from app.routers.listening import listening
from app.settings_sections import Server

SECONDS = 20.0
"""For what should come at once: more than a busy machine needs."""


class Echo:
    """Answers with the size of the body that it was sent; `/big` with so many bytes."""

    def __init__(self, limits: Server) -> None:
        self.limits = limits
        self.seen: list[int] = []
        self.gone = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "lifespan":
            return
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone.set()
                return
            size, more = size + len(message["body"]), message.get("more_body", False)
        self.seen.append(size)
        body = b"x" * 2**25 if scope["path"] == "/big" else str(size).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            await send({"type": "http.response.body", "body": body[:1], "more_body": True})
            await send({"type": "http.response.body", "body": body[1:], "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            if scope["path"] == "/big":
                self.gone.set()


@contextmanager
def served(app: Any, server: Server, state: Path = Path("/")) -> Iterator[int]:
    """Serve an application as the service is; yield the port."""
    options = {**listening(server, state), "workers": None}
    config = uvicorn.Config(
        app, **options, log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    made = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listens:
        thread = threading.Thread(target=made.run, args=([listens],), daemon=True)
        thread.start()
        yield listens.getsockname()[1]
        made.should_exit = True
        thread.join(SECONDS)


@contextmanager
def echoing(**limits: Any) -> Iterator[tuple[Echo, int]]:
    """Serve what echoes, within limits; give it, and its port."""
    server = Server.model_validate(limits)
    app = Echo(server)
    with served(app, server) as port:
        yield app, port


def connection(port: int) -> socket.socket:
    """Connect."""
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)


def rest(connected: socket.socket) -> bytes:
    """Return all that is sent until the server hangs up."""
    found = bytearray()
    try:
        while piece := connected.recv(65_536):
            found += piece
    except ConnectionResetError:
        pass
    return bytes(found)
