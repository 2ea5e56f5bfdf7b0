"""The Showroom's door: POST /showroom/predictions, without a framework's toll on the way.

It stands before the framework, as plain ASGI: what the framework does around each request costs
more than all the rest of one.
"""

import logging
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qs

import sqlalchemy as sa
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.clock import utc_now
from app.errors import (
    AppError,
    BusyError,
    DatabaseAwayError,
    ForbiddenError,
    MalformedError,
    ModelError,
    TooLargeError,
    UnauthenticatedError,
)
from app.factory import Factory
from app.request_ids import HEADER, bind, taken_over
from app.routers.doorman import Doorman, caller
from app.routers.parts import METHODS, answer, away, require_known, unexpected
from app.routers.rights import RIGHTS

PATH = "/showroom/predictions"
TIMEOUT = "disparo-timeout"
"""The header by which a client says how many seconds it is willing to wait."""
EXPLAIN = "explain"
"""The query parameter by which a client asks for explanations."""
TRIAL = "trial"
"""The query parameter by which a client says that it only tries the model out."""

_log = logging.getLogger(__name__)


class PredictionDoor:
    """The application: answers requests for predictions itself, and passes on all others."""

    def __init__(self, app: ASGIApp, *, factory: Factory, doorman: Doorman) -> None:
        self._app = app
        self.factory = factory
        self._most = factory.settings.showroom.max_body
        self._doorman = doorman
        self._right = RIGHTS[f"POST {PATH}"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if not is_for_predictions(scope):
            if scope.get("path") == PATH:
                scope[METHODS] = ("POST",)
            await self._app(scope, receive, send)
            return
        request_id = taken_over(scope["headers"])
        found = await self.answer(scope, receive, request_id)
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        await send(
            {
                "type": "http.response.start",
                "status": HTTPStatus.OK,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(found)).encode()),
                    (HEADER, request_id),
                ],
            }
        )
        await send({"type": "http.response.body", "body": found})

    async def answer(
        self, scope: Scope, receive: Receive, request_id: bytes, body: bytes | None = None
    ) -> bytes | Response:
        """Return the answers' document, or that of what went wrong, as the framework tells it.

        The body is received, unless it is given. Only of what went wrong is there a line in the
        log, which names the request.
        """
        try:
            return await self._predictions(scope, receive, body)
        except Exception as error:  # noqa: BLE001 - nobody stands behind the door to tell the client
            bind(request_id.decode())
            if isinstance(error, UnauthenticatedError | ForbiddenError):
                self._doorman.refused(scope, error.status, error.detail)
            found = self._told(error)
            found.raw_headers.append((HEADER, request_id))
            return found

    def _told(self, error: Exception) -> Response:
        """Return the document of an error, and count it."""
        slug = AppError.slug
        match error:
            case AppError():
                slug, found = error.slug, answer(error)
                # A service that refuses much has no time to write much.
                level = logging.WARNING if isinstance(error, ModelError) else logging.DEBUG
                _log.log(level, "a request for predictions is refused: %s", error.detail)
            case sa.exc.OperationalError():
                slug, found = DatabaseAwayError.slug, away(error)
            case _:
                _log.error("a request for predictions failed", exc_info=error)
                found = unexpected()
        if self.factory.settings.showroom.enabled and self.factory.meters is not None:
            self.factory.meters.failed(slug)
        return found

    async def _predictions(self, scope: Scope, receive: Receive, body: bytes | None) -> bytes:
        principal = await self._doorman.admitted(scope, self._right)
        assert principal is not None  # noqa: S101 - the right needs a role
        require_enabled(self.factory)
        if body is None:
            body = await read_body(receive, self._most)
        else:
            _require_small(body, self._most)
        return await self.factory.showroom.predict(
            body,
            caller=caller(scope),
            scope=principal.scope,
            now=utc_now(),
            seconds=timeout(scope),
            departed=partial(departed, receive),
            **_flags(scope),
        )


def is_for_predictions(scope: Scope) -> bool:
    """Tell whether a request asks for predictions."""
    return scope.get("path") == PATH and scope.get("method") == "POST"


def require_enabled(factory: Factory) -> None:
    """Raise BusyError if this service answers no requests for predictions."""
    if not factory.settings.showroom.enabled:
        raise BusyError(
            "this service answers no requests for predictions (showroom.enabled is false); "
            "ask another one"
        )


async def read_body(receive: Receive, most: int) -> bytes:
    """Return the whole body. Raises TooLargeError once more arrived than is allowed."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [body], len(body)
        while message.get("more_body") and size <= most:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        body = b"".join(parts)
    _require_small(body, most)
    return body


def _require_small(body: bytes, most: int) -> None:
    if len(body) > most:
        raise TooLargeError(
            f"the body has more bytes than showroom.max_body allows ({most}); send the "
            "cases in parts"
        )


async def departed(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _flags(scope: Scope) -> dict[str, bool]:
    """Return what is asked for beside the answer. Raises MalformedError, InvalidRequestError."""
    query: bytes = scope.get("query_string", b"")
    if not query:
        return {}
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    require_known(given, [EXPLAIN, TRIAL])
    return {name: _flag(name, values[-1]) for name, values in given.items()}


def _flag(name: str, value: str) -> bool:
    if value not in {"true", "false"}:
        raise MalformedError(f"{name} is true or false, not {value[:50]!r}")
    return value == "true"


def timeout(scope: Scope) -> float | None:
    """Return how long the client is willing to wait. Raises MalformedError."""
    for name, value in scope["headers"]:
        if name == TIMEOUT.encode():
            try:
                seconds = float(value)
            except ValueError:
                seconds = 0.0
            if not 0 < seconds < float("inf"):
                raise MalformedError(
                    f"{TIMEOUT.title()} {value.decode('latin-1')[:50]!r} is no number of seconds "
                    "above zero"
                )
            return seconds
    return None
