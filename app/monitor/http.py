"""URLs: one is well once it answers with the right status, and holds what it must."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import httpcore
import httpx

from app.connection_string import expand
from app.errors import ConfigurationError
from app.monitor import tls
from app.monitor.answer import origin, require_content, require_status, told
from app.monitor.look import Look, ProbeError, Step
from app.monitor.names import Names
from app.monitor.wire import Transport
from app.values.check import HttpTarget, Reading
from app.values.reach import Reach

_HEADERS = {
    "User-Agent": "disparo-monitor",
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # a small body may unpack to a huge one
    "Connection": "close",
}


class HttpProbe:
    """Asks a URL once."""

    def __init__(self, names: Names, *, body_bytes: int, reach: Reach) -> None:
        self._names = names
        self._reach = reach
        self._body_bytes = body_bytes
        self._context = tls.trusting()  # to make one takes longer than most looks

    def look(self, target: HttpTarget, *, timeout: float, now: datetime) -> Reading:
        """Return whether the URL answers as it must within `timeout` seconds."""
        look = Look(timeout)
        try:
            detail = self._ask(target, _url(target, self._reach), look)
        except ProbeError as error:
            tls.count_days(look, now)
            return look.failed(error)
        tls.count_days(look, now)
        return look.well(detail, warning=tls.warning(look, target.certificate_days))

    def _ask(self, target: HttpTarget, url: httpx.URL, look: Look) -> str:
        with (
            _in_words(origin(url), target, look),
            self._client(target, look) as client,
            client.stream(target.method, url) as answer,
        ):
            look.facts["status"] = answer.status_code
            require_status(answer, target)
            if target.contains is not None or target.json_holds is not None:
                with look.step("body"):
                    require_content(answer, target)
            return told(answer)

    def _client(self, target: HttpTarget, look: Look) -> httpx.Client:
        return httpx.Client(
            transport=Transport(self._names, self._context, look, body_bytes=self._body_bytes),
            headers=_HEADERS,
            follow_redirects=target.redirects > 0,
            max_redirects=target.redirects,
            trust_env=False,  # nobody's .netrc
        )


def _url(target: HttpTarget, reach: Reach) -> httpx.URL:
    if (name := reach.hidden(target.url)) is not None:
        raise ProbeError(
            Step.CONFIGURATION,
            f"the URL holds ${{{name}}}, which is not among outgoing.variables; let an admin add "
            "it there, or take it out",
        )
    try:
        return httpx.URL(expand(target.url, "the URL"))
    except ConfigurationError as error:
        raise ProbeError(Step.CONFIGURATION, error.detail) from None
    except httpx.InvalidURL:  # whose words may hold what a variable stands for
        raise ProbeError(
            Step.CONFIGURATION,
            "the URL's host or port cannot be read, or its ${NAME}s make it so; correct it",
        ) from None


@contextmanager
def _in_words(who: str, target: HttpTarget, look: Look) -> Iterator[None]:
    """Turn what goes wrong on the way into a ProbeError."""
    try:
        yield
    except httpx.TooManyRedirects:
        raise ProbeError(
            Step.STATUS,
            f"{who} leads on more than {target.redirects} times, maybe in a circle; ask the URL at "
            "the end, or raise `redirects`",
        ) from None
    except httpcore.TimeoutException:
        raise ProbeError(Step.TIMEOUT, _late(who, look)) from None
    except httpcore.NetworkError as error:
        raise ProbeError(Step.PROTOCOL, _broken_off(who, error)) from None
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpx.HTTPError) as error:
        raise ProbeError(Step.PROTOCOL, _no_http(who, error)) from None


def _late(who: str, look: Look) -> str:
    what = (
        "began to answer, but its body did not end"
        if "status" in look.facts
        else "accepted the connection, but no whole answer came"
    )
    return (
        f"{who} {what} within {look.seconds:g} s; see what the server is busy with, or raise the "
        "check's time-out"
    )


def _broken_off(who: str, error: Exception) -> str:
    return f"{who} broke the connection off ({error}); look into the server's log"


def _no_http(who: str, error: Exception) -> str:
    if "disconnected" in str(error) or "closed connection" in str(error):
        return _broken_off(who, error)
    return (
        f"{who} does not speak HTTP as it should ({str(error)[:200]}); correct the port, or write "
        "https:// in the URL if it speaks TLS"
    )
