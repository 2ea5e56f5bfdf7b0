"""Secrets at rest: encrypted by Fernet (AES-128-CBC with HMAC-SHA-256, of `cryptography`)."""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from app.errors import ConfigurationError
from app.settings_sections import Secrets


class Vault:
    """Encrypts and decrypts with the key of the settings."""

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError as error:
            raise ConfigurationError(
                "secrets.key is not a key; make one with: python -c 'from cryptography.fernet "
                "import Fernet; print(Fernet.generate_key().decode())'"
            ) from error

    def encrypt(self, text: str) -> str:
        """Return `text` encrypted."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, token: str, owner: str) -> str:
        """Return the text; `owner` is named if the key does not fit."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as error:
            raise ConfigurationError(
                f"what is secret of {owner} was encrypted with another key; restore secrets.key, "
                "or add it again"
            ) from error


def open_vault(settings: Secrets, state: Path) -> Vault:
    """Open the vault with the key of the settings, or of the key file, which is made if missing."""
    if key := settings.key.get_secret_value():
        return Vault(key)
    path = state / settings.key_file
    _make_key(path)
    return Vault(path.read_text())


def _make_key(path: Path) -> None:
    """Make a key that only its owner can read; of two who try at once one wins, whole."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(Fernet.generate_key())
    try:
        os.link(new, path)
    except FileExistsError:
        pass  # the other one won
    finally:
        new.unlink()
