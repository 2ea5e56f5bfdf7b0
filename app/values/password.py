"""Passwords: which are taken. Long ones, whatever they are made of (NIST SP 800-63B, 3.1.1)."""

import unicodedata

LONGEST = 1024
"""Bytes of a password: what is longer is refused before it is looked at."""


def encoded(password: str) -> bytes | None:
    """Return the bytes that are hashed; None for what is no text, or too long.

    The same letters typed on another system may come in another form, so all become one form.
    """
    if len(password) > LONGEST:
        return None
    try:
        found = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON lets through
        return None
    return found if len(found) <= LONGEST else None


def fault(password: str, *, name: str, least: int) -> str | None:
    """Return what is wrong with a new password of the user `name`; None: it may be taken."""
    if encoded(password) is None:
        return f"the password has more than {LONGEST} bytes, or is no text"
    if len(unicodedata.normalize("NFKC", password)) < least:
        return f"the password is too short: it needs {least} characters; some words do well"
    if password.strip().casefold() == name.casefold():
        return "the password is the name; take another one"
    if len(set(password)) == 1:
        return "the password is one character again and again; take another one"
    return None
