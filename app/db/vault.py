"""Secrets at rest: encrypted by Fernet (AES-128-CBC with HMAC-SHA-256, of `cryptography`).

There may be several keys, as there are while a rotation is under way: the first one encrypts, and
all of them decrypt.
"""

from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import ConfigurationError
from app.redaction import learn


class Keys(Protocol):
    """Where keys come from."""

    def cipher(self, *, anew: bool = False) -> MultiFernet:
        """Return the keys as they are now; `anew` reads them again whatever is known of them."""
        ...


class Vault:
    """Encrypts and decrypts."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def encrypt(self, text: str) -> str:
        """Return `text` encrypted by the first key."""
        return self._keys.cipher().encrypt(text.encode()).decode()

    def decrypt(self, token: str, owner: str) -> str:
        """Return the text. Raises ConfigurationError, which names `owner`, if no key fits."""
        try:
            return self._opened(token).decode()
        except (InvalidToken, ValueError) as error:  # or what is no token at all
            raise ConfigurationError(
                f"what is secret of {owner} was encrypted with another key; restore secrets.key, "
                "or add it again"
            ) from error

    def _opened(self, token: str) -> bytes:
        try:
            return self._keys.cipher().decrypt(token)
        except InvalidToken:  # a file on another machine may look older than it is
            return self._keys.cipher(anew=True).decrypt(token)


def cipher_of(keys: list[str], setting: str) -> MultiFernet:
    """Return what encrypts with these keys, and keep them out of the logs.

    Raises ConfigurationError, which names the setting.
    """
    learn(keys)
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ConfigurationError(
            f"{setting} is not a key; `disparo secrets new-key` makes one"
        ) from error
