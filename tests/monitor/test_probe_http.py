"""URLs: statuses, contents, redirects, and servers that never come to an end."""

import gzip
import json
import socket
import zlib
from base64 import b64encode
from typing import Any

import pytest
from pydantic import ValidationError

from app.values.check import HttpTarget, JsonCondition, Reading
from tests.monitor.listeners import (
    Handler,
    answering,
    dripping,
    dropping,
    received,
    refusing,
    saying,
    serving,
    silent,
)
from tests.monitor.looks import look, probes, resolving

SHORT = 0.4
OK = b"HTTP/1.1 200 OK\r\n"


def asked(handler: Handler, *, timeout: float = 20.0, path: str = "/", **target: Any) -> Reading:
    """Look at a URL that a handler answers; its body may have 1,000 bytes."""
    with serving(handler) as port:
        url = f"http://127.0.0.1:{port}{path}"
        made = probes(body_bytes=1000)
        return look(made, HttpTarget(url=url, **target), timeout)


def holding(pointer: str, equals: Any) -> JsonCondition:
    """Return a condition."""
    return JsonCondition(pointer=pointer, equals=equals)


def test_a_url_that_answers_is_well() -> None:
    """Who answered and what, where, and how long each step took."""
    reading = asked(answering())
    assert reading.ok
    assert reading.detail.startswith("http://127.0.0.1:")
    assert reading.detail.endswith(" answered 200 OK")
    assert reading.facts == {"address": "127.0.0.1", "family": "IPv4", "status": 200}
    assert [step.step for step in reading.steps] == ["connect", "answer"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_name_is_asked_at_the_address_that_answers(host: str) -> None:
    """Both families are tried, and the server is told the name."""
    heads = []

    def handler(connection: socket.socket) -> None:
        heads.append(received(connection))
        connection.sendall(OK + b"\r\n")

    with serving(handler, host=host) as port:
        made = probes(lookup=resolving(shop_test=["::1", "127.0.0.1"]))
        reading = look(made, HttpTarget(url=f"http://shop.test:{port}/health?full=1"))
    assert reading.facts["address"] == host
    assert heads[0].startswith(b"GET /health?full=1 HTTP/1.1\r\n")
    assert b"host: shop.test:" in heads[0].lower()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            "500 Oops",
            "answered 500 Internal Server Error instead of a status from 200 to 299; look",
        ),
        ("404 Not Found", "correct the URL"),
        ("401 Who", "user:password@"),
        ("429 Slow Down", "less often"),
        ("299 Odd", ""),
        ("304 Not Modified", "see why it answers so"),
    ],
)
def test_a_status_that_differs_is_told_with_what_to_do(status: str, words: str) -> None:
    """Any status from 200 to 299 is well where none is asked for."""
    reading = asked(answering(status))
    assert reading.failed_step == ("status" if words else None)
    assert words in reading.detail
    assert reading.facts["status"] == int(status[:3])


def test_a_certain_status_may_be_what_is_well() -> None:
    """A door that must be closed is well while it is."""
    assert asked(answering("401 Unauthorized"), status=401).ok
    reading = asked(answering(), status=401)
    assert "answered 200 OK instead of 401" in reading.detail


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_each_method_is_sent(method: str) -> None:
    """HEAD is answered without a body, though its headers tell of one."""

    def handler(connection: socket.socket) -> None:
        sent = received(connection).decode().split()[0]
        body = b"" if sent == "HEAD" else sent.encode()
        connection.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(method) + body)

    assert asked(handler, method=method, contains=None if method == "HEAD" else method).ok


def test_a_text_must_be_there() -> None:
    """In whatever encoding the server has it, and told shortly where it is not."""
    assert asked(answering(body="schön".encode()), contains="schön").ok
    latin = answering(body="schön".encode("latin-1"), Content_Type="text/plain; charset=latin-1")
    assert asked(latin, contains="schön").ok
    for odd in ("klingon", "base64", "idna"):
        handler = answering(body=b"well", Content_Type=f"text/plain; charset={odd}")
        assert asked(handler, contains="well").ok
    reading = asked(answering(), contains="x" * 5000)
    assert reading.failed_step == "body"
    assert len(reading.detail) < 300


@pytest.mark.parametrize(
    ("pointer", "equals"),
    [("/state", "up"), ("/deep/0/a~1b", 1.0), ("/deep/0/m~0n", None), ("/on", True), ("/", "")],
)
def test_a_document_holds_what_it_must(pointer: str, equals: Any) -> None:
    """Places are JSON Pointers."""
    document = {"state": "up", "deep": [{"a/b": 1, "m~n": None}], "on": True, "": ""}
    body = json.dumps(document).encode()
    reading = asked(answering(body=body), json_holds=holding(pointer, equals))
    assert reading.ok, reading


