"""The bound on request bodies, held by counting what arrives, whatever the headers say."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.routers.parts import problem


class _OverLimitError(Exception):
    """More bytes arrived than are allowed."""


class BoundBodies:
    """Middleware that answers 413 to a body over `most` bytes, and reads no more of it.

    A Content-Length over the limit is refused at once; a body that is sent in chunks, when it
    passes the limit. Plain ASGI, so that streamed answers are not touched.
    """

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            refusal = problem(
                400, "bad-length", "Bad Content-Length", f"{length!r} is no number of bytes", {}
            )
            await refusal(scope, receive, send)
        elif len(length) > len(str(self._most)) or int(length) > self._most:
            await self._refuse(scope, receive, send)
        else:
            await self._count(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen, started = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise _OverLimitError
            return message

        async def guarded(message: Message) -> None:
            nonlocal started
            if seen <= self._most or started:
                started = True
                await send(message)

        try:
            await self._app(scope, counted, guarded)
        except Exception:  # whatever the reader of the body made of ours
            if seen <= self._most or started:
                raise
        if seen > self._most and not started:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"the body has more bytes than server.max_body allows ({self._most})"
        await problem(413, "too-large", "Too large", detail, {})(scope, receive, send)
