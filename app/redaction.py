"""Secrets are taken out of what is written for people: by their look, and those that are known.

What looks like a password, a token or a key goes, also where it is none: a log that hides a word
too many does no harm.
"""

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from app.connection_string import redacted_lines

HIDDEN = "***"
_SHORTEST = 8
"""Characters of a secret that is hidden wherever it stands: shorter ones would hide plain words."""
_MOST = 1000
_known: dict[str, None] = {}
_learning = threading.Lock()

_NAMES = (
    r"pwd|passwd|passphrase|[\w.-]{0,50}(?:password|secret(?:[._-]?key)?|token|"
    r"(?:api|access|private|account|shared)[_-]?key)|credentials|sig"
)
_NAME = re.compile(_NAMES, re.IGNORECASE)
_VALUE = (
    r"\\+[\"'][^\"']*[\"']?|\{(?:[^}]|\}\})*(?:\}|$)|\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?"
    r"|[^\s;,&\"'<>)\]}]+"
)
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # The passwords of URLs; one that was put in raw may hold any character but a space.
    (re.compile(r"(?<=://)([^\s:/@\"']{0,200}):\S{0,500}@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"(?<=://)[^\s:/@\"']{20,500}@"), f"{HIDDEN}@"),
    # Addresses that are secrets themselves: who knows them may post there.
    (
        re.compile(
            r"(https?://(?:hooks\.slack\.com|[\w.-]*webhook\.office\.com|[\w.-]*\.logic\.azure\.com"
            r"|[\w.-]*\.powerplatform\.com|discord(?:app)?\.com/api/webhooks)(?::\d+)?)/[^\s\"'>)]+",
            re.IGNORECASE,
        ),
        rf"\1/{HIDDEN}",
    ),
    (
        re.compile(r"(authorization[\"']?\s*[:=]\s*[\"']?)(?:\w+\s+)?[^\s\"',]+", re.IGNORECASE),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\b(bearer)\s+(?!\*)[^\s\"',;)]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(
            rf"\b({_NAMES})(\\?[\"']?\s*[:=]\s*)(?!(?:YES|NO|None|null|\*\*\*)\b)({_VALUE})",
            re.IGNORECASE,
        ),
        rf"\1\2{HIDDEN}",
    ),
    # Tokens by their form: ours, JSON Web Tokens, and those of well-known services.
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), HIDDEN),
    (
        re.compile(
            r"\b(?:disparo_[A-Za-z0-9]{43}|AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}"
            r"|xox[abeprs]-[\w-]{10,}|sk-[\w-]{20,})"
        ),
        HIDDEN,
    ),
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
            re.DOTALL,
        ),
        f"{HIDDEN} PRIVATE KEY {HIDDEN}",
    ),
)
_OF_URL = re.compile(r"://[^\s:/@]*:([^\s]+)@")
_OF_ODBC = re.compile(r"\b(pwd|\w*password)\s*=\s*(\{(?:[^}]|\}\})*\}|[^;]+)", re.IGNORECASE)
_ODBC = re.compile(r"\b(?:driver|dsn|uid|pwd)\s*=", re.IGNORECASE)


def learn(secrets: Iterable[str]) -> None:
    """Hide these from now on wherever they stand, unless they are too short to be told apart."""
    with _learning:
        for secret in secrets:
            if len(secret) >= _SHORTEST and len(_known) < _MOST:
                _known[secret] = None


def passwords_in(connection: str) -> list[str]:
    """Return the password of a connection string, in each form in which a driver may tell it."""
    found = [match[1] for match in _OF_URL.finditer(connection)]
    found += [
        match[2].removeprefix("{").removesuffix("}") for match in _OF_ODBC.finditer(connection)
    ]
    return [*found, *(unquote(one) for one in found)]


def is_secret(name: str) -> bool:
    """Tell whether something of this name is a secret, whatever it looks like."""
    return _NAME.fullmatch(name) is not None


def without_secrets(text: str) -> str:
    """Return a text without what is, or looks like, a secret."""
    for secret in list(_known):
        text = text.replace(secret, HIDDEN)
    if _ODBC.search(text):  # an ODBC password reaches to the next semicolon, spaces and all
        text = redacted_lines(text)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def scrubbed(value: Any, name: str = "") -> Any:
    """Return data without secrets: by the names of what holds them, and by their look."""
    match value:
        case dict():
            return {key: scrubbed(one, str(key)) for key, one in value.items()}
        case list() | tuple():
            return [scrubbed(one, name) for one in value]
        case str() if is_secret(name) and value:
            return HIDDEN
        case str():
            return without_secrets(value)
        case _:
            return value
