"""The guard: nothing of the application is reached but by who may, as `app.routers.rights` says.

Plain ASGI, around the framework: what it serves by itself, as its documents, is behind it too. The
way to predictions leads through a door of its own (`app.routers.showroom`), which asks the same
doorman and the same table.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import AppError, ForbiddenError, UnauthenticatedError
from app.routers.doorman import REASON, Doorman, require_in_path
from app.routers.parts import answer, unexpected
from app.routers.rights import Right, right
from app.routers.streams import STREAM
from app.values.account import Kind, Principal, Role

_log = logging.getLogger(__name__)
_UNKNOWN = Right(role=Role.VIEWER)
"""What is told to who asks for nothing that there is: to nobody, not even that."""
_POLICY_VIOLATION = 1008


class _EndedError(OSError):
    """Who reads a stream may not any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What a request is for."""

    right: Right
    parameters: dict[str, Any]


class Routes:
    """Finds the route that the framework will take, without a look at all of them."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._all = list(routes)
        self._beginning: dict[str | None, list[BaseRoute]] = {}

    def find(self, scope: Scope) -> tuple[str, dict[str, Any]] | None:
        """Return the template of the path, and its parameters; None: there is no such route."""
        candidates = self._all if scope.get("root_path") else self._of(scope["path"])
        for route in candidates:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return getattr(route, "path", ""), found.get("path_params", {})
        return None

    def _of(self, path: str) -> Sequence[BaseRoute]:
        """Return the routes that may fit, in their order: by the first word of the path."""
        if not self._beginning:
            firsts = [_first(route) for route in self._all]
            self._beginning = {
                first: [
                    one for one, its in zip(self._all, firsts, strict=True) if its in {first, None}
                ]
                for first in {*firsts, None}
            }
        return self._beginning.get(_word(path), self._beginning[None])


def _first(route: BaseRoute) -> str | None:
    """Return the first word of a route's path; None: it may be any."""
    word = _word(getattr(route, "path", ""))
    return None if not word or "{" in word else word


def _word(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""


class Guard:
    """Middleware that lets a request pass only if who sends it may."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute], doorman: Doorman) -> None:
        self._app = app
        self._routes = Routes(routes)
        self._doorman = doorman

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._guarded(scope, receive, send)
        else:  # there are no websockets
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            asked = self._asked(scope)
            principal = await self._admitted(scope, asked)
        except AppError as error:
            scope[REASON] = error.detail
            await _refusal(scope, error)(scope, receive, send)
            return
        except Exception:  # noqa: BLE001 - nobody stands before it to tell the client
            _log.exception("it cannot be found out who asks")
            await unexpected()(scope, receive, send)
            return
        if principal is None or principal.kind is Kind.ANYBODY:
            await self._app(scope, receive, send)
        else:
            await self._watched(scope, receive, send, asked)

    def _asked(self, scope: Scope) -> _Asked:
        found = self._routes.find(scope)
        if found is None:  # the framework says so
            return _Asked(right=_UNKNOWN, parameters={})
        template, parameters = found
        needed = right(scope["method"], template)
        if needed is None:
            _log.error("no line of the table of rights is for %s %s", scope["method"], template)
            raise ForbiddenError(
                f"no rule says who may {scope['method']} {template}, so nobody may; this is a "
                "fault of Disparo"
            )
        return _Asked(right=needed, parameters=parameters)

    async def _admitted(self, scope: Scope, asked: _Asked) -> Principal | None:
        """Return who asks; None: anybody may. Raises as Doorman.admitted does."""
        principal = await self._doorman.admitted(scope, asked.right)
        if principal is not None:
            require_in_path(principal, asked.right, asked.parameters)
        return principal

    async def _watched(self, scope: Scope, receive: Receive, send: Send, asked: _Asked) -> None:
        """Pass on a request, and end its answer when who reads it may not any more."""
        watched = _Watched(send)

        async def sent(message: Message) -> None:
            if message.get("more_body"):
                try:
                    await self._admitted(scope, asked)
                except AppError as error:
                    await watched.end(error)
            await watched.send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            if not watched.is_over:
                raise


def _refusal(scope: Scope, error: AppError) -> Response:
    """Return the answer to who is refused: a person who is not logged in is led to the log-in."""
    accept = dict(scope["headers"]).get(b"accept", b"")
    is_person = scope["method"] == "GET" and accept.startswith(b"text/html")
    if is_person and isinstance(error, UnauthenticatedError):
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        there = urlencode({"next": scope["path"] + query})
        return RedirectResponse(f"/login?{there}", status_code=303)
    return answer(error)


class _Watched:
    """An answer that may be ended before it is whole."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_stream = False
        self.is_over = False

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer."""
        if message["type"] == "http.response.start":
            headers = dict(message.get("headers", ()))
            self._is_stream = headers.get(b"content-type", b"").startswith(STREAM.encode())
        await self._send(message)

    async def end(self, error: AppError) -> None:
        """End the answer. Of a file the rest is missing, as its reader is to notice."""
        _log.info("an answer is broken off: %s", error.detail)
        self.is_over = True
        if self._is_stream:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        raise _EndedError(error.detail)
