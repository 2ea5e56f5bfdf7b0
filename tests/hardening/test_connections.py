"""Connections: whoever is slow, large or many is sent away, and holds up nobody."""

import json
import socket
import time
from contextlib import ExitStack, suppress

import pytest

from tests.hardening.listening_on import SECONDS, connection, echoing, rest

SHORT = {"head_seconds": 0.3, "body_seconds": 0.3, "write_seconds": 0.3}
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def told(answer: bytes, status: int, word: str) -> bool:
    """Tell whether an answer is a problem document of this status that has the word."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:300]
    assert b"application/problem+json" in head
    document = json.loads(body)
    return document["status"] == status and word in document["detail"]


def well(port: int) -> bool:
    """Tell whether the server answers others meanwhile."""
    with connection(port) as other:
        other.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return rest(other).endswith(b"\r\n\r\n0")


def test_a_head_that_never_ends_is_not_waited_for() -> None:
    """A header now and then does not prolong it (slow loris)."""
    with echoing(**SHORT) as (_, port), connection(port) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        slow.settimeout(0.05)
        answer, begun = b"", time.monotonic()
        while not answer and time.monotonic() - begun < SECONDS:
            with suppress(TimeoutError):
                slow.sendall(b"X-A: b\r\n")
                answer = slow.recv(65_536)
        assert told(answer + rest(slow), 408, "server.head_seconds")
        assert well(port)


@pytest.mark.parametrize("first", [b"", GET])
@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HT"])
def test_a_connection_that_says_nothing_is_closed(first: bytes, sent: bytes) -> None:
    """Before its first request, and in the middle of a later one."""
    with echoing(**SHORT, keep_alive_seconds=1) as (_, port), connection(port) as silent:
        silent.sendall(first)
        if first:
            assert silent.recv(15) == b"HTTP/1.1 200 OK"
        silent.sendall(sent)
        answer = rest(silent)
        assert b"HTTP/1.1 408 " in answer or (first and not sent)
        assert well(port)


def test_an_idle_connection_is_closed_when_its_time_is_over() -> None:
    """Between requests it is kept for server.keep_alive_seconds."""
    with echoing(keep_alive_seconds=1) as (_, port), connection(port) as idle:
        idle.sendall(GET)
        begun = time.monotonic()
        assert rest(idle).startswith(b"HTTP/1.1 200 OK")
        assert time.monotonic() - begun < SECONDS / 2


def test_a_body_that_never_ends_is_not_waited_for() -> None:
    """The application is told that the client has gone."""
    with echoing(**SHORT) as (echo, port), connection(port) as slow:
        slow.sendall(POST % 1000 + b"x")
        assert told(rest(slow), 408, "server.body_seconds")
        assert echo.gone.wait(SECONDS)
        assert echo.seen == []
        assert well(port)


def test_a_body_in_time_is_taken_whole() -> None:
    """A large one has the time that server.body_rate gives it."""
    with echoing(body_seconds=0.2, body_rate=1000) as (echo, port), connection(port) as steady:
        steady.sendall(POST % 5000)
        for _ in range(10):
            steady.sendall(b"x" * 500)
            time.sleep(0.05)  # the client's own pace: 10,000 bytes a second
        steady.shutdown(socket.SHUT_WR)
        assert b"5000" in steady.recv(65_536)
        assert echo.seen == [5000]


def test_a_client_that_reads_nothing_is_not_waited_for() -> None:
    """What waits to be sent to it is let go."""
    with echoing(**SHORT) as (echo, port), connection(port) as deaf:
        deaf.sendall(GET.replace(b"GET /", b"GET /big"))
        assert echo.gone.wait(SECONDS)
        assert len(rest(deaf)) < 2**25
        assert well(port)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 500_000,
    ],
)
def test_a_head_that_is_too_large_is_refused(sent: bytes) -> None:
    """Its line, one header, and many; also one that does not end."""
    with echoing(max_head=4096) as (echo, port), connection(port) as large:
        with suppress(ConnectionError):
            large.sendall(sent)
        answer = rest(large)
        # What is still on its way when a server hangs up may take the answer with it.
        assert not answer or told(answer, 431, "server.max_head")
        assert echo.seen == []
        assert well(port)


def test_a_large_body_behind_a_small_head_is_no_large_head() -> None:
    """They may arrive at once, and several requests on one connection do not add up."""
    with echoing(max_head=1024) as (echo, port), connection(port) as both:
        for _ in range(3):
            both.sendall(POST % 20_000 + b"x" * 20_000)
            while b"20000" not in both.recv(65_536):
                pass
        assert echo.seen == [20_000] * 3


def test_more_connections_than_may_be_are_told_so() -> None:
    """Those that are at work go on."""
    with echoing(connections=3) as (_, port), ExitStack() as opened:
        others = [opened.enter_context(connection(port)) for _ in range(3)]
        for one in others:
            one.sendall(POST % 2 + b"x")
        with connection(port) as surplus:
            assert told(rest(surplus), 503, "server.connections")
        for one in others:
            one.sendall(b"x")
            assert one.recv(15) == b"HTTP/1.1 200 OK"


def test_who_asks_nothing_makes_room_for_who_does() -> None:
    """Of the connections that wait for a request, the one whose last is the longest ago goes."""
    with echoing(connections=3) as (_, port), ExitStack() as opened:
        oldest, idle, busy = (opened.enter_context(connection(port)) for _ in range(3))
        busy.sendall(POST % 2 + b"x")
        oldest.sendall(GET)
        assert echoed(oldest, 0)
        begun = time.monotonic()
        while time.monotonic() < begun + 0.02:  # later by the server's clock, whose ticks are long
            idle.sendall(GET)
            assert echoed(idle, 0)
        assert well(port)
        assert oldest.recv(1) == b""
        idle.sendall(GET)
        assert echoed(idle, 0)
        busy.sendall(b"x")
        assert echoed(busy, 2)


def echoed(asking: socket.socket, size: int) -> bool:
    """Read an answer to its end; tell whether it is that a body of this size came."""
    found = b""
    while not found.endswith(b"\r\n\r\n%d" % size):
        piece = asking.recv(65_536)
        assert piece, f"the connection was closed after {found!r}"
        found += piece
    return found.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01", b"GARBAGE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
             b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
             b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
)  # fmt: skip
def test_what_is_no_http_is_refused(sent: bytes) -> None:
    """TLS at the wrong port, nonsense, and lengths that would smuggle a request."""
    with echoing(**SHORT) as (echo, port), connection(port) as odd:
        odd.sendall(sent)
        assert told(rest(odd), 400, "RFC 9112") or echo.seen == []
        assert well(port)
