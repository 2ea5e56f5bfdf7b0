"""The secrets of a channel: opened when they are needed, and taken out of all that is told."""

import json
import re
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from app.connection_string import expand
from app.errors import ConfigurationError
from app.redaction import learn

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SHORTEST = 3
"""Shorter secrets would be found in any text."""
_WORD = 7
"""A word of a secret that is shorter is hardly secret by itself, such as `Bearer`."""


class Secrets:
    """What is secret of one attempt."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._known: set[str] = set()

    def open(self, secret: SecretStr, what: str, *, on_one_line: bool = True) -> str:
        """Return a secret with its variables put in. Raises ConfigurationError."""
        where = f"{what} of channel {self._channel!r}"
        text = expand(secret.get_secret_value(), where)
        learn([text])  # for the log, whoever writes it
        self._learn(text)
        for word in text.split():  # `Bearer TOKEN`: the token alone is as secret
            if len(word) >= _WORD:
                self._learn(word)
        if on_one_line and _CONTROL.search(text):
            raise ConfigurationError(f"{where} holds a line break or another control character")
        return text

    def open_url(self, secret: SecretStr) -> str:
        """Return a URL with its variables put in. Raises ConfigurationError."""
        url = self.open(secret, "the URL")
        try:
            parts = urlsplit(url)
            is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_url = False
        if not is_url:
            raise ConfigurationError(
                f"the URL of channel {self._channel!r} is none once its variables are put in; "
                "it must begin with https:// or http:// and a host"
            )
        words = [parts.password or "", *parts.path.split("/"), *re.split("[&=;]", parts.query)]
        for word in (f"{parts.path}?{parts.query}", parts.path, *words):
            self._learn(word)
        return url

    def _learn(self, text: str) -> None:
        for form in (text, quote(text, safe=""), json.dumps(text)[1:-1]):
            if len(form.strip("/?")) >= _SHORTEST:
                self._known.add(form)

    def hide(self, text: str) -> str:
        """Return a text without the secrets that were opened, the longest first."""
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text
