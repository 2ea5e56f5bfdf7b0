"""Request ids: one word that leads from an answer to the log, and on to dispatches and alerts.

A client, or a proxy, may send its own in the header `X-Request-ID`; every answer has it, or one
that was made.
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar

import uuid_utils

HEADER = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_CURRENT: ContextVar[str | None] = ContextVar("request_id", default=None)

_OF_PROCESS: list[str] = []


def taken_over(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the id that a client sent, or a new one where it sent none that is sane."""
    for name, value in headers:
        if name == HEADER:
            return value if _SANE.fullmatch(value) else made()
    return made()


def made() -> bytes:
    """Return a new id."""
    return uuid_utils.uuid7().hex.encode()


def bind(request_id: str) -> None:
    """Say in whose course this task, and what it calls, works from now on."""
    _CURRENT.set(request_id)


def bind_process(request_id: str | None) -> None:
    """Say in whose course this process works, with all of its threads."""
    _OF_PROCESS[:] = [] if request_id is None else [request_id]


def current() -> str | None:
    """Return the id of the request in whose course this code runs, if it does in that of one."""
    return _CURRENT.get() or next(iter(_OF_PROCESS), None)
