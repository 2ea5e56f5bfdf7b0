"""Requests to the application without a server."""

from typing import Any

import anyio
import httpx


def call(transport: httpx.ASGITransport, method: str, path: str, **request: Any) -> httpx.Response:
    """Send one request and return its answer."""

    async def sending() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://disparo") as client:
            return await client.request(method, path, **request)

    return anyio.run(sending)
