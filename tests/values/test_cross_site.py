"""Requests that another site makes a browser send are told from its own, and from programs'."""

import pytest

from app.values import cross_site

HOST = "disparo.example:8443"
OWN = "https://disparo.example:8443"


def fault(headers: dict[str, str], method: str = "POST", *, is_stream: bool = False) -> str | None:
    """Ask with these headers; underscores stand for hyphens."""
    pairs = {"host": HOST, **{name.replace("_", "-"): text for name, text in headers.items()}}
    encoded = [(name.encode(), text.encode("latin-1")) for name, text in pairs.items()]
    return cross_site.fault(method, encoded, is_stream=is_stream)


@pytest.mark.parametrize(
    "headers",
    [
        {},  # a program
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "Same-Origin", "origin": OWN},
        {"origin": OWN},
        {"origin": "HTTPS://Disparo.Example:8443"},
        {"origin": "http://disparo.example:8443"},  # a proxy ends TLS, or begins it
        {"origin": "https://disparo.example", "host": "disparo.example"},
        {"origin": "https://disparo.example", "host": "disparo.example:443"},
        {"origin": "http://disparo.example:80", "host": "disparo.example"},
        {"origin": "http://[::1]:8000", "host": "[::1]:8000"},
        {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"},
    ],
    ids=str,
)
def test_its_own_page_and_programs_are_let_through(headers: dict[str, str]) -> None:
    """Same origin, the user's own doing, or no browser at all."""
    assert fault(headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},  # a neighbour under the same domain
        {"sec_fetch_site": "cross-site", "origin": OWN},
        {"sec_fetch_site": "anything"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""} | {"sec_fetch_site": "cross-site"},
        {"origin": "https://disparo.example"},  # another port
        {"origin": "https://disparo.example:8444"},
        {"origin": "https://disparo.example.evil.example:8443"},
        {"origin": "https://evil.example?disparo.example:8443"},
        {"origin": "https://user@disparo.example:8443"},
        {"origin": "https://disparo.example:8443/path"},
        {"origin": "ftp://disparo.example:8443"},
        {"origin": "disparo.example:8443"},
        {"origin": "https://disparo.example:port"},
        {"origin": "https://[disparo.example:8443"},
        {"origin": "https://disparo.example:99999999"},
        {"origin": "\xff\xfe"},
        {"origin": OWN, "host": ""},
        {"origin": OWN, "host": "[::1"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OTHER"])
def test_what_another_site_sends_is_refused(method: str, headers: dict[str, str]) -> None:
    """The reason names the header."""
    found = fault(headers, method)
    assert found is not None
    assert found.startswith(("Sec-Fetch-Site is", "Origin is"))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_let_through_and_streams_are_not(method: str) -> None:
    """A link on another site leads to a page; a stream is not for it."""
    for site in ("cross-site", "same-site"):
        assert fault({"sec_fetch_site": site}, method) is None
        assert fault({"sec_fetch_site": site}, method, is_stream=True) is not None
    assert fault({"sec_fetch_site": "same-origin"}, method, is_stream=True) is None
    assert fault({}, method, is_stream=True) is None


def test_what_is_refused_is_told_in_few_words() -> None:
    """A header of a megabyte is not repeated whole."""
    found = fault({"origin": "https://" + "x" * 1_000_000})
    assert found is not None
    assert len(found) < 1000
