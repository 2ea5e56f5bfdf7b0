"""Tokens: make, list, revoke, and find who shows one."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.engine import reading
from app.db.events import EventStore
from app.db.models import ModelStore
from app.db.tokens import TokenStore
from app.errors import BusyError, ConfigurationError, ConflictError, NotFoundError
from app.values.account import Principal
from app.values.event import Event
from app.values.token import NewToken, Token, TokenState, digest, is_secret, made_secret

PRECISION = timedelta(minutes=1)
"""How exactly it is known when a token was last used."""


class TokenService:
    """The use cases of tokens."""

    def __init__(
        self,
        engine: sa.Engine,
        lookups: sa.Engine,
        *,
        most: int,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`lookups` is where who shows a token is looked up; `on_change` hears of what changed."""
        self._engine = engine
        self._lookups = lookups
        self._looking = reading(lookups)
        self._reading = reading(engine)
        self._most = most
        self._on_change = on_change

    def all(self) -> list[Token]:
        """Return all tokens, by name; also those that are not taken any more."""
        with self._reading.begin() as connection:
            return TokenStore(connection).all()

    def get(self, name: str) -> Token:
        """Return one token. Raises NotFoundError."""
        with self._reading.begin() as connection:
            return _found(TokenStore(connection).get(name), name)

    def events(self, name: str) -> list[Event]:
        """Return who made and revoked tokens of this name, the oldest first."""
        with self._reading.begin() as connection:
            return EventStore(connection).of(f"token:{name}")

    def create(self, new: NewToken, *, actor: str, now: datetime) -> tuple[Token, str]:
        """Make a token; return it with its secret, which nobody can be told again.

        It takes the place of one of its name that is not taken any more. Raises ConflictError,
        ConfigurationError for a model that is not there, and BusyError.
        """
        if new.expires_at is not None and new.expires_at <= now:
            raise ConfigurationError(
                f"token {new.name!r} would end at {new.expires_at.isoformat()}, which is past"
            )
        secret = made_secret()
        taken = ConflictError(
            f"there is a token {new.name!r} already; revoke it first, or choose another name"
        )
        try:
            with self._engine.begin() as connection:
                _require_models(connection, new.models)
                self._make_room(TokenStore(connection), new.name, taken, now=now)
                TokenStore(connection).add(new, digest(secret), actor=actor, now=now)
                _note(connection, new.name, "created", _document(new), actor=actor, now=now)
                return _found(TokenStore(connection).get(new.name), new.name), secret
        except sa.exc.IntegrityError as error:  # another was faster
            raise taken from error

    def _make_room(
        self, store: TokenStore, name: str, taken: ConflictError, *, now: datetime
    ) -> None:
        old = store.get(name, lock=True)
        if old is not None:
            if old.state_at(now) is TokenState.VALID:
                raise taken
            store.remove(old.id)
        elif store.count() >= self._most:
            raise BusyError(
                f"there are as many tokens as auth.tokens allows ({self._most}); make one under "
                "the name of one that is revoked or expired, or raise the setting"
            )

    def revoke(self, name: str, *, actor: str, now: datetime) -> Token:
        """Let a token be taken no more: here at once, elsewhere within `auth.remember_seconds`.

        Raises NotFoundError, and ConflictError if it is revoked already.
        """
        with self._engine.begin() as connection:
            store = TokenStore(connection)
            old = _found(store.get(name, lock=True), name)
            if old.revoked_at is not None:
                raise ConflictError(f"token {name!r} was revoked at {old.revoked_at.isoformat()}")
            store.revoke(old.id, now)
            _note(connection, old.name, "revoked", {}, actor=actor, now=now)
        self._on_change()
        return old.model_copy(update={"revoked_at": now})

    def find(self, bearer: str, *, now: datetime) -> Principal | None:
        """Return who shows this secret; None: it is unknown, expired or revoked."""
        if not is_secret(bearer):
            return None
        with self._looking.begin() as connection:
            found = TokenStore(connection).of(digest(bearer))
        if found is None or found.state_at(now) is not TokenState.VALID:
            return None
        return found.principal()

    def used(self, bearer: str, *, now: datetime) -> None:
        """Note that this secret was used; to a minute, so that few writes come of many requests."""
        with self._lookups.begin() as connection:
            TokenStore(connection).used(digest(bearer), now, precision=PRECISION)


def _found(found: Token | None, name: str) -> Token:
    if found is None:
        raise NotFoundError(f"there is no token {name!r}; `disparo tokens list` shows them")
    return found


def _require_models(connection: sa.Connection, names: Collection[str]) -> None:
    known = {one.name for one in ModelStore(connection).all()} if names else set()
    if missing := [name for name in names if name not in known]:
        raise ConfigurationError(
            f"there is no model {', '.join(map(repr, missing))}; `disparo models list` shows them"
        )


def _note(
    connection: sa.Connection,
    name: str,
    event: str,
    detail: dict[str, object],
    *,
    actor: str,
    now: datetime,
) -> None:
    EventStore(connection).add(f"token:{name}", event, now, actor=actor, detail=detail)


def _document(new: NewToken) -> dict[str, object]:
    return new.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
