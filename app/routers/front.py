"""What stands before all of the application: who asks, as trusted proxies tell it."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.factory import Factory
from app.routers.forwarded import Forwarded


class Front:
    """The application. Plain ASGI, and little of it: the way to predictions leads through here."""

    def __init__(self, app: ASGIApp, *, factory: Factory) -> None:
        self._app = app
        self.factory = factory
        self._forwarded = Forwarded(factory.settings.server)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        await self._app(self._forwarded.seen_through(scope), receive, send)
