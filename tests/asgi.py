"""Requests to the application without a server."""

from typing import Any

import anyio
import httpx

from app.routers.front import Front


def call(transport: httpx.ASGITransport, method: str, path: str, **request: Any) -> httpx.Response:
    """Send one request and return its answer."""

    async def sending() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **request)

    return anyio.run(sending)


class Api:
    """The application on a database, without its start: no launcher, no scheduler, no server."""

    def __init__(self, application: Front) -> None:
        self.application = application
        self._transport = httpx.ASGITransport(application, raise_app_exceptions=False)

    def get(self, path: str, **request: Any) -> httpx.Response:
        """Send a GET."""
        return call(self._transport, "GET", path, **request)

    def post(self, path: str, body: Any = None, **request: Any) -> httpx.Response:
        """Send a POST, by default of JSON."""
        return call(self._transport, "POST", path, json=body, **request)

    def put(self, path: str, body: Any, **request: Any) -> httpx.Response:
        """Send a PUT of JSON."""
        return call(self._transport, "PUT", path, json=body, **request)

    def patch(self, path: str, body: Any, **request: Any) -> httpx.Response:
        """Send a PATCH of JSON."""
        return call(self._transport, "PATCH", path, json=body, **request)

    def delete(self, path: str, **request: Any) -> httpx.Response:
        """Send a DELETE."""
        return call(self._transport, "DELETE", path, **request)
