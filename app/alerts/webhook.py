"""Webhooks: an alert is posted, and the status of the answer says what came of it."""

import asyncio
import email.utils
import json
import logging
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus

import httpx

from app import __version__
from app.alerts.forms import body
from app.alerts.secrets import Secrets
from app.alerts.wire import Transport, proxy_of
from app.alerts.words import clean
from app.errors import ConfigurationError
from app.values.alert import Delivery, Message, Outcome
from app.values.channel import Webhook
from app.values.reach import Reach

_MAY_PASS = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_ANSWER_SECONDS = 1.0
"""For the words of an answer whose status is known."""

for _name in ("httpx", "httpcore"):  # they write URLs, which are secret here, into the log
    logging.getLogger(_name).setLevel(logging.WARNING)


async def post(
    target: Webhook, message: Message, secrets: Secrets, most: int, reach: Reach
) -> Delivery:
    """Post an alert; `most` bounds the bytes that are read of the answer.

    Raises ConfigurationError, and what httpx raises where no answer came.
    """
    url = secrets.open_url(target.url)
    headers = {
        "User-Agent": f"Disparo/{__version__}",
        "Accept-Encoding": "identity",
        **{name: secrets.open(text, f"header {name}") for name, text in target.headers.items()},
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": message.key,
    }
    content = json.dumps(body(target.form, message), ensure_ascii=False).encode()
    async with (
        _client(url, reach) as client,
        client.stream("POST", url, headers=headers, content=content) as answer,
    ):
        return _judged(answer, await _beginning(answer, most))


def _client(url: str, reach: Reach) -> httpx.AsyncClient:
    """Return what posts, by the environment's proxy if there is one. Raises ConfigurationError."""
    if (proxy := proxy_of(url)) is None:
        transport = Transport(reach, tls())
        return httpx.AsyncClient(transport=transport, timeout=None, trust_env=False)  # noqa: S113 - the sender bounds it all
    if refusal := reach.refusal_by_proxy(httpx.URL(url).host):
        raise ConfigurationError(refusal)
    return httpx.AsyncClient(proxy=proxy, verify=tls(), timeout=None, trust_env=False)  # noqa: S113 - the same


async def _beginning(answer: httpx.Response, most: int) -> str:
    """Return how an answer's body begins; one that breaks off is an answer all the same."""
    found = bytearray()
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            async for piece in answer.aiter_raw():
                found += piece
                if len(found) >= most:
                    break
    return clean(bytes(found[:most]).decode("utf-8", "replace")).strip()


def _judged(answer: httpx.Response, text: str) -> Delivery:
    status = answer.status_code
    told = f"the receiver answered {status} {answer.reason_phrase}".rstrip()
    if text:
        told += f": {text}"
    if answer.is_success:
        return Delivery(outcome=Outcome.ACCEPTED, detail=told)
    if answer.is_redirect:
        told += "; give the URL that it leads to: alerts follow no redirections"
    if status in _MAY_PASS or answer.is_server_error:
        return Delivery(outcome=Outcome.FAILED, detail=told, retry_after=_retry_after(answer))
    return Delivery(outcome=Outcome.REFUSED, detail=told)


def _retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds that the answer asks to wait (RFC 9110, 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def in_words(error: httpx.HTTPError) -> str:
    """Return why no answer came."""
    cause = error.__context__
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"the receiver's certificate is not trusted: {cause.verify_message}; name a file with "
            "its authority in the environment variable SSL_CERT_FILE, or correct the URL"
        )
    if isinstance(error, httpx.ConnectError):
        return f"the receiver cannot be reached: {error}"
    return f"the connection broke before an answer came ({type(error).__name__}: {error})"


@cache
def tls() -> ssl.SSLContext:
    """Return whom we trust: the authorities of certifi, or of SSL_CERT_FILE and SSL_CERT_DIR."""
    return httpx.create_ssl_context()
