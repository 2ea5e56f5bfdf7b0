"""Ports that behave well or badly, each gone when its block ends."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

Handler = Callable[[socket.socket], None]


def _bound(host: str, port: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if made.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((host, port))
    return made


@contextmanager
def listening(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Accept connections on one address, and say nothing; yield the port."""
    with _bound(host, port) as made:
        made.listen(16)
        yield made.getsockname()[1]


@contextmanager
def refusing(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Hold a port without listening on it, so that connections to it are refused."""
    with _bound(host, port) as made:
        yield made.getsockname()[1]


@contextmanager
def dropping(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Drop whatever comes to a port: its queue of connections is full and stays so."""
    with _bound(host, port) as made, ExitStack() as stack:
        made.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket(made.family))
            filler.setblocking(False)  # noqa: FBT003 - the library's signature
            filler.connect_ex(made.getsockname())
        yield made.getsockname()[1]


@contextmanager
def serving(
    handler: Handler, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[int]:
    """Hand each connection to the handler, in a thread of its own; yield the port."""
    with _bound(host) as made:
        made.listen(16)
        threading.Thread(target=_accept, args=(made, handler, context), daemon=True).start()
        yield made.getsockname()[1]
        with suppress(OSError):
            made.shutdown(socket.SHUT_RDWR)  # which ends the thread


def _accept(made: socket.socket, handler: Handler, context: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while True:
            connection, _ = made.accept()
            threading.Thread(
                target=_serve, args=(connection, handler, context), daemon=True
            ).start()


def _serve(connection: socket.socket, handler: Handler, context: ssl.SSLContext | None) -> None:
    with suppress(OSError), connection:
        if context is None:
            handler(connection)
            return
        with context.wrap_socket(connection, server_side=True) as secure:
            handler(secure)


def received(connection: socket.socket) -> bytes:
    """Return a request's head."""
    head = b""
    while b"\r\n\r\n" not in head and (more := connection.recv(65536)):
        head += more
    return head


def answering(status: str = "200 OK", body: bytes = b"well", **headers: str) -> Handler:
    """Return a handler that answers each request alike."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines, "", ""])
    return saying(head.encode() + body)


def saying(words: bytes) -> Handler:
    """Return a handler that answers each request with these bytes, and hangs up."""

    def handler(connection: socket.socket) -> None:
        received(connection)
        connection.sendall(words)

    return handler


def dripping(first: bytes, drop: bytes) -> Handler:
    """Return a handler that begins an answer, and goes on by small drops for ever."""

    def handler(connection: socket.socket) -> None:
        received(connection)
        connection.sendall(first)
        while True:
            connection.sendall(drop)
            threading.Event().wait(0.02)

    return handler


def silent(connection: socket.socket) -> None:
    """Read, and say nothing, until the other side hangs up."""
    while connection.recv(65536):
        pass
