"""What stands before all of the application, and is the same for all that it answers."""

import asyncio
import logging

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.errors import BusyError
from app.factory import Factory
from app.request_ids import HEADER, taken_over
from app.routers import client
from app.routers.forwarded import Forwarded
from app.routers.headers import SecurityHeaders
from app.routers.hosts import Hosts
from app.routers.parts import answer, problem, unexpected
from app.routers.showroom import PredictionDoor, is_for_predictions

_log = logging.getLogger(__name__)
_OF_ANSWER = b"content-type: application/json\r\n%b: %%b\r\ncontent-length: %%d\r\n\r\n" % HEADER
"""Lines of an answer's own: the request's id, and the size of the body that follows."""


class Front:
    """The application. Plain ASGI, and little of it: the way to predictions leads through here."""

    def __init__(self, app: PredictionDoor, *, factory: Factory) -> None:
        self._app = app
        self.factory = factory
        self.limits = factory.settings.server
        """Bounds on connections, for the server's protocol (`app.routers.connections`)."""
        self._forwarded = Forwarded(self.limits)
        self._hosts = Hosts(self.limits)
        self._headers = SecurityHeaders(self.limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":  # the start and the end; websockets, which the guard closes
            await self._app(scope, receive, send)
            return
        seen = self._forwarded.seen_through(scope)
        await self._answered(seen, receive, send, self._refusal(scope, seen))

    def is_quick(self, scope: Scope) -> bool:
        """Tell whether `quick` answers such a request (`app.routers.express`)."""
        return is_for_predictions(scope)

    async def quick(self, scope: Scope, body: bytes, receive: Receive) -> bytes | Response:
        """Return the answer to a request for predictions that arrived whole.

        One of status 200 is its headers and its body, as they are written.
        """
        seen, request_id = self._forwarded.seen_through(scope), taken_over(scope["headers"])
        refusal = self._refusal(scope, seen)
        if refusal is not None:
            return self._completed(_misdirected(refusal), seen)
        try:
            found = await self._app.answer(seen, receive, request_id, body)
        except asyncio.CancelledError:
            found = _stopping()
        except Exception:  # noqa: BLE001 - nobody stands before it to tell the client
            _log.exception("a request failed")
            found = unexpected()
        if isinstance(found, Response):
            return self._completed(found, seen)
        lines = self._headers.lines(is_tls=client.is_tls(seen))
        return b"".join([lines, _OF_ANSWER % (request_id, len(found)), found])

    def _completed(self, response: Response, seen: Scope) -> Response:
        is_tls = client.is_tls(seen)
        response.raw_headers = self._headers.completed(response.raw_headers, is_tls=is_tls)
        return response

    def _refusal(self, scope: Scope, seen: Scope) -> str | None:
        refusal = self._hosts.refusal(scope)
        if refusal is None and seen is not scope:
            refusal = self._hosts.refusal(seen)  # of the name that the proxy was asked for
        return refusal

    async def _answered(
        self, scope: Scope, receive: Receive, send: Send, refusal: str | None
    ) -> None:
        """Refuse, or let the application answer; what it does not tell of is told of here."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if not begun:
                begun = True
                headers, is_tls = message.get("headers", ()), client.is_tls(scope)
                message["headers"] = self._headers.completed(headers, is_tls=is_tls)
            await send(message)

        if refusal is not None:
            await _misdirected(refusal)(scope, receive, sending)
            return
        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            if begun:
                raise
            await _stopping()(scope, receive, sending)
        except Exception:
            if begun:
                raise
            _log.exception("a request failed")
            await unexpected()(scope, receive, sending)


def _stopping() -> Response:
    """Return the answer to who still waits when the service has no more time to stop.

    The server cancels his task then, and would log that as a fault.
    """
    detail = "this service is being stopped; ask another one, or try again shortly"
    return answer(BusyError(detail, retry_after=1))


def _misdirected(detail: str) -> Response:
    return problem(421, "misdirected", "Misdirected request", detail, {})
