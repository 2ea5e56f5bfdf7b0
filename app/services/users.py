"""Users: list, create, change, disable, remove, and their passwords."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from app.db.engine import reading
from app.db.events import EventStore
from app.db.sessions import SessionStore
from app.db.users import UserStore
from app.errors import ConflictError, ForbiddenError
from app.services.edits import require_revision
from app.services.links import LinkService
from app.services.logins import LoginService
from app.services.passwords import PasswordService
from app.services.sessions import SessionService, no_user
from app.values import secret
from app.values.account import Role
from app.values.link import Link
from app.values.patch import difference
from app.values.user import Client, User, UserChange

Revisions = Collection[int] | None


class UserService:
    """The use cases of users."""

    def __init__(
        self,
        engine: sa.Engine,
        sessions: SessionService,
        logins: LoginService,
        links: LinkService,
        passwords: PasswordService,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._sessions = sessions
        self._logins = logins
        self._links = links
        self._passwords = passwords

    def page(self, *, after: str = "", limit: int | None = None) -> list[User]:
        """Return users by name; `after` is the last name of the page before."""
        with self._reading.begin() as connection:
            return UserStore(connection).page(after=after, limit=limit)

    def get(self, name: str) -> User:
        """Return one user. Raises NotFoundError."""
        with self._reading.begin() as connection:
            found = UserStore(connection).get(name)
        if found is None:
            raise no_user(name)
        return found

    def create(
        self, name: str, role: Role, *, password: str | None = None, actor: str, now: datetime
    ) -> tuple[User, Link | None]:
        """Add a user; without a password, with a one-time link by which one is set.

        Raises ConflictError, and ConfigurationError for a password that is not taken.
        """
        hashed = None
        if password is not None:
            self._passwords.require_good(password, name=name)
            hashed = self._passwords.hashed(password)
        with self._engine.begin() as connection:
            store = UserStore(connection)
            store.lock()
            if store.get(name) is not None:
                raise ConflictError(f"there is a user {name!r} already; choose another name")
            store.add(name, role, now=now, password=hashed)
            user = _locked(connection, name)
            _note(connection, name, "added", {}, _document(user), actor=actor, now=now)
            made = None if hashed else self._links.to_reset(connection, user, now=now)
        return user, made

    def change(
        self,
        name: str,
        change: UserChange,
        *,
        actor: str,
        now: datetime,
        expected: Revisions = None,
    ) -> User:
        """Change a user's role, or disable or enable the user; it works at once.

        Raises NotFoundError, ChangedError, and ConflictError for the last admin.
        """
        with self._engine.begin() as connection:
            store = UserStore(connection)
            store.lock()
            old = _locked(connection, name)
            require_revision("user", name, old.revision, expected)
            new = old.model_copy(update=change.model_dump(exclude_none=True))
            if new == old:
                return old
            _require_admin(store, old, new)
            store.change(old.id, now, role=new.role, is_enabled=new.is_enabled)
            if not new.is_enabled:
                SessionStore(connection).end_all(old.id)
            _note(connection, name, "changed", _document(old), _document(new), actor=actor, now=now)
            found = _locked(connection, name)
        self._sessions.memory.forget()
        return found

    def remove(self, name: str, *, actor: str, now: datetime, expected: Revisions = None) -> None:
        """Remove a user. Raises as `change` does."""
        with self._engine.begin() as connection:
            store = UserStore(connection)
            store.lock()
            old = _locked(connection, name)
            require_revision("user", name, old.revision, expected)
            _require_admin(store, old, None)
            store.remove(old.id)
            _note(connection, name, "removed", _document(old), {}, actor=actor, now=now)
        self._sessions.memory.forget()

    def link(self, name: str, *, actor: str, now: datetime) -> Link:
        """Make a one-time link by which a user sets a new password; the old one works until then.

        Raises NotFoundError, and ConflictError for a user who is disabled or has no password here.
        """
        with self._engine.begin() as connection:
            user = _locked(connection, name)
            if user.issuer is not None:
                raise ConflictError(
                    f"user {name!r} logs in by single sign-on ({user.issuer}), which keeps the "
                    "password"
                )
            if not user.is_enabled:
                raise ConflictError(f"user {name!r} is disabled; enable the user first")
            made = self._links.to_reset(connection, user, now=now)
            EventStore(connection).add(f"user:{name}", "link made", now, actor=actor)
            return made

    def change_password(
        self, name: str, old: str, new: str, *, cookie: str, client: Client, now: datetime
    ) -> None:
        """Change the password of who is logged in; all sessions end but that of the cookie.

        Raises ForbiddenError for a wrong one, TooManyError, and ConfigurationError for a new one
        that is not taken.
        """
        user = self.get(name)
        if not user.has_password:
            raise ConflictError("you log in by single sign-on, which keeps your password")
        self._passwords.require_good(new, name=name)
        _, verdict, _ = self._logins.verify(name, old, client, now=now)
        if not verdict.is_right:
            raise ForbiddenError("the old password is wrong")
        hashed = self._passwords.hashed(new)
        with self._engine.begin() as connection:
            _locked(connection, name)
            UserStore(connection).change(user.id, now, password=hashed)
            SessionStore(connection).end_all(user.id, but=secret.digest(cookie) or "")
            EventStore(connection).add(f"user:{name}", "password changed", now, actor=name)
        self._logins.forgive(name, client.address)
        self._sessions.memory.forget()


def _locked(connection: sa.Connection, name: str) -> User:
    found = UserStore(connection).get(name, lock=True)
    if found is None:
        raise no_user(name)
    return found


def _require_admin(store: UserStore, old: User, new: User | None) -> None:
    """Raise ConflictError if no admin would be left who can log in."""
    if not old.is_admin or (new is not None and new.is_admin) or store.has_admin(but=old.id):
        return
    raise ConflictError(
        f"user {old.name!r} is the last admin who can log in; make another user an admin first"
    )


def _document(user: User) -> dict[str, object]:
    return {"role": user.role, "is_enabled": user.is_enabled}


def _note(
    connection: sa.Connection,
    name: str,
    event: str,
    before: dict[str, object],
    after: dict[str, object],
    *,
    actor: str,
    now: datetime,
) -> None:
    detail = difference(before, after)
    EventStore(connection).add(f"user:{name}", event, now, actor=actor, detail=detail)
