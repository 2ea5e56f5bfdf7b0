"""The door of the foreign protocols: finds the route, asks the doorman, answers in its form.

It stands before the framework, beside the door of the Showroom: a request for predictions costs as
little here as there, and whatever goes wrong is told in the protocol's own form.
"""

import logging
import time
from collections.abc import Sequence
from http import HTTPStatus

import sqlalchemy as sa
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import (
    AppError,
    DatabaseAwayError,
    ForbiddenError,
    MalformedError,
    ModelError,
    NotFoundError,
    UnauthenticatedError,
)
from app.factory import Factory
from app.request_ids import HEADER, bind, taken_over
from app.routers.access import Counted
from app.routers.doorman import Doorman, require_in_path
from app.routers.protocols.parts import Answer, Call, Route
from app.routers.protocols.routes import routes
from app.routers.rights import RIGHTS

_log = logging.getLogger(__name__)


class _NoMethodError(MalformedError):
    """A path has other methods."""

    status = HTTPStatus.METHOD_NOT_ALLOWED


class ForeignDoor:
    """The application: answers the routes of the protocols itself, and passes on all others."""

    def __init__(
        self, app: ASGIApp, *, factory: Factory, doorman: Doorman, counted: Counted | None
    ) -> None:
        """Raise ConfigurationError for paths by setting that are taken."""
        self._app = app
        self._factory = factory
        self._doorman = doorman
        self._counted = counted
        self._beginning: dict[str, list[Route]] = {}
        for route in routes(factory.settings.protocols):
            word = _word(route.place or route.template)
            self._beginning.setdefault(word, []).append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        known = self._beginning.get(_word(scope["path"])) if scope["type"] == "http" else None
        fitting = [one for one in known or () if one.pattern.fullmatch(scope["path"])]
        if not fitting and not (known and _is_whole(known, scope["path"])):
            await self._app(scope, receive, send)
            return
        start, request_id = time.perf_counter(), taken_over(scope["headers"])
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route = next((one for one in fitting if one.method == method), None)
        near = fitting or known or []
        shown = _shown(scope, route or near[0])
        found = await self._answer(shown, receive, request_id, route, near)
        await _send(found, scope, send, request_id)
        if self._counted is not None:
            template = "other" if route is None else route.template
            seconds = time.perf_counter() - start
            self._counted(scope["method"], template, found.status, seconds)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        request_id: bytes,
        route: Route | None,
        near: Sequence[Route],
    ) -> Answer:
        """Return the answer, or what went wrong; of that alone is there a line in the log."""
        likely = route or near[0]
        try:
            if route is not None:
                return await self._answered(scope, receive, route)
            await self._doorman.admitted(scope, RIGHTS["GET /v2"])
            return likely.refusal(_no_route(scope, near))
        except Exception as error:  # noqa: BLE001 - nobody stands behind the door to tell the client
            bind(request_id.decode())
            told = _in_words(error)
            if isinstance(told, UnauthenticatedError | ForbiddenError):
                self._doorman.refused(scope, told.status, told.detail)
            self._count_failure(likely, told)
            return likely.refusal(told)

    def _count_failure(self, route: Route, error: AppError) -> None:
        showroom = self._factory.settings.showroom
        if route.predicts and showroom.enabled and self._factory.meters is not None:
            self._factory.meters.failed(error.slug)

    async def _answered(self, scope: Scope, receive: Receive, route: Route) -> Answer:
        right = RIGHTS[route.line]
        match = route.pattern.fullmatch(scope["path"])
        path = {} if match is None else match.groupdict()
        principal = await self._doorman.admitted(scope, right)
        if principal is not None:
            require_in_path(principal, right, path)
        call = Call(
            factory=self._factory, scope=scope, receive=receive, path=path, principal=principal
        )
        return await route.handler(call)


def _word(path: str) -> str:
    """Return the first word of a path."""
    return path.split("/", 2)[1] if path.startswith("/") else ""


def _is_whole(known: Sequence[Route], path: str) -> bool:
    """Tell whether all that a path's first word leads to is a protocol's own."""
    return _word(path) in {"v2", "endpoints"} and bool(known)


def _shown(scope: Scope, route: Route) -> Scope:
    """Return a request as the doorman reads it: with the token that a protocol puts elsewhere."""
    if not route.token:
        return scope
    headers = dict(scope["headers"])
    if (secret := headers.get(route.token)) is None:
        return scope
    others = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
    return {**scope, "headers": [*others, (b"authorization", b"Bearer " + secret)]}


def _no_route(scope: Scope, near: Sequence[Route]) -> AppError:
    methods = sorted({one.method for one in near if one.pattern.fullmatch(scope["path"])})
    if methods:
        words = f"{scope['method']} is not for {scope['path'][:200]}; allowed: {', '.join(methods)}"
        return _NoMethodError(words, allow=", ".join(methods))
    return NotFoundError(f"there is nothing at {scope['path'][:200]}; /docs lists what there is")


def _in_words(error: Exception) -> AppError:
    """Return what went wrong as an error that can be told, and log it."""
    match error:
        case AppError():
            # A service that refuses much has no time to write much.
            level = logging.WARNING if isinstance(error, ModelError) else logging.DEBUG
            _log.log(level, "a request is refused: %s", error.detail)
            return error
        case sa.exc.OperationalError():
            _log.error("the database is away: %s", error.orig)
            return DatabaseAwayError("Disparo's database does not answer; try again shortly")
        case _:
            _log.error("a request failed", exc_info=error)
            return AppError("this is a fault of Disparo; its log tells more")


async def _send(found: Answer, scope: Scope, send: Send, request_id: bytes) -> None:
    headers = [
        (b"content-type", found.media.encode()),
        (b"content-length", str(len(found.body)).encode()),
        *found.headers,
        (HEADER, request_id),
    ]
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else found.body
    await send({"type": "http.response.body", "body": body})