@pytest.mark.parametrize(
    ("body", "condition", "words"),
    [
        (
            b'{"state": "degraded"}',
            holding("/state", "up"),
            '/state is "degraded", instead of "up"',
        ),
        (b'{"n": 1}', holding("/n", equals=True), "/n is 1, instead of true"),
        (b'{"n": 1}', holding("/m", 1), "the document has no member 'm', instead of 1"),
        (b"[1]", holding("/1", 1), "the document is an array of 1, and has no index '1'"),
        (b'{"n": 1}', holding("/n/x", 1), "/n is neither an object nor an array"),
        (b"no document", holding("", 1), "its body is no JSON document"),
        (b"", holding("", 1), "its body is no JSON document"),
        (b"[" * 900, holding("", 1), "its body is no JSON document"),
        (b"\xff\xfe\xff", holding("", 1), "its body is no JSON document"),
        (json.dumps("x" * 500).encode(), holding("", 1), "xxx…, instead of 1"),
    ],
    ids=["text", "type", "member", "index", "way", "no JSON", "empty", "deep", "no text", "long"],
)
def test_a_document_that_holds_something_else_is_told(
    body: bytes, condition: JsonCondition, words: str
) -> None:
    """What it holds instead, or why nothing is there; the status was well."""
    reading = asked(answering(body=body), json_holds=condition)
    assert reading.failed_step == "body"
    assert "answered 200 OK, but " in reading.detail
    assert words in reading.detail
    assert len(reading.detail) < 400


def test_a_body_has_a_bound() -> None:
    """Nothing beyond it is read; what is found before is found."""
    large = answering(body=b"needle" + b"x" * 2000)
    assert asked(large).ok
    assert asked(large, contains="needle").ok
    for target in ({"contains": "y"}, {"json_holds": holding("", 1)}):
        reading = asked(large, **target)
        assert reading.failed_step == "body"
        assert "larger than 1000 bytes" in reading.detail
        assert "monitor.body_bytes" in reading.detail


@pytest.mark.parametrize(
    ("encoding", "packed", "is_well"),
    [
        ("gzip", gzip.compress(b"well"), True),
        ("deflate", zlib.compress(b"well"), True),
        ("gzip", b"no gzip at all", False),
        ("br", b"well", False),
        ("gzip", gzip.compress(b"\0" * 900_000), False),  # 900 bytes that would be a thousandfold
    ],
    ids=["gzip", "deflate", "no gzip", "unknown", "bomb"],
)
def test_a_compressed_body_is_read_within_bounds(
    encoding: str, packed: bytes, *, is_well: bool
) -> None:
    """None is asked for, and some servers send one all the same."""
    reading = asked(answering(body=packed, Content_Encoding=encoding), contains="well")
    assert reading.ok is is_well, reading


def test_a_redirect_is_told_and_not_followed() -> None:
    """Where it leads, without what may be secret in it."""
    away = answering("302 Found", Location="https://u:s3cret@there.test/x?token=s3cret")
    reading = asked(away)
    assert reading.failed_step == "status"
    assert "it leads to https://there.test/x: ask that URL" in reading.detail
    assert asked(away, status=302).ok


def test_redirects_are_followed_as_far_as_allowed() -> None:
    """Also in a circle."""

    def handler(connection: socket.socket) -> None:
        head = received(connection)
        if b" /end" in head:
            connection.sendall(OK + b"\r\nthe end")
        else:
            place = b"/end" if b" /first" in head else b"/again"
            connection.sendall(b"HTTP/1.1 307 Go\r\nLocation: " + place + b"\r\n\r\n")

    assert asked(handler, path="/first", redirects=1, contains="the end").ok
    reading = asked(handler, path="/again", redirects=3)
    assert reading.failed_step == "status"
    assert "leads on more than 3 times" in reading.detail


@pytest.mark.parametrize("place", ["http://[", "ftp://there.test/", "http://127.0.0.1:99999/"])
def test_a_redirect_to_nowhere_is_the_server_s_fault(place: str) -> None:
    """A Location that no one can follow."""
    reading = asked(answering("302 Found", Location=place), redirects=1)
    assert not reading.ok
    assert asked(answering("302 Found", Location=place)).failed_step == "status"


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (silent, "no whole answer came within 0.4 s"),
        (dripping(b"HTTP/1.1 ", b"2"), "no whole answer came within 0.4 s"),
        (dripping(OK, b"X-Header: 1\r\n"), "no whole answer came within 0.4 s"),
        (dripping(OK + b"Content-Length: 99999\r\n\r\n", b"x"), "its body did not end"),
        (dripping(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b"x"), "within 0.4 s"),
    ],
    ids=["silent", "status line", "headers", "body", "redirect"],
)
def test_a_server_that_never_comes_to_an_end_does_not_outlive_its_time(
    handler: Handler, words: str
) -> None:
    """A byte now and then resets no clock."""
    reading = asked(handler, timeout=SHORT, contains="never there", redirects=2)
    assert reading.failed_step == "timeout", reading
    assert words in reading.detail
    assert SHORT <= reading.seconds < SHORT + 5


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (saying(b""), "broke the connection off"),
        (saying(b"HTTP/1.1 200 OK\r\n"), "broke the connection off"),
        (saying(b"220 mail.test ESMTP\r\n\r\n"), "does not speak HTTP"),
        (saying(b"\x15\x03\x01\x00\x02\x02\x46"), "write https:// in the URL"),
        (saying(OK + b"X: " + b"x" * 200_000 + b"\r\n\r\n"), "does not speak HTTP"),
        (saying(OK + b"Content-Length: 50\r\n\r\nshort"), "broke the connection off"),
        (lambda connection: connection.close(), "broke the connection off"),
    ],
    ids=["nothing", "half a head", "mail", "tls", "huge header", "half a body", "closed"],
)
def test_what_speaks_no_http_is_told(handler: Handler, words: str) -> None:
    """A wrong port, or a server that falls over."""
    reading = asked(handler, contains="well")
    assert reading.failed_step == "protocol", reading
    assert words in reading.detail


