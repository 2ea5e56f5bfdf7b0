"""Who sent a request, and how: one answer for logs, records, accounts and limits.

What proxies say of it is looked at once, before all else (`app.routers.forwarded`), and stands in
the request's scope from then on.
"""

from starlette.types import Scope

_UNKNOWN = "unknown"


def address(scope: Scope) -> str:
    """Return the address of the client whom a trusted proxy asks for, or else of who connects."""
    client = scope.get("client")
    return client[0] if client else _UNKNOWN


def is_tls(scope: Scope) -> bool:
    """Tell whether the client's connection is under TLS: ours, or that to a trusted proxy."""
    return bool(scope.get("scheme") == "https")
