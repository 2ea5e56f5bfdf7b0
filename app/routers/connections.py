"""Connections: bounded in their number, in the size of what heads a request, and in time.

The server's own protocol waits as long as a client likes for the rest of a head or a body, and for
an answer to be read. Each connection is looked at now and then instead, which costs a request
nothing.
"""

import asyncio
import json

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.settings_sections import Server

_LOOKS = 4
"""Looks at a connection within the shortest of the times."""


class _TooLargeError(Exception):
    """A head is larger than it may be."""


class Connection(HttpToolsProtocol):
    """One connection. The application tells the bounds by its attribute `limits`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, or answer 503 where there are too many."""
        super().connection_made(transport)
        self._limits: Server = getattr(self.app, "limits", None) or Server()
        self.since = self.loop.time()
        """When its last request began, or it itself."""
        self._bytes = 0
        self._is_in_head = True
        self._is_idle = False
        self._stuck: float | None = None
        bounds = self._limits
        shortest = min(bounds.head_seconds, bounds.body_seconds, bounds.write_seconds)
        self._pause = max(0.02, shortest / _LOOKS)
        self._timer = self.loop.call_later(self._pause, self._look)
        if len(self.connections) > bounds.connections and not self._makes_room():
            self._refuse(
                503, "busy", "Busy",
                "this service has as many connections as server.connections allows; try again "
                "shortly",
            )  # fmt: skip

    def _makes_room(self) -> bool:
        """Close the connection that has been without a request for the longest, if there is one."""
        others = (one for one in self.connections if isinstance(one, Connection))
        idle = [one for one in others if one.waits_for_a_request]
        if idle:
            min(idle, key=lambda one: one.since).transport.close()
        return bool(idle)

    @property
    def waits_for_a_request(self) -> bool:
        """Whether all that was asked is answered."""
        return self.timeout_keep_alive_task is not None and not self.transport.is_closing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrives, as long as it is not too much."""
        if self.transport.is_closing():
            return
        if self._is_idle:  # the first bytes of another request
            self.since, self._is_idle = self.loop.time(), False
        self._bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._bytes > self._limits.max_head:
            self._refuse_head()

    def on_headers_complete(self) -> None:
        """Begin a request, whose body follows. Raises _TooLargeError, which the parser hands on."""
        if self._bytes > self._limits.max_head and self._head_size() > self._limits.max_head:
            self._refuse_head()
            raise _TooLargeError
        self._is_in_head = False
        self.since, self._bytes = self.loop.time(), 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request: another may follow."""
        self._is_in_head = self._is_idle = True
        self._bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, unless it is answered already."""
        self._refuse(400, "malformed", "Malformed", f"{msg} See RFC 9112 for what one is.")

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse_head(self) -> None:
        detail = (
            f"the request's line and headers have more bytes than server.max_head allows "
            f"({self._limits.max_head})"
        )
        self._refuse(431, "head-too-large", "Head too large", detail)

    def _refuse(self, status: int, slug: str, title: str, detail: str) -> None:
        """Answer with a problem document, if nothing is being answered, and hang up."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_answer(status, slug, title, detail))
        self.transport.close()

    def _look(self) -> None:
        """See whether the client keeps up; hang up if not, and else look again later."""
        self._timer = self.loop.call_later(self._pause, self._look)
        now = self.loop.time()
        if self._is_stuck(now):
            self.transport.abort()
        elif self.transport.is_closing() or self._is_idle:
            pass
        elif self._is_in_head:
            if now - self.since > self._limits.head_seconds:
                self._late("line and headers", "head_seconds")
        elif self.flow.read_paused:  # it is the application that takes its time
            self.since += self._pause
        elif now - self.since > self._limits.body_seconds + self._bytes / self._limits.body_rate:
            self._late("body", "body_seconds, server.body_rate")

    def _is_stuck(self, now: float) -> bool:
        """Tell whether the client has not read for too long what waits for it."""
        if not (self.flow.write_paused or self.transport.is_closing()):
            self._stuck = None
            return False
        self._stuck = self._stuck or now
        return now - self._stuck > self._limits.write_seconds

    def _late(self, what: str, settings: str) -> None:
        detail = f"the request's {what} did not arrive in time (server.{settings}); send it faster"
        self._refuse(408, "late", "Late", detail)


def _answer(status: int, slug: str, title: str, detail: str) -> bytes:
    """Return an answer as it is written when no request has come as far as the application."""
    body = json.dumps(
        {"type": f"urn:disparo:{slug}", "title": title, "status": status, "detail": detail,
         "facts": {}}
    ).encode()  # fmt: skip
    return b"".join([
        STATUS_LINE[status],
        b"content-type: application/problem+json\r\n",
        b"content-length: %d\r\n" % len(body),
        b"connection: close\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n",
        b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n\r\n",
        body,
    ])  # fmt: skip