def test_ports_that_refuse_and_drop_are_told_as_for_hosts() -> None:
    """A URL's host is connected to as any."""
    with refusing() as port:
        assert look(probes(), HttpTarget(url=f"http://127.0.0.1:{port}/")).failed_step == "refused"
    with dropping() as port:
        target = HttpTarget(url=f"http://127.0.0.1:{port}/")
        reading = look(probes(), target, timeout=SHORT)
        assert reading.failed_step == "timeout"
        assert reading.seconds < SHORT + 5
    assert look(probes(), HttpTarget(url="http://none.invalid/")).failed_step == "name"


def test_a_password_is_sent_and_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken from the environment; neither in what is well nor in what is not."""
    basic = b64encode(b"user:s3cret/@")

    def handler(connection: socket.socket) -> None:
        is_known = b"Authorization: Basic " + basic in received(connection)
        connection.sendall(OK if is_known else b"HTTP/1.1 401 No\r\n")
        connection.sendall(b"Content-Length: 0\r\n\r\n")

    with serving(handler) as port:
        url = f"http://user:${{SHOP_PASSWORD}}@127.0.0.1:{port}/?token=${{SHOP_PASSWORD}}"
        for password, is_well in (("s3cret/@", True), ("s3c", False)):
            monkeypatch.setenv("SHOP_PASSWORD", password)
            reading = look(probes(), HttpTarget(url=url))
            assert reading.ok is is_well, reading
            assert "s3c" not in reading.model_dump_json()


@pytest.mark.parametrize(
    "url",
    [
        "http://user:${{SECRET}}@127.0.0.1:{port}/?token=${{SECRET}}",
        "https://user:${{SECRET}}@127.0.0.1:{port}/${{SECRET}}?token=${{SECRET}}",
        "http://user:${{SECRET}}@none.invalid/?token=${{SECRET}}",
        "http://user:${{SECRET}}@${{NO_SUCH}}/?token=${{SECRET}}",
        "http://user:${{SECRET}}@bad${{ODD}}host/?token=${{SECRET}}",
        "http://user:${{SECRET}}@host:${{SECRET}}/",
    ],
)
def test_no_failure_tells_a_secret(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """A server that repeats the request does not bring it into a reading either."""
    monkeypatch.setenv("SECRET", "s3cret")
    monkeypatch.setenv("ODD", "\x7f")
    with refusing() as port:
        reading = look(probes(), HttpTarget(url=url.format(port=port)))
    assert not reading.ok
    assert "s3cret" not in reading.model_dump_json()
    echo = saying(b"HTTP/1.1 500 s3cret\r\nX-Secret: s3cret\r\n\r\n")
    assert "s3cret" not in asked(echo, path="/s3cret?x=s3cret").model_dump_json()


def test_a_variable_that_is_not_set_is_a_fault_of_the_check() -> None:
    """The variable is named."""
    reading = look(probes(), HttpTarget(url="https://${NO_SUCH_HOST}/"))
    assert reading.failed_step == "configuration"
    assert "NO_SUCH_HOST" in reading.detail


@pytest.mark.parametrize(
    "target",
    [
        {"url": "http://"},
        {"url": "http://u:s3cret/x@host/"},
        {"url": "http://u:s3cret@host/"},
        {"url": "http://host/?a=1&access_token=s3cret"},
        {"url": "http://host/?api_key=s3cret&b=1"},
        {"url": "http://host:99999/"},
        {"url": "https://[::1/"},
        {"url": "ftp://host/"},
        {"url": "http://host/", "method": "HEAD", "contains": "x"},
        {"url": "http://host/", "json_holds": {"pointer": "state", "equals": 1}},
        {"url": "http://host/", "json_holds": {"pointer": "/a~2", "equals": 1}},
        {"url": "http://host/", "redirects": 21},
    ],
)
def test_what_cannot_be_asked_is_not_declared(target: dict[str, Any]) -> None:
    """And the words of the refusal hold no part of a password."""
    with pytest.raises(ValidationError) as caught:
        HttpTarget.model_validate(target)
    assert all("s3cret" not in problem["msg"] for problem in caught.value.errors())
