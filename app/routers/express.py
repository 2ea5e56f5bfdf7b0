"""The express: requests for predictions, from their connection to its answer without ASGI's toll.

What the server's own cycle does around a request by messages, one for the body, two for the
answer, each header looked at anew, costs more than to decode the request and to encode its answer.
A request that arrived whole is handed to the application in one call instead, and its answer is
written as it is. Whatever is not so simple goes the usual way, which answers the same.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.routers.connections import Connection


class Quick(Protocol):
    """An application that takes some of its requests whole."""

    def is_quick(self, scope: Scope) -> bool:
        """Tell whether it takes such a request."""
        ...

    async def quick(self, scope: Scope, body: bytes, receive: Receive) -> bytes | Response:
        """Return the answer: of status 200 as its headers and body, and else as a response.

        `receive` tells when the client has gone. Raises nothing.
        """
        ...


class Express(Connection):
    """A connection of such an application."""

    _whole: RequestResponseCycle | None = None
    """The request that the application will take, if it arrives whole."""

    def data_received(self, data: bytes) -> None:
        """Take what arrives; a request that is not whole by then goes the usual way."""
        super().data_received(data)
        if self._whole is not None:
            cycle, self._whole = self._whole, None
            super()._start_asgi_task(cycle, self.app)

    def on_message_complete(self) -> None:
        """End a request, and begin to answer it."""
        super().on_message_complete()
        if self._whole is not None:
            cycle, self._whole = self._whole, None
            super()._start_asgi_task(cycle, partial(self._answer, cycle))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self._is_express(cycle):
            self._whole = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _is_express(self, cycle: RequestResponseCycle) -> bool:
        """Tell whether a request that begins may arrive whole, and none waits behind it."""
        is_quick: Callable[[Scope], bool] | None = getattr(self.app, "is_quick", None)
        is_new = cycle is self.cycle and cycle.more_body and not cycle.waiting_for_100_continue
        return is_new and is_quick is not None and is_quick(cast(Scope, cycle.scope))

    async def _answer(
        self, cycle: RequestResponseCycle, scope: Scope, receive: Receive, send: Send
    ) -> None:
        app: Quick = self.app
        body, cycle.body = bytes(cycle.body), bytearray()
        found = await app.quick(scope, body, receive)
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        if self.flow.write_paused:
            await self.flow.drain()
        self._write(cycle, found)

    def _write(self, cycle: RequestResponseCycle, answer: bytes) -> None:
        """Write an answer, and end its cycle as the server does."""
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if cycle.disconnected:
            return
        lines = [b"%b: %b\r\n" % one for one in cycle.default_headers]
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
        self.transport.write(b"".join([b"HTTP/1.1 200 OK\r\n", *lines, answer]))
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
