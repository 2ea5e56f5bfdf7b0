"""Requests that another site makes a browser send, by what the browser says of them.

Fetch metadata (Sec-Fetch-Site) is asked first: browsers set it, pages cannot. Where it is missing
(an old browser, or http beyond loopback, where browsers leave it out) Origin is compared with the
host that was asked. A request that has neither comes from no browser's page: programs send none.

https://www.w3.org/TR/fetch-metadata/ and
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import re
from collections.abc import Iterable

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})
"""`none`: the user asks, by an address that was typed or a bookmark."""
_ORIGIN = re.compile(r"(https?)://([^/?#@\s]+)")
_USUAL_PORTS = {"http": ":80", "https": ":443"}
Headers = Iterable[tuple[bytes, bytes]]


def fault(method: str, headers: Headers, *, is_stream: bool = False) -> str | None:
    """Return why a request that carries a session's cookie is refused; None: it is not.

    What only reads is let through, for its answer stays closed to other sites; a stream is not,
    unless it is the user who goes there: it would hold a place among those who follow.
    """
    if method in _READING and not is_stream:
        return None
    found = dict(headers)
    site = found.get(b"sec-fetch-site", b"").decode("latin-1").lower()
    origin = found.get(b"origin", b"").decode("latin-1")
    if site:
        return None if site in _OWN else f"Sec-Fetch-Site is {site[:50]}"
    if not origin:
        return None
    host = found.get(b"host", b"").decode("latin-1")
    return None if _is_of(origin, host) else f"Origin is {origin[:200]}, and not {host[:200]}"


def _is_of(origin: str, host: str) -> bool:
    """Tell whether an origin is that of the host that was asked, its scheme aside.

    Behind a proxy that ends TLS the scheme may not be known here.
    """
    match = _ORIGIN.fullmatch(origin.lower())
    if match is None:
        return False
    usual = _USUAL_PORTS[match[1]]
    return match[2].removesuffix(usual) == host.lower().removesuffix(usual)
