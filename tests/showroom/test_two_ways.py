"""A request for predictions takes one of two ways to the door: both answer alike."""

import json
from typing import Any

from app.routers.showroom import PATH
from tests.asgi import Api
from tests.casework import inputs
from tests.hardening.listening_on import connection, rest, served

GOOD = {"model": "m", "cases": [inputs(30), inputs(3)]}
OWN = {b"date", b"x-request-id", b"content-length"}
"""Headers whose values are each answer's own."""


def asked(
    port: int, body: Any, headers: str, query: str, *, whole: bool
) -> tuple[bytes, dict[bytes, bytes], Any]:
    """Return the status line, the headers and the document of an answer, but for what is its own."""
    text = json.dumps(body).encode()
    lines = f"POST {PATH}{query} HTTP/1.1\r\nConnection: close\r\n{headers}"
    if not whole:  # who waits to be asked for the body is not answered in one call
        lines += "Expect: 100-continue\r\n"
    with connection(port) as client:
        client.sendall(f"{lines}Content-Length: {len(text)}\r\n\r\n".encode() + text)
        answer = rest(client).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, document = answer.partition(b"\r\n\r\n")
    status, *told = head.split(b"\r\n")
    values = dict(line.split(b": ", 1) for line in told)
    found = json.loads(document)
    return (
        status,
        values | dict.fromkeys(OWN & values.keys(), b""),
        found | dict.fromkeys(("id", "seconds")),
    )


REQUESTS: list[tuple[Any, str, str, int]] = [
    (GOOD, "Host: localhost\r\n", "", 200),
    (GOOD, "Host: localhost\r\nX-Request-ID: mine\r\n", "?explain=true&trial=true", 200),
    (GOOD, "Host: localhost\r\nDisparo-Timeout: never\r\n", "", 400),
    (GOOD, "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", "", 403),
    (GOOD, "Host: elsewhere.example\r\n", "", 421),
    (GOOD | {"cases": [{"size": "large"}]}, "Host: localhost\r\n", "", 422),
    (GOOD | {"model": "x" * 2**16}, "Host: localhost\r\n", "", 404),
    ("x" * 2**12, "Host: localhost\r\n", "", 422),
]


def test_both_ways_answer_alike(door: Api) -> None:
    """The same status, headers and document, but for what is each answer's own."""
    with served(door.application, door.application.limits) as port:
        for body, headers, query, status in REQUESTS:
            one, other = (asked(port, body, headers, query, whole=whole) for whole in (True, False))
            assert one == other
            assert one[0].startswith(b"HTTP/1.1 %d " % status)
