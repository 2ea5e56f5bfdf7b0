"""The express: what arrives whole is answered in one call, as whatever does not is answered."""

import re
from collections.abc import Iterator

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope

from app.routers.showroom import PATH
from app.settings_sections import Server
from tests.hardening.listening_on import SECONDS, Echo, connection, rest, served

HEAD = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n".encode()
CLOSE = b"Connection: close\r\n"


class Quick(Echo):
    """Takes requests for predictions whole: answers with their body, with 32 MiB to `big`."""

    def __init__(self, limits: Server) -> None:
        super().__init__(limits)
        self.whole: list[bytes] = []

    def is_quick(self, scope: Scope) -> bool:
        """Tell whether it takes such a request."""
        return bool(scope["path"] == PATH)

    async def quick(self, _: Scope, body: bytes, receive: Receive) -> bytes | Response:
        """Answer, once the client has gone where it says that it leaves."""
        self.whole.append(body)
        if body == b"refuse":
            return PlainTextResponse("no", 418)
        if body == b"leave":
            while (await receive())["type"] != "http.disconnect":
                pass
            self.gone.set()
        if body == b"big":
            body = b"x" * 2**25
        return b"content-length: %d\r\n\r\n%b" % (len(body), body)


@pytest.fixture
def quick(request: pytest.FixtureRequest) -> Iterator[tuple[Quick, int]]:
    """Serve it, within limits that a test may give; give it, and its port."""
    limits = Server.model_validate(getattr(request, "param", {}))
    app = Quick(limits)
    with served(app, limits) as port:
        yield app, port


def post(body: bytes, more: bytes = b"") -> bytes:
    """Return a request for predictions as it is sent."""
    return HEAD + more + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def test_what_arrives_whole_is_answered_in_one_call(quick: tuple[Quick, int]) -> None:
    """On a connection that is kept, with the server's own headers before those of the answer."""
    app, port = quick
    with connection(port) as client:
        for body in (b"one", b"two"):
            client.sendall(post(body))
            answer = client.recv(65_536)
            assert re.fullmatch(
                rb"HTTP/1.1 200 OK\r\ndate: [^\r]+\r\ncontent-length: 3\r\n\r\n" + body, answer
            )
    assert app.whole == [b"one", b"two"]
    assert app.seen == []


def test_chunks_that_come_at_once_are_whole(quick: tuple[Quick, int]) -> None:
    """Whatever says where a body ends."""
    app, port = quick
    with connection(port) as client:
        client.sendall(HEAD + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n")
        assert rest(client).endswith(b"\r\nconnection: close\r\ncontent-length: 3\r\n\r\none")
    assert app.whole == [b"one"]


@pytest.mark.parametrize("more", [b"", b"Expect: 100-continue\r\n"])
def test_what_comes_in_parts_goes_the_usual_way(quick: tuple[Quick, int], more: bytes) -> None:
    """Its body is read as it comes; one that waits to be asked for it is asked."""
    app, port = quick
    sent = post(b"a body", more + CLOSE)
    with connection(port) as client:
        client.sendall(sent[:-3])
        if more:
            assert client.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        else:
            wait_for_a_turn(port)
        client.sendall(sent[-3:])
        assert rest(client).endswith(b"\r\n\r\n6")
    assert (app.whole, app.seen[-1]) == ([], 6)


def wait_for_a_turn(port: int) -> None:
    """Return once the server has read what was sent before: it answers another by then."""
    with connection(port) as other:
        other.sendall(post(b"meanwhile", CLOSE).replace(PATH.encode(), b"/other"))
        assert rest(other).endswith(b"9")


def test_requests_in_a_row_are_answered_in_their_order(quick: tuple[Quick, int]) -> None:
    """All in one packet (pipelining), whichever way each of them takes."""
    app, port = quick
    bodies = [b"1", b"22", b"333", b"4444"]
    with connection(port) as client:
        client.sendall(b"".join(map(post, bodies[:-1])) + post(bodies[-1], CLOSE))
        answer = rest(client)
    found = [part.split(b"\r\n\r\n")[1] for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert len(found) == len(bodies)
    for body, one in zip(bodies, found, strict=True):
        assert one in {body, str(len(body)).encode()}
    assert app.whole[0] == bodies[0]


def test_who_speaks_the_old_protocol_is_hung_up_on(quick: tuple[Quick, int]) -> None:
    """HTTP/1.0 keeps no connection."""
    _, port = quick
    with connection(port) as client:
        client.sendall(post(b"old").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert rest(client).endswith(b"connection: close\r\ncontent-length: 3\r\n\r\nold")


def test_what_is_refused_is_sent_as_the_framework_sends_it(quick: tuple[Quick, int]) -> None:
    """Of another status, on a connection that is kept."""
    _, port = quick
    with connection(port) as client:
        for more in (b"", CLOSE):
            client.sendall(post(b"refuse", more))
            answer = client.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 418 ")
            assert answer.endswith(b"no")


def test_it_is_told_when_the_client_has_gone(quick: tuple[Quick, int]) -> None:
    """And the answer goes nowhere; others are answered."""
    app, port = quick
    with connection(port) as client:
        client.sendall(post(b"leave"))
    assert app.gone.wait(SECONDS)
    with connection(port) as client:
        client.sendall(post(b"stay", CLOSE))
        assert rest(client).endswith(b"stay")


@pytest.mark.parametrize("quick", [{"write_seconds": 0.3}], indirect=True)
def test_a_client_that_reads_nothing_is_not_waited_for(quick: tuple[Quick, int]) -> None:
    """The bounds on connections hold here too."""
    app, port = quick
    with connection(port) as client:
        client.sendall(post(b"big") + b"GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert app.gone.wait(SECONDS)
        assert len(rest(client)) < 2**26
