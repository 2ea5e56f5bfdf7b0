"""One-time links: made, and used once, to make the first admin or to set a password."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from pydantic import SecretStr

from app.db.engine import reading
from app.db.events import EventStore
from app.db.links import LinkStore
from app.db.sessions import SessionStore
from app.db.users import UserStore
from app.errors import ConflictError, ForbiddenError
from app.services.logins import LoginService
from app.services.passwords import PasswordService
from app.services.sessions import SessionService
from app.values import secret
from app.values.account import Role
from app.values.link import Link, Purpose, StoredLink
from app.values.login import LoggedIn
from app.values.user import Client, User, Way

_FIRST_LINKS = 20
"""Links to make the first admin that work at once: each service that starts prints one."""


class LinkService:
    """The use cases of one-time links."""

    def __init__(
        self,
        engine: sa.Engine,
        sessions: SessionService,
        logins: LoginService,
        passwords: PasswordService,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._sessions = sessions
        self._logins = logins
        self._passwords = passwords
        self._length = timedelta(seconds=passwords.bounds.link_seconds)

    def wants_first(self) -> bool:
        """Tell whether there is no admin yet."""
        with self._reading.begin() as connection:
            return not UserStore(connection).has_admin()

    def first(self, *, now: datetime) -> Link | None:
        """Make a link by which the first admin is made; None: there is an admin."""
        with self._engine.begin() as connection:
            if UserStore(connection).has_admin():
                return None
            store = LinkStore(connection)
            store.forget_ended(now)
            store.withdraw_all(Purpose.FIRST, but=_FIRST_LINKS - 1)
            return self._made(connection, Purpose.FIRST, None, now=now)

    def use_first(
        self, token: str, name: str, password: str, *, client: Client, now: datetime
    ) -> LoggedIn:
        """Make the first admin, once, and log in. Raises ForbiddenError, ConfigurationError."""
        digest, _ = self._found(token, Purpose.FIRST, now)
        self._passwords.require_good(password, name=name)
        hashed = self._passwords.hashed(password)
        with self._engine.begin() as connection:
            users, links = UserStore(connection), LinkStore(connection)
            users.lock()
            if users.has_admin() or not links.take(digest):
                raise _ended()
            links.withdraw_all(Purpose.FIRST)
            user = _as_admin(connection, name, hashed, now=now)
            cookie = self._logins.open_for(connection, user, Way.LINK, client, now=now)
        self._sessions.memory.forget()
        return self._sessions.opened(cookie, now=now)

    def to_reset(self, connection: sa.Connection, user: User, *, now: datetime) -> Link:
        """Make a link by which a user sets a password; those from before end.

        It is made in the caller's transaction, who has locked the user.
        """
        LinkStore(connection).forget_ended(now)
        LinkStore(connection).withdraw(user.id)
        return self._made(connection, Purpose.PASSWORD, user.id, now=now)

    def use_reset(self, token: str, password: str, *, client: Client, now: datetime) -> LoggedIn:
        """Set a user's password, once, and log in; all other sessions of the user end.

        Raises ForbiddenError, ConfigurationError.
        """
        digest, link = self._found(token, Purpose.PASSWORD, now)
        user = self._owner(link)
        self._passwords.require_good(password, name=user.name)
        hashed = self._passwords.hashed(password)
        with self._engine.begin() as connection:
            store = UserStore(connection)
            locked = store.by_id(user.id, lock=True)
            if locked is None or not locked.is_enabled or not LinkStore(connection).take(digest):
                raise _ended()
            store.change(user.id, now, password=hashed)
            store.note_login(user.id, now)
            SessionStore(connection).end_all(user.id)
            _note(connection, user.name, "password set by a link", client, now=now)
            cookie = self._logins.open_for(connection, locked, Way.LINK, client, now=now)
        self._sessions.memory.forget()
        self._logins.forgive(user.name)
        return self._sessions.opened(cookie, now=now)

    def _found(self, token: str, purpose: Purpose, now: datetime) -> tuple[str, StoredLink]:
        digest = secret.digest(token)
        with self._reading.begin() as connection:
            found = None if digest is None else LinkStore(connection).find(digest, purpose, now)
        if digest is None or found is None:
            raise _ended()
        return digest, found

    def _owner(self, link: StoredLink) -> User:
        with self._reading.begin() as connection:
            found = None if link.user_id is None else UserStore(connection).by_id(link.user_id)
        if found is None or not found.is_enabled:
            raise _ended()
        return found

    def _made(
        self, connection: sa.Connection, purpose: Purpose, user_id: int | None, *, now: datetime
    ) -> Link:
        token, ends_at = secret.made(), now + self._length
        digest = secret.digest(token) or ""
        LinkStore(connection).add(digest, purpose, user_id, now=now, ends_at=ends_at)
        return Link(purpose=purpose, token=SecretStr(token), ends_at=ends_at)


def _as_admin(connection: sa.Connection, name: str, hashed: str, *, now: datetime) -> User:
    store = UserStore(connection)
    if store.get(name) is not None:
        raise ConflictError(f"there is a user {name!r} already; choose another name")
    store.add(name, Role.ADMIN, now=now, password=hashed, seen_at=now)
    EventStore(connection).add(f"user:{name}", "became the first admin", now, actor=name)
    found = store.get(name, lock=True)
    assert found is not None  # noqa: S101 - it was just written
    return found


def _ended() -> ForbiddenError:
    return ForbiddenError(
        "this link does not work: it was used, or it has ended, or it was copied in part; an admin "
        "makes another one, or `disparo users reset NAME` where the service runs"
    )


def _note(
    connection: sa.Connection, name: str, event: str, client: Client, *, now: datetime
) -> None:
    detail = {"address": client.address}
    EventStore(connection).add(f"user:{name}", event, now, actor=name, detail=detail)
