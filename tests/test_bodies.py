"""Request bodies: the limit holds whatever the headers say."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from app.factory import Factory
from app.main import create_app
from tests import read_once
from tests.asgi import call

MOST = 1000
JSON = {"content-type": "application/json"}
Content = bytes | AsyncIterator[bytes]


@pytest.fixture
def limited(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.ASGITransport]:
    """Give the application with a limit of 1,000 bytes."""
    assert factory
    monkeypatch.setenv("DISPARO_SERVER__MAX_BODY", str(MOST))
    application = create_app(read_once.settings())
    yield httpx.ASGITransport(application)
    application.factory.close()


def post(
    transport: httpx.ASGITransport, content: Content, path: str = "/sources", **headers: str
) -> httpx.Response:
    """Post a body as it is."""
    return call(transport, "POST", path, content=content, headers={**JSON, **headers})


async def chunks(size: int) -> AsyncIterator[bytes]:
    """Send `size` bytes without saying before how many they are."""
    for _ in range(size // 100):
        yield b" " * 100


def refused(answer: httpx.Response, status: int) -> bool:
    """Tell whether the answer is a problem document with this status."""
    return (
        answer.status_code == status
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["status"] == status
    )


def test_a_body_that_says_that_it_is_too_large_is_refused(limited: httpx.ASGITransport) -> None:
    """Content-Length over the limit is answered with 413 before anything is read."""
    answer = post(limited, b" " * (MOST + 1))
    assert refused(answer, 413)
    assert "server.max_body" in answer.json()["detail"]


def test_a_body_in_chunks_is_counted(limited: httpx.ASGITransport) -> None:
    """A body without Content-Length is refused when it passes the limit, and else accepted."""
    assert refused(post(limited, chunks(2 * MOST)), 413)
    body = b'{"name": "chunked", "connection": "sqlite:///x"}'

    async def small() -> AsyncIterator[bytes]:
        yield body[:10]
        yield body[10:]

    assert post(limited, small()).status_code == 201


def test_an_upload_in_chunks_is_counted_too(limited: httpx.ASGITransport) -> None:
    """A form is read by another reader, which must not turn the refusal into its own error."""
    head = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="m.onnx"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n"
    )

    async def form() -> AsyncIterator[bytes]:
        yield head
        async for chunk in chunks(2 * MOST):
            yield chunk

    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert refused(post(limited, form(), "/models/m/versions", **kind), 413)


def test_a_length_that_lies_does_not_help(limited: httpx.ASGITransport) -> None:
    """What counts is what arrives."""
    assert refused(post(limited, chunks(2 * MOST), **{"content-length": "10"}), 413)


@pytest.mark.parametrize("length", ["many", "-1", "1e3", "", "1, 1"])
def test_a_length_that_is_no_number_is_refused(limited: httpx.ASGITransport, length: str) -> None:
    """Nonsense in Content-Length is the sender's fault, not ours."""
    assert refused(post(limited, chunks(100), **{"content-length": length}), 400)


def test_a_length_of_many_digits_is_too_large(limited: httpx.ASGITransport) -> None:
    """A number that Python would refuse to read is a large one all the same."""
    assert refused(post(limited, chunks(100), **{"content-length": "9" * 5000}), 413)
