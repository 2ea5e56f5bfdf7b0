"""Secrets at rest: their key is replaced by a new one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import assert_never

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.db.encrypted import ENCRYPTED, EncryptedStore, Sealed
from app.db.events import EventStore
from app.db.keys import KeyFile, SetKeys, new_key
from app.errors import ConfigurationError, ConflictError
from app.values.rotation import Rotation

_PASSES = 10
"""Looks at all secrets, after which whoever still encrypts by the old key is told of."""
_SETTLE_SECONDS = 5.0
"""For those who have encrypted by the old key before it was replaced to commit."""


class SecretService:
    """The use case of the key."""

    def __init__(self, engine: sa.Engine, keys: Callable[[], SetKeys | KeyFile]) -> None:
        self._engine = engine
        self._keys = keys

    def rotate(
        self,
        *,
        actor: str,
        now: datetime,
        rows: int = 100,
        wait: Callable[[float], None] = time.sleep,
    ) -> Rotation:
        """Encrypt all secrets by a new key, in transactions of `rows`, then let the old one go.

        Ended halfway it leaves secrets under both keys, both of which are kept: run again, it goes
        on. Raises ConfigurationError, ConflictError.
        """
        with self._begun(self._keys()) as (cipher, newest, old):
            rotation = self._settled(cipher, newest, rows, wait)
            if isinstance(old, KeyFile):
                old.write(old.keys()[:1])
        detail = {"secrets": rotation.secrets, "unreadable": list(rotation.unreadable)}
        with self._engine.begin() as connection:
            EventStore(connection).add("secrets", "rotated", now, actor=actor, detail=detail)
        return rotation.model_copy(update={"key_file": getattr(old, "path", None)})

    @contextmanager
    def _begun(
        self, keys: SetKeys | KeyFile
    ) -> Iterator[tuple[MultiFernet, Fernet, SetKeys | KeyFile]]:
        """Give all keys, the new one, and where they are; a rotation that was begun goes on."""
        match keys:
            case SetKeys():
                if not keys.has_old:
                    raise ConfigurationError(
                        "the key stands in the settings: set secrets.key to a new one "
                        "(`disparo secrets new-key`) and secrets.old_keys to the one before, and "
                        "run this again"
                    )
                yield keys.cipher(), keys.newest, keys
            case KeyFile():
                with keys.alone():
                    found = keys.keys()
                    if len(found) == 1:
                        found = [new_key(), *found]
                        keys.write(found)
                    yield keys.cipher(), Fernet(found[0]), keys
            case _:
                assert_never(keys)

    def _settled(
        self, cipher: MultiFernet, newest: Fernet, rows: int, wait: Callable[[float], None]
    ) -> Rotation:
        """Encrypt anew until nothing is left, also of those who were about to write."""
        total = 0
        for number in range(_PASSES):
            changed, unreadable = self._passed(cipher, newest, rows)
            total += changed
            if number and not changed:
                return Rotation(secrets=total, unreadable=unreadable)
            wait(_SETTLE_SECONDS)
        raise ConflictError(
            "secrets keep coming under the old key: a service does not see the new one; both are "
            "kept. Let all services read the same key file, or have the same secrets.key, and run "
            "this again"
        )

    def _passed(
        self, cipher: MultiFernet, newest: Fernet, rows: int
    ) -> tuple[int, tuple[str, ...]]:
        """Look at each secret once; return how many were renewed, and whose no key can read."""
        changed, unreadable = 0, []
        for page in self._pages(rows):
            for store, one in page:
                try:
                    changed += _renewed(store, one, cipher, newest)
                except (InvalidToken, ValueError):  # what is no token at all
                    unreadable.append(one.owner)
        return changed, tuple(unreadable)

    def _pages(self, rows: int) -> Iterator[list[tuple[EncryptedStore, Sealed]]]:
        """Give all secrets, each page within a transaction of its own."""
        for noun, column in ENCRYPTED:
            after, is_last = 0, False
            while not is_last:
                with self._engine.begin() as connection:
                    store = EncryptedStore(connection, noun, column)
                    page = store.page(after=after, limit=rows)
                    is_last = len(page) < rows
                    after = page[-1].id if page else after
                    yield [(store, one) for one in page]


def _renewed(store: EncryptedStore, one: Sealed, cipher: MultiFernet, newest: Fernet) -> bool:
    """Encrypt a secret by the newest key; tell whether it was not. Raises InvalidToken."""
    try:
        newest.decrypt(one.token)
    except InvalidToken:
        store.replace(one.id, cipher.rotate(one.token).decode())
        return True
    return False
