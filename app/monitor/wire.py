"""What httpx sends and receives through: all of it ends with the time of one look.

httpx bounds each wait, not their sum; a server that sends a byte a second outlives that. And it
tries addresses one after the other, each for the whole time. So the look brings its own wire.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from app.monitor.host import connected
from app.monitor.look import Look, ProbeError, Step
from app.monitor.names import Address, Names
from app.monitor.tls import wrapped


class TooLargeError(ProbeError):
    """A body is larger than what is read of one."""


class Transport(httpx.BaseTransport):
    """Sends the requests of one look, one after the other, each over its own connection."""

    def __init__(
        self, names: Names, context: ssl.SSLContext, look: Look, *, body_bytes: int
    ) -> None:
        self._look = look
        self._body_bytes = body_bytes
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_keepalive_connections=0,
            network_backend=_Backend(names, look),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the answer once its headers are there."""
        start, before = time.monotonic(), self._look.spent
        answer = self._pool.handle_request(_lowered(request))
        connecting = self._look.spent - before
        self._look.took("answer", time.monotonic() - start - connecting)
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer, self._body_bytes),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Hang up."""
        self._pool.close()


def _lowered(request: httpx.Request) -> httpcore.Request:
    url = httpcore.URL(
        scheme=request.url.raw_scheme,
        host=request.url.raw_host,
        port=request.url.port,
        target=request.url.raw_path,
    )
    return httpcore.Request(
        request.method, url, headers=request.headers.raw, content=request.stream
    )


class _Body(httpx.SyncByteStream):
    """A body as it arrives, which is broken off where it is too large."""

    def __init__(self, answer: httpcore.Response, most: int) -> None:
        self._answer = answer
        self._most = most

    def __iter__(self) -> Iterator[bytes]:
        left = self._most
        for chunk in self._answer.iter_stream():
            yield chunk[:left]
            left -= len(chunk)
            if left < 0:
                raise TooLargeError(
                    Step.BODY,
                    f"the answer's body is larger than {self._most} bytes; ask a URL that answers "
                    "less, or raise monitor.body_bytes",
                )

    def close(self) -> None:
        self._answer.close()


class _Backend(httpcore.NetworkBackend):
    """Connects to the first address of a host that answers."""

    def __init__(self, names: Names, look: Look) -> None:
        self._names = names
        self._look = look

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the look bounds all
        local_address: str | None = None,  # noqa: ARG002 - none is asked for
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.NetworkStream:
        """Connect. Raises ProbeError."""
        hit = connected(self._names, host, port, self._look)
        hit.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Stream(hit.connection, hit.address, self._look)


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the look."""

    def __init__(self, connection: socket.socket, address: Address, look: Look) -> None:
        self._connection = connection
        self._address = address
        self._look = look

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Return some bytes, none at the end."""
        try:
            return self._bounded().recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send all of it."""
        try:
            self._bounded().sendall(buffer)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the look bounds all
    ) -> httpcore.NetworkStream:
        """Go on under TLS. Raises ProbeError."""
        host = server_hostname or str(self._address)
        try:
            with self._look.step(Step.TLS):
                made = wrapped(self._connection, self._address, host, ssl_context, self._look)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from error
        except ProbeError:
            self.close()
            raise
        return _Stream(made, self._address, self._look)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _bounded(self) -> socket.socket:
        if not (left := self._look.left):
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection
