"""Headers that every answer has: what a browser may do with it, and who may keep it.

They are made once; an answer that sets one itself keeps its own.
"""

from collections.abc import Iterable, Iterator

from app.settings_sections import Server

Headers = list[tuple[bytes, bytes]]
Raw = tuple[tuple[bytes, bytes], ...]
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    b"form-action 'self'; frame-ancestors 'none'"
)
"""Of pages: scripts and styles come from files of ours, and are never written into the page."""
_NOT_KEPT = (b"cache-control", b"no-store")
_SHARED: Raw = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_OF_DATA: Raw = (
    *_SHARED,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    _NOT_KEPT,
)
_OF_PAGES: Raw = (
    *_SHARED,
    (b"content-security-policy", _PAGE_POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    _NOT_KEPT,
)
_TYPE, _HTML, _TAG = b"content-type", b"text/html", b"etag"
_NAMES = frozenset({_TAG, *(name for name, _ in (*_OF_DATA, *_OF_PAGES))})
_REVALIDATED = (b"cache-control", b"private, no-cache")
"""Of what has an entity tag: its client may keep it, and asks whether it holds."""


class SecurityHeaders:
    """Completes the headers of answers."""

    def __init__(self, server: Server) -> None:
        told = f"max-age={server.hsts_seconds}".encode()
        under_tls: Raw = ((b"strict-transport-security", told),) if server.hsts_seconds else ()
        self._of_data = {False: _OF_DATA, True: (*_OF_DATA, *under_tls)}
        self._of_pages = {False: _OF_PAGES, True: (*_OF_PAGES, *under_tls)}

        self._lines = {
            is_tls: b"".join(b"%b: %b\r\n" % one for one in found)
            for is_tls, found in self._of_data.items()
        }

    def lines(self, *, is_tls: bool) -> bytes:
        """Return the headers of data that sets none of them itself, as they are written."""
        return self._lines[is_tls]

    def completed(self, headers: Iterable[tuple[bytes, bytes]], *, is_tls: bool) -> Headers:
        """Return an answer's headers with those that it lacks."""
        found, own = self._of_data[is_tls], None
        for name, value in headers:
            if name == _TYPE:
                if value.startswith(_HTML):
                    found = self._of_pages[is_tls]
            elif name in _NAMES:
                own = {name, *(own or ())}
        if own is None:
            return [*headers, *found]
        return [*headers, *_missing(found, own)]


def _missing(found: Raw, own: set[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for one in found:
        if one[0] in own:
            continue
        yield _REVALIDATED if one is _NOT_KEPT and _TAG in own else one
