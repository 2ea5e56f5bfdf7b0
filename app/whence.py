"""Whence somebody acts: the address of who sent the request in whose course this code runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LONGEST = 60
LOCAL = "local"
"""The command line."""
_CURRENT: ContextVar[str | None] = ContextVar("whence", default=None)


def bind(address: str) -> None:
    """Say whence this task, and what it calls, was asked for from now on."""
    _CURRENT.set(address[:_LONGEST])


@contextmanager
def bound(address: str) -> Iterator[None]:
    """Say so for a while."""
    token = _CURRENT.set(address)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> str | None:
    """Return the address, or `local`; None: nobody asked for it."""
    return _CURRENT.get()
