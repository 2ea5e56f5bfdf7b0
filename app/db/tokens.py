"""The store of tokens."""

import hmac
import json
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.token_tables import tokens
from app.values.token import NewToken, Token


class TokenStore:
    """Tokens, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self) -> list[Token]:
        """Return all tokens, by name."""
        rows = self._connection.execute(sa.select(tokens).order_by(tokens.c.name))
        return [_value(row) for row in rows]

    def get(self, name: str, *, lock: bool = False) -> Token | None:
        """Return one token; `lock` keeps others from changing it meanwhile."""
        query = sa.select(tokens).where(tokens.c.name == name)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _value(row)

    def of(self, digest: str) -> Token | None:
        """Return the token with this digest."""
        row = self._connection.execute(sa.select(tokens).where(tokens.c.digest == digest)).first()
        if row is None or not hmac.compare_digest(row.digest, digest):
            return None
        return _value(row)

    def count(self) -> int:
        """Return how many there are, also revoked ones."""
        return int(self._connection.execute(sa.select(sa.func.count(tokens.c.id))).scalar_one())

    def add(self, new: NewToken, digest: str, *, actor: str, now: datetime) -> None:
        """Add a token. Raises IntegrityError if the name is taken."""
        row = {
            "name": new.name,
            "digest": digest,
            "role": new.role,
            "scope": new.scope,
            "models": json.dumps(new.models),
            "created_by": actor,
            "created_at": now,
            "expires_at": new.expires_at,
        }
        self._connection.execute(tokens.insert().values(row))

    def revoke(self, token_id: int, now: datetime) -> None:
        """Let a token be taken no more."""
        change = tokens.update().where(tokens.c.id == token_id)
        self._connection.execute(change.values(revoked_at=now))

    def remove(self, token_id: int) -> None:
        """Forget a token."""
        self._connection.execute(tokens.delete().where(tokens.c.id == token_id))

    def used(self, digest: str, now: datetime, *, precision: timedelta) -> None:
        """Note that a token was used now, unless that was noted within `precision`."""
        last = tokens.c.last_used_at
        is_due = sa.or_(last.is_(None), last < now - precision)
        change = tokens.update().where(tokens.c.digest == digest, is_due)
        self._connection.execute(change.values(last_used_at=now))


def _value(row: sa.Row[tuple[object, ...]]) -> Token:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    del fields["digest"]
    return Token(models=json.loads(fields.pop("models")), **fields)
