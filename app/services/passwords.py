"""Passwords hashed by argon2, which takes time and memory on purpose: so few at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from app.errors import BusyError, ConfigurationError
from app.settings_access import Passwords
from app.values import password as policy
from app.values import secret

if TYPE_CHECKING:
    from pwdlib import PasswordHash


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a password that somebody gave."""

    is_right: bool
    rehashed: str | None = None
    """The same password hashed as the settings have it now, if it was hashed otherwise."""


class PasswordService:
    """Hashes passwords: at most `passwords.at_once` at a time, while `passwords.queue` wait."""

    def __init__(self, bounds: Passwords) -> None:
        self.bounds = bounds
        self._turn = threading.BoundedSemaphore(bounds.at_once)
        self._places = threading.BoundedSemaphore(bounds.at_once + bounds.queue)

    def require_good(self, password: str, *, name: str) -> None:
        """Raise ConfigurationError for a password that is not to be taken."""
        if words := policy.fault(password, name=name, least=self.bounds.length):
            raise ConfigurationError(words)

    def hashed(self, password: str) -> str:
        """Return what is kept of a password. Raises BusyError."""
        given = policy.encoded(password) or b""
        with self._one_of_few():
            return self._argon2.hash(given)

    def verify(self, password: str, kept: str | None) -> Verdict:
        """Compare a password with what is kept; that takes as long where nothing is kept.

        Raises BusyError.
        """
        given = policy.encoded(password)
        with self._one_of_few():
            nobodys = self._nobodys  # also where it is not needed: making it takes long, once
            is_right, rehashed = self._argon2.verify_and_update(given or b"", kept or nobodys)
        is_right = is_right and kept is not None and given is not None
        return Verdict(is_right=is_right, rehashed=rehashed if is_right else None)

    @cached_property
    def _argon2(self) -> "PasswordHash":
        from pwdlib import PasswordHash
        from pwdlib.hashers.argon2 import Argon2Hasher

        memory = self.bounds.memory // 1024
        return PasswordHash((Argon2Hasher(time_cost=self.bounds.rounds, memory_cost=memory),))

    @cached_property
    def _nobodys(self) -> str:
        """A password that nobody has."""
        return self._argon2.hash(secret.made())

    @contextmanager
    def _one_of_few(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise self._busy()
        try:
            if not self._turn.acquire(timeout=self.bounds.wait_seconds):
                raise self._busy()
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def _busy(self) -> BusyError:
        return BusyError(
            f"too many passwords are being looked at here (passwords.at_once is "
            f"{self.bounds.at_once}, passwords.queue {self.bounds.queue}); try again in a moment",
            retry_after=1,
        )
