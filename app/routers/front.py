"""What stands before all of the application, and is the same for all that it answers."""

import logging

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.factory import Factory
from app.routers import client
from app.routers.forwarded import Forwarded
from app.routers.headers import SecurityHeaders
from app.routers.hosts import Hosts
from app.routers.parts import problem, unexpected

_log = logging.getLogger(__name__)


class Front:
    """The application. Plain ASGI, and little of it: the way to predictions leads through here."""

    def __init__(self, app: ASGIApp, *, factory: Factory) -> None:
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
        refusal = self._hosts.refusal(scope)
        if refusal is None and seen is not scope:
            refusal = self._hosts.refusal(seen)  # of the name that the proxy was asked for
        await self._answered(seen, receive, send, refusal)

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
        except Exception:
            if begun:
                raise
            _log.exception("a request failed")
            await unexpected()(scope, receive, sending)


def _misdirected(detail: str) -> Response:
    return problem(421, "misdirected", "Misdirected request", detail, {})
