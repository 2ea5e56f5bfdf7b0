"""Connecting to the first of several addresses that answers, whatever the others do.

Attempts overlap as in RFC 8305 (Happy Eyeballs): families take turns, and the next address is tried
soon after the last, so that a dead one costs a moment and not the whole time.
"""

import errno
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from app.monitor.look import Step
from app.monitor.names import Address

STAGGER = 0.25
"""Seconds that an address has before the next is tried too (RFC 8305, section 8)."""

_TIMED_OUT = {errno.ETIMEDOUT}
_REFUSED = {errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED}
_OWN = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@dataclass(frozen=True, kw_only=True)
class Miss:
    """An address that did not answer."""

    address: Address
    step: Step
    words: str
    why: str = ""
    """What the system says of it, where that tells more."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A connection, without a time-out of its own, and who failed before it."""

    connection: socket.socket
    address: Address
    misses: tuple[Miss, ...]


def dial(addresses: Sequence[Address], deadline: float) -> Hit | tuple[Miss, ...]:
    """Connect by the deadline (on the monotonic clock), or return why each address failed."""
    with selectors.DefaultSelector() as selector:
        return _Race(addresses, deadline, selector).run()


class _Race:
    def __init__(
        self, addresses: Sequence[Address], deadline: float, selector: selectors.BaseSelector
    ) -> None:
        self._waiting = deque(_in_turns(addresses))
        self._deadline = deadline
        self._selector = selector
        self._misses: list[Miss] = []
        self._next_at = time.monotonic()
        # A short time is shared, so that every address is tried.
        share = (deadline - self._next_at) / (len(addresses) + 1)
        self._stagger = max(0.0, min(STAGGER, share))

    def run(self) -> Hit | tuple[Miss, ...]:
        try:
            while self._goes_on():
                if hit := self._step():
                    return hit
        finally:
            self._give_up()
        return tuple(self._misses)

    def _goes_on(self) -> bool:
        runs = bool(self._waiting or self._selector.get_map())
        return runs and time.monotonic() < self._deadline

    def _step(self) -> Hit | None:
        """Begin an attempt if one is due, or else wait until one ends or is due."""
        now = time.monotonic()
        if self._waiting and (now >= self._next_at or not self._selector.get_map()):
            self._begin(self._waiting.popleft())
            return None
        until = min(self._deadline, self._next_at) if self._waiting else self._deadline
        for key, _ in self._selector.select(max(0.0, until - now)):
            if hit := self._ended(key.fileobj, key.data):  # type: ignore[arg-type]
                return hit
        return None

    def _begin(self, address: Address) -> None:
        self._next_at = time.monotonic() + self._stagger
        try:
            attempt = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as error:  # no such family here, or no descriptor left
            self._miss(address, error.errno)
            return
        attempt.settimeout(0)
        code = attempt.connect_ex(address.place)
        if code in {0, errno.EINPROGRESS, errno.EWOULDBLOCK}:
            self._selector.register(attempt, selectors.EVENT_WRITE, address)
        else:
            attempt.close()
            self._miss(address, code)

    def _ended(self, attempt: socket.socket, address: Address) -> Hit | None:
        self._selector.unregister(attempt)
        code = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0 and _is_itself(attempt):
            code = errno.ECONNREFUSED
        if code:
            attempt.close()
            self._miss(address, code)
            return None
        return Hit(connection=attempt, address=address, misses=tuple(self._misses))

    def _miss(self, address: Address, code: int | None) -> None:
        self._next_at = time.monotonic()
        self._misses.append(_miss(address, code or 0))

    def _give_up(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
            self._misses.append(_miss(key.data, errno.ETIMEDOUT))
        self._misses += [_miss(address, errno.ETIMEDOUT) for address in self._waiting]


def _in_turns(addresses: Iterable[Address]) -> list[Address]:
    """Return the addresses so that families take turns, beginning with the first one's."""
    families: dict[int, list[Address]] = {}
    for address in addresses:
        families.setdefault(address.family, []).append(address)
    turns = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in turns if address is not None]


def _is_itself(attempt: socket.socket) -> bool:
    """Tell whether a connection to a port of this machine met itself, for want of a listener."""
    try:
        return bool(attempt.getsockname() == attempt.getpeername())
    except OSError:
        return False


def _miss(address: Address, code: int) -> Miss:
    if code in _TIMED_OUT:
        return Miss(address=address, step=Step.TIMEOUT, words="does not answer")
    if code in _REFUSED:
        return Miss(address=address, step=Step.REFUSED, words="refuses connections")
    why = os.strerror(code).lower()
    if code in _OWN:
        return Miss(address=address, step=Step.OWN, words="was not tried", why=why)
    return Miss(address=address, step=Step.UNREACHABLE, words="cannot be reached", why=why)
