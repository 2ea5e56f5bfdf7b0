"""What surrounds each request to the framework: its id, its count, and its line in the log."""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import request_ids, whence
from app.routers import client
from app.routers.doorman import REASON

_log = logging.getLogger(__name__)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OTHER = "other"
Counted = Callable[[str, str, int, float], None]
"""Takes an answer's method, route, status, and the seconds until it began."""


_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
Refused = Callable[[Scope, int], None]
"""Takes a refused request, and its status."""


class Access:
    """Middleware that gives each request its id, counts its answer, and logs it.

    What only reads is logged for those who debug; all else, and what fails, for everyone. Plain
    ASGI, so that streamed answers are not touched.
    """

    def __init__(self, app: ASGIApp, *, counted: Counted | None, refused: Refused) -> None:
        self._app = app
        self._counted = counted
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_ids.taken_over(scope["headers"])
        request_ids.bind(request_id.decode())
        whence.bind(client.address(scope))
        start = time.perf_counter()

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                message["headers"] = [*message["headers"], (request_ids.HEADER, request_id)]
                self._tell(scope, message["status"], time.perf_counter() - start)
            await send(message)

        await self._app(scope, receive, told)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        if self._counted is not None:
            self._counted(method, _route(scope), status, seconds)
        if status in _REFUSED or REASON in scope:  # also who is led to the log-in
            self._refused(scope, status)
        level = logging.DEBUG if method in _READING else logging.INFO
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            level = logging.WARNING
        _log.log(
            level,
            "%s %s: %d after %.1f ms",
            scope["method"],
            scope["path"],
            status,
            seconds * 1000,
            extra={"client": client.address(scope)},
        )


def _route(scope: Scope) -> str:
    """Return the pattern of the path, of which there are few: paths there may be any number."""
    return getattr(scope.get("route"), "path", _OTHER)
