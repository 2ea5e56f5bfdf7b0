"""Secrets of our own making: random, given away once, and kept as a digest alone.

A digest without salt is enough: nobody guesses 256 random bits.
"""

import hashlib
import re
import secrets

_BYTES = 32
_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def made() -> str:
    """Return a new secret of 43 letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str | None:
    """Return what is kept of a secret; None for what cannot be one."""
    if _FORM.fullmatch(secret) is None:
        return None
    return hashlib.sha256(secret.encode()).hexdigest()
