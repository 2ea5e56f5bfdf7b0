"""What alerts are sent through: a name is looked up once, and what was found is connected to.

So a name cannot lead elsewhere between the look at its addresses and the connection; and an address
that the service must not reach is never connected to, whatever names it.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from app.errors import ConfigurationError
from app.values.reach import Reach

STAGGER = 0.25
"""Seconds that an address has before the next is tried too (RFC 8305, section 8)."""
_MOST_ADDRESSES = 32
Connection = TypeVar("Connection")


async def connected(
    host: str, port: int, reach: Reach, connect: Callable[[str], Awaitable[Connection]]
) -> Connection:
    """Connect to the first address of a host that answers, of those that may be connected to.

    Raises ConfigurationError if none may, OSError (and what `connect` raises) if none answers.
    """
    addresses = await _addresses(host, port)
    refusals = {one: reach.refusal(host, one) for one in addresses}
    allowed = [one for one, refusal in refusals.items() if refusal is None]
    if not allowed:
        raise ConfigurationError(next(filter(None, refusals.values()), f"{host} has no address"))
    return await _first(allowed, connect)


async def _addresses(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host[:100]!r} cannot be a host's name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:_MOST_ADDRESSES]


async def _first(
    addresses: Sequence[str], connect: Callable[[str], Awaitable[Connection]]
) -> Connection:
    """Return the first connection; attempts overlap, and those that lose are given up."""
    waiting, running = list(addresses), set[asyncio.Task[Connection]]()
    errors: list[BaseException] = []
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.ensure_future(_awaited(connect, waiting.pop(0))))
            done, _ = await asyncio.wait(
                running,
                timeout=STAGGER if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                running.discard(task)
                if (error := task.exception()) is None:
                    return task.result()
                errors.append(error)
    finally:
        for task in running:
            task.cancel()
    raise errors[-1]


async def _awaited(connect: Callable[[str], Awaitable[Connection]], address: str) -> Connection:
    return await connect(address)


async def dialled(host: str, port: int, reach: Reach) -> socket.socket:
    """Return a connection as a socket. Raises as `connected` does."""
    loop = asyncio.get_running_loop()

    async def connect(address: str) -> socket.socket:
        [(family, kind, protocol, _, place), *_] = await loop.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(0)
            await loop.sock_connect(made, place)
        except BaseException:
            made.close()
            raise
        return made

    return await connected(host, port, reach, connect)


class Transport(httpx.AsyncHTTPTransport):
    """Sends requests to what was checked; TLS and headers are those of the host all the same."""

    def __init__(self, reach: Reach, context: ssl.SSLContext) -> None:
        super().__init__(verify=context)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, max_keepalive_connections=0, network_backend=_Backend(reach)
        )


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect. Raises ConfigurationError, httpcore.ConnectError."""

        async def connect(address: str) -> httpcore.AsyncNetworkStream:
            return await self._inner.connect_tcp(
                address, port, timeout, local_address, socket_options
            )

        try:
            return await connected(host, port, self._reach, connect)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


def proxy_of(url: str) -> str | None:
    """Return the proxy that the environment has for a URL (HTTPS_PROXY, NO_PROXY and the like)."""
    parts = urlsplit(url)
    proxies = getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    if not found or proxy_bypass(parts.hostname or ""):
        return None
    return found if "://" in found else f"http://{found}"
