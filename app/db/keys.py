"""The keys of the vault: those of the settings, or those of a file, one a line, the first in use.

The file is looked at whenever a key is needed, so that a service notices a rotation by itself.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from app.db.vault import cipher_of
from app.errors import ConfigurationError, ConflictError
from app.settings_sections import Secrets


class SetKeys:
    """Keys that the settings hold: `secrets.key`, then `secrets.old_keys`."""

    def __init__(self, settings: Secrets) -> None:
        key = settings.key.get_secret_value()
        old = [one.get_secret_value() for one in settings.old_keys]
        cipher_of([key], "secrets.key")
        self.newest = Fernet(key)
        self.has_old = bool(old)
        self._cipher = cipher_of([key, *old], "one of secrets.old_keys")

    def cipher(self, *, anew: bool = False) -> MultiFernet:  # noqa: ARG002 - they never change
        """Return the keys."""
        return self._cipher


class KeyFile:
    """Keys in a file that its owner alone can read; it is made if it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()  # a link stays one when the file is replaced
        make_key_file(self.path)
        self._mark: tuple[int, ...] | None = None
        self._cipher = self.cipher()

    def cipher(self, *, anew: bool = False) -> MultiFernet:
        """Return the keys of the file as it is now, or as it was if it has gone."""
        try:
            found = self.path.stat()
            mark = (found.st_ino, found.st_mtime_ns, found.st_size)
            if anew or mark != self._mark:
                self._cipher, self._mark = cipher_of(self.keys(), str(self.path)), mark
        except FileNotFoundError:
            if self._mark is None:
                raise
        return self._cipher

    def keys(self) -> list[str]:
        """Return the keys, the one in use first. Raises ConfigurationError."""
        if found := self.path.read_text().split():
            return found
        raise ConfigurationError(f"{self.path} holds no key; restore it from a backup")

    def write(self, keys: list[str]) -> None:
        """Replace the file, whole, by one of the same owner. Raises ConfigurationError."""
        try:
            owner = self.path.stat()
            new = _written(self.path, "\n".join(keys) + "\n")
            if os.geteuid() == 0:  # the service may run as another user
                os.chown(new, owner.st_uid, owner.st_gid)
            new.replace(self.path)
            _sync(self.path.parent)
        except OSError as error:
            raise ConfigurationError(
                f"{self.path} cannot be replaced ({error.strerror}); if something else keeps it, "
                "set secrets.key and secrets.old_keys instead"
            ) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from changing the keys meanwhile. Raises ConflictError."""
        place = self.path.with_name(f".{self.path.name}.lock")
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConflictError(
                    "another rotation of the keys is under way; wait until it has ended"
                ) from None
            yield


def keys_of(settings: Secrets, state: Path) -> SetKeys | KeyFile:
    """Return the keys of the settings, or else those of the key file."""
    if settings.key.get_secret_value():
        return SetKeys(settings)
    if settings.old_keys:
        raise ConfigurationError(
            "secrets.old_keys stands beside secrets.key, which is empty; the key file "
            f"({settings.key_file}) holds its old keys itself"
        )
    return KeyFile(state / settings.key_file)


def new_key() -> str:
    """Return a key that was never used."""
    return Fernet.generate_key().decode()


def make_key_file(path: Path) -> None:
    """Make a key that only its owner can read; of two who try at once one wins, whole."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = _written(path, new_key())
    try:
        os.link(new, path)
    except FileExistsError:
        pass  # the other one won
    finally:
        new.unlink()


def _written(path: Path, text: str) -> Path:
    # By chance, since processes of several containers, which share a directory, have one number.
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return new


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
