"""What the foreign protocols share: what is asked, what is answered, and their routes."""

import json
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope

from app.clock import utc_now
from app.errors import AppError, InvalidRequestError, TooLargeError, UnsupportedError
from app.factory import Factory
from app.routers.doorman import caller
from app.routers.showroom import departed, read_body, require_enabled, timeout
from app.services.foreign import Foreign
from app.values.account import Principal

if TYPE_CHECKING:  # it loads pandas
    from app.services.requests import Request

JSON = "application/json"
RECORD = b"disparo-prediction-id"
"""The header that names the record of an answer, for its outcome."""
_ENCODINGS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is sent back."""

    body: bytes = b""
    status: int = 200
    media: str = JSON
    headers: Headers = ()


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request, its right shown."""

    factory: Factory
    scope: Scope
    receive: Receive
    path: Mapping[str, str]
    """The parameters of the path."""
    principal: Principal | None

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers by their names in small letters."""
        found = self.scope["headers"]
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in found}

    async def body(self) -> bytes:
        """Return the whole body, unpacked. Raises TooLargeError, UnsupportedError."""
        most = self.factory.settings.showroom.max_body
        body = await read_body(self.receive, most)
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        return body if encoding in {"", "identity"} else _unpacked(body, encoding, most)

    def require_enabled(self) -> None:
        """Raise BusyError if this service answers no requests for predictions."""
        require_enabled(self.factory)

    async def predict(self, asked: Foreign, *, seconds: float | None = None) -> "Request":
        """Return the request that was answered and is on record. Raises as the Showroom does."""
        self.require_enabled()
        assert self.principal is not None  # noqa: S101 - the right needs a role
        own = timeout(self.scope)
        return await self.factory.showroom.answered(
            asked,
            caller=caller(self.scope),
            scope=self.principal.scope,
            now=utc_now(),
            seconds=min(filter(None, (own, seconds)), default=None),
            departed=partial(departed, self.receive),
        )


def _unpacked(body: bytes, encoding: str, most: int) -> bytes:
    if encoding not in _ENCODINGS:
        known = ", ".join(_ENCODINGS)
        raise UnsupportedError(
            f"Content-Encoding {encoding[:50]!r} is not taken; there are {known}"
        )
    unpacking = zlib.decompressobj(_ENCODINGS[encoding])
    try:
        found = unpacking.decompress(body, most + 1)
    except zlib.error as error:
        raise InvalidRequestError(f"the body is no {encoding}: {error}") from None
    if len(found) > most:
        raise TooLargeError(
            f"the body, unpacked, has more bytes than showroom.max_body allows ({most}); send the "
            "cases in parts"
        )
    if not unpacking.eof:
        raise InvalidRequestError(f"the body breaks off: its {encoding} has no end")
    return found


Handler = Callable[[Call], Awaitable[Answer]]
Refusal = Callable[[AppError], Answer]


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method and a path of a protocol."""

    method: str
    template: str
    """As the table of rights and the description of the interface name it."""
    handler: Handler
    refusal: Refusal
    """Returns an error in the protocol's own form."""
    tag: str
    """The protocol's name."""
    about: str
    """Where it is described."""
    media: tuple[str, ...] = (JSON,)
    """What kinds of bodies are taken."""
    place: str = ""
    """The path, where a setting says it; empty: as the template."""
    predicts: bool = False
    token: bytes = b""
    """The header that holds a token where Authorization holds something else."""
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        pieces = re.split(r"\{(\w+)\}", self.place or self.template)
        text = "".join(
            f"(?P<{piece}>[^/]+)" if number % 2 else re.escape(piece)
            for number, piece in enumerate(pieces)
        )
        object.__setattr__(self, "pattern", re.compile(text))

    @property
    def line(self) -> str:
        """The route as the table of rights names it."""
        return f"{self.method} {self.template}"


def encoded(document: Any) -> bytes:
    """Return a document as JSON."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def recorded(request: "Request") -> Headers:
    """Return the header that names the record."""
    return ((RECORD, request.id.encode()),)


def retry_after(error: AppError) -> Headers:
    """Return the headers that an error brings, whatever its form."""
    found: list[tuple[bytes, bytes]] = []
    if isinstance(seconds := error.facts.get("retry_after"), int):
        found.append((b"retry-after", str(seconds).encode()))
    if challenge := getattr(error, "challenge", ""):
        found.append((b"www-authenticate", challenge.encode()))
    if isinstance(allow := error.facts.get("allow"), str):
        found.append((b"allow", allow.encode()))
    return tuple(found)


def some(names: Sequence[str], most: int = 20) -> str:
    """Return names as an error tells them."""
    told = ", ".join(name[:80] for name in names[:most])
    return f"{told}, … {len(names)} in all" if len(names) > most else told
