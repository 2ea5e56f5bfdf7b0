"""Tokens for slurmrestd over TCP: JSON web tokens, which are renewed before they end.

Claims and headers: https://slurm.schedmd.com/jwt.html. The token itself is either given, signed
here with the cluster's key (HS256), or asked of `scontrol token`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import OctKey

from app.errors import ConfigurationError
from app.slurm.client import SlurmAwayError

Source = Callable[[], str]
"""Gives a fresh token."""
_EARLY = 0.5
"""The part of its life after which a token is replaced."""
_FRESH_SECONDS = 5.0
"""As long as a token is so new, that it is refused has another reason."""


class Tokens:
    """The headers of requests, with a token that is fresh."""

    def __init__(self, user: str, source: Source, *, seconds: float) -> None:
        self._user = user
        self._source = source
        self._seconds = seconds
        self._lock = threading.Lock()
        self._token = ""
        self._until = self._made_at = 0.0

    def headers(self, *, anew: bool) -> Mapping[str, str]:
        """Return them; `anew` if the token before was refused."""
        with self._lock:
            now = time.monotonic()
            is_fresh = self._token and now < self._made_at + _FRESH_SECONDS
            if now >= self._until or (anew and not is_fresh):
                self._token = self._source()
                self._made_at, self._until = now, now + self._seconds * _EARLY
            return {"X-SLURM-USER-NAME": self._user, "X-SLURM-USER-TOKEN": self._token}


def signed(user: str, file: Path, seconds: float) -> str:
    """Return a token signed with the key in a file. Raises ConfigurationError."""
    try:
        key = OctKey.import_key(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"slurm.jwt_key: {file} cannot be read: {error.strerror}"
        ) from error
    now = int(time.time())
    claims = {"iat": now, "exp": now + int(seconds), "sun": user}
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, key)


def asked(run: Callable[..., str], user: str, seconds: float) -> str:
    """Return a token of `scontrol token`, run by `run`. Raises SlurmAwayError."""
    told = run("scontrol", "token", f"username={user}", f"lifespan={int(seconds)}")
    name, _, token = told.strip().partition("=")
    if name != "SLURM_JWT" or not token:
        raise SlurmAwayError("scontrol gives no token: see AuthAltTypes in slurm.conf")
    return token
