"""An HTTP answer: whether it has the status and holds what it must."""

import json
import zlib
from typing import Any

import httpx

from app.monitor.look import ProbeError, Step
from app.monitor.wire import TooLargeError
from app.values.check import HttpTarget, JsonCondition, Scalar
from app.values.pointer import value_at

LONGEST_SHOWN = 80
"""Characters of a value that a reading shows."""
_ZLIB_OR_GZIP = zlib.MAX_WBITS | 32
_ADVICE = {
    401: "it wants to know who asks: the URL may hold user:password@",
    403: "it does not let Disparo in: have it allowed, or correct the URL's user:password@",
    404: "correct the URL, or see why nothing is there any more",
    405: "it does not take {method} there: choose another method",
    410: "correct the URL, or see why nothing is there any more",
    429: "it is asked too often: look at it less often (`every`)",
}


def require_status(answer: httpx.Response, target: HttpTarget) -> None:
    """Raise ProbeError unless the status is the one that the target must have."""
    if target.status == answer.status_code or (target.status is None and answer.is_success):
        return
    wanted = "a status from 200 to 299" if target.status is None else str(target.status)
    raise ProbeError(
        Step.STATUS, f"{told(answer)} instead of {wanted}; {_advice(answer, target.method)}"
    )


def told(answer: httpx.Response) -> str:
    """Return who answered, and what."""
    phrase = httpx.codes.get_reason_phrase(answer.status_code)  # not whatever the server says
    return f"{origin(answer.url)} answered {answer.status_code} {phrase}".strip()


def origin(url: httpx.URL) -> str:
    """Return where a URL leads, without what may be a secret: user, path and query."""
    return str(httpx.URL(scheme=url.scheme, host=url.host, port=url.port)).rstrip("/")


def require_content(answer: httpx.Response, target: HttpTarget) -> None:
    """Raise ProbeError unless the body holds what the target must."""
    body, rest = _body(answer)
    if target.contains is not None:
        _require_text(body, target.contains, answer, rest)
    if target.json_holds is not None:
        if rest is not None:
            raise rest
        _require_json(body, target.json_holds, answer)


def _body(answer: httpx.Response) -> tuple[bytes, TooLargeError | None]:
    """Return the body as far as it is read, and an error if there is more of it."""
    read = bytearray()
    try:
        for chunk in answer.iter_raw():
            read += chunk
    except TooLargeError as error:
        return _plain(answer, bytes(read)), error
    return _plain(answer, bytes(read)), None


def _plain(answer: httpx.Response, read: bytes) -> bytes:
    """Decode a body that is compressed, though none was asked for, and is small all the same."""
    match answer.headers.get("content-encoding", "identity").strip().lower():
        case "identity" | "":
            return read
        case "gzip" | "x-gzip" | "deflate":
            return _unpacked(answer, read)
        case other:
            raise ProbeError(
                Step.BODY,
                f"{told(answer)}, but its body is encoded as {other[:20]!r}, though a plain one "
                "was asked for; let the server keep to Accept-Encoding",
            )


def _unpacked(answer: httpx.Response, read: bytes) -> bytes:
    try:
        return zlib.decompressobj(_ZLIB_OR_GZIP).decompress(read, max(4 * len(read), 2**16))
    except zlib.error as error:
        raise ProbeError(
            Step.BODY, f"{told(answer)}, but its body cannot be unpacked ({error})"
        ) from None


def _require_text(
    body: bytes, wanted: str, answer: httpx.Response, rest: TooLargeError | None
) -> None:
    if wanted in _text(body, answer.charset_encoding or "utf-8"):
        return
    if rest is not None:
        raise rest
    raise ProbeError(
        Step.BODY,
        f"{told(answer)}, but its body lacks the text {_short(wanted)}; see what it answers "
        "instead, or correct `contains`",
    )


def _text(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding, errors="replace")
    except (LookupError, ValueError):  # the server names an encoding that is none of texts
        return body.decode(errors="replace")


def _require_json(body: bytes, wanted: JsonCondition, answer: httpx.Response) -> None:
    try:
        found = value_at(json.loads(body), wanted.pointer)
    except LookupError as error:
        raise _differs(answer, str(error), wanted) from None
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise ProbeError(Step.BODY, f"{told(answer)}, but its body is no JSON document") from None
    if not _is_same(found, wanted.equals):
        where = wanted.pointer or "its document"
        raise _differs(answer, f"{where} is {_short(found)}", wanted)


def _differs(answer: httpx.Response, what: str, wanted: JsonCondition) -> ProbeError:
    return ProbeError(
        Step.BODY,
        f"{told(answer)}, but {what}, instead of {_short(wanted.equals)}; see what is wrong there, "
        "or correct `json_holds`",
    )


def _is_same(found: Any, wanted: Scalar) -> bool:
    """Compare as JSON does: true is not 1, but 1.0 is."""
    return isinstance(found, bool) == isinstance(wanted, bool) and bool(found == wanted)


def _short(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}…"


def _advice(answer: httpx.Response, method: str) -> str:
    code = answer.status_code
    if answer.has_redirect_location:
        return f"it leads to {_destination(answer)}: ask that URL, or let `redirects` follow it"
    if answer.is_server_error:
        return "look into the server's log"
    return _ADVICE.get(code, "see why it answers so, or correct `status`").format(method=method)


def _destination(answer: httpx.Response) -> str:
    """Return where a redirect leads, without user and query."""
    try:
        leads = answer.url.join(answer.headers["location"])
        return str(leads.copy_with(username="", password="", query=None, fragment=None))[:200]
    except (httpx.InvalidURL, ValueError):
        return "a place that is no URL"
