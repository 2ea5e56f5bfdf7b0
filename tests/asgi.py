"""Requests to the application without a server."""

from collections.abc import Mapping
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

    def __init__(self, application: Front, headers: Mapping[str, str] | None = None) -> None:
        self.application = application
        self._transport = httpx.ASGITransport(application, raise_app_exceptions=False)
        self._headers = headers or {}

    def shown(self, headers: Mapping[str, str]) -> "Api":
        """Return the same application as somebody asks it who shows these headers each time."""
        return Api(self.application, headers)

    def _call(self, method: str, path: str, **request: Any) -> httpx.Response:
        given = request.pop("headers", {})
        pairs = given.items() if isinstance(given, Mapping) else given
        headers = [*self._headers.items(), *pairs]
        return call(self._transport, method, path, headers=headers, **request)

    def get(self, path: str, **request: Any) -> httpx.Response:
        """Send a GET."""
        return self._call("GET", path, **request)

    def post(self, path: str, body: Any = None, **request: Any) -> httpx.Response:
        """Send a POST, by default of JSON."""
        return self._call("POST", path, json=body, **request)

    def put(self, path: str, body: Any, **request: Any) -> httpx.Response:
        """Send a PUT of JSON."""
        return self._call("PUT", path, json=body, **request)

    def patch(self, path: str, body: Any, **request: Any) -> httpx.Response:
        """Send a PATCH of JSON."""
        return self._call("PATCH", path, json=body, **request)

    def delete(self, path: str, **request: Any) -> httpx.Response:
        """Send a DELETE."""
        return self._call("DELETE", path, **request)
