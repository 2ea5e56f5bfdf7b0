"""Sessions: found by their secret, ended by time, by their owner or by an admin."""

from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa
from pydantic import SecretStr

from app.db.engine import AWAY, reading
from app.db.events import EventStore
from app.db.sessions import SessionStore
from app.db.users import UserStore
from app.errors import NotFoundError, UnauthenticatedError
from app.services.session_memory import SessionMemory
from app.settings_access import Sessions
from app.values import secret
from app.values.account import Kind, Principal
from app.values.login import LoggedIn, Who
from app.values.user import Client, Session, User, Way

_SEEN = timedelta(minutes=1)
"""How far behind it may be when a session was used last: it is written no more often than that."""


class SessionService:
    """The use cases of sessions."""

    def __init__(self, engine: sa.Engine, bounds: Sessions) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._bounds = bounds
        self._idle = timedelta(seconds=bounds.idle_seconds)
        self.memory = SessionMemory(bounds.memory_seconds)

    def recall(self, cookie: str, *, now: datetime) -> Principal | None:
        """Return who a session belongs to, from memory; None: `find` must be asked."""
        digest = secret.digest(cookie)
        return None if digest is None else self.memory.get(digest, now)

    def find(self, cookie: str, *, now: datetime) -> Principal | None:
        """Return who a session belongs to; None: there is no such session, or it has ended.

        It is the user's role of this moment: who is disabled has none.
        """
        digest = secret.digest(cookie)
        if digest is None:
            return None
        if (known := self.memory.get(digest, now)) is not None:
            return known
        changes = self.memory.changes
        found = self._session(digest, now)
        if found is None:
            return None
        principal = Principal(kind=Kind.USER, name=found.user, role=found.role, until=found.ends_at)
        self.memory.put(digest, principal, now, changes=changes)
        return principal

    def show(self, cookie: str, *, now: datetime) -> Session:
        """Return a session. Raises UnauthenticatedError if there is none, or it has ended."""
        digest = secret.digest(cookie)
        found = None if digest is None else self._session(digest, now)
        if found is None:
            raise UnauthenticatedError("you are not logged in, or your session has ended; log in")
        return found

    def who(self, principal: Principal, cookie: str, *, now: datetime) -> Who:
        """Tell who asks, with the session if it is a user's browser."""
        told = Who(kind=principal.kind, name=principal.name, role=principal.role)
        if principal.kind is not Kind.USER:
            return told
        own = self.show(cookie, now=now)
        idle_ends_at = min(own.ends_at, own.seen_at + self._idle)
        return told.model_copy(update={"session": own, "idle_ends_at": idle_ends_at})

    def of(self, name: str, *, now: datetime) -> list[Session]:
        """Return the open sessions of a user, the one that was used last first."""
        with self._reading.begin() as connection:
            user = _user(connection, name)
            found = SessionStore(connection).of(user.id)
        return [one for one in found if one.is_open(now, idle=self._idle)]

    def open_for(
        self,
        connection: sa.Connection,
        user: User,
        *,
        way: Way,
        client: Client,
        now: datetime,
    ) -> str:
        """Open a session in the caller's transaction, and return its secret.

        The user is locked. Beyond `sessions.most` the one unused for longest gives way.
        """
        store = SessionStore(connection)
        for old in store.of(user.id)[self._bounds.most - 1 :]:
            store.end_one(user.id, old.id)
        made = secret.made()
        ends_at = now + timedelta(seconds=self._bounds.end_seconds)
        digest = secret.digest(made) or ""
        store.add(digest, user.id, way=way, client=client, now=now, ends_at=ends_at)
        return made

    def opened(self, cookie: str, *, now: datetime) -> LoggedIn:
        """Return a session that was just opened; sessions that have ended go."""
        with suppress(*AWAY), self._engine.begin() as connection:
            SessionStore(connection).forget_ended(now, unseen_since=now - self._idle)
        return LoggedIn(cookie=SecretStr(cookie), session=self.show(cookie, now=now))

    def end(self, cookie: str, *, now: datetime) -> None:
        """End a session: its owner logs out. One that has ended may end again."""
        digest = secret.digest(cookie)
        if digest is None:
            return
        with self._engine.begin() as connection:
            store = SessionStore(connection)
            found = store.find(digest)
            if store.end(digest) and found is not None:
                _note(connection, found.user, "logged out", actor=found.user, now=now)
        self.memory.forget()

    def end_one(self, name: str, session_id: int, *, actor: str, now: datetime) -> None:
        """End one session of a user. Raises NotFoundError."""
        with self._engine.begin() as connection:
            user = _user(connection, name)
            if not SessionStore(connection).end_one(user.id, session_id):
                raise NotFoundError(f"user {name!r} has no session {session_id}")
            _note(connection, name, "session ended", actor=actor, now=now, session=session_id)
        self.memory.forget()

    def end_all(self, name: str, *, actor: str, now: datetime) -> int:
        """End all sessions of a user, and return how many there were."""
        with self._engine.begin() as connection:
            ended = SessionStore(connection).end_all(_user(connection, name).id)
            if ended:
                _note(connection, name, "sessions ended", actor=actor, now=now, ended=ended)
        self.memory.forget()
        return ended

    def _session(self, digest: str, now: datetime) -> Session | None:
        with self._reading.begin() as connection:
            found = SessionStore(connection).find(digest)
        if found is None or not found.is_open(now, idle=self._idle):
            return None
        if now - found.seen_at >= min(_SEEN, self._idle / 4):
            self._see(found, now)
        return found

    def _see(self, found: Session, now: datetime) -> None:
        """Note that a session is used; while the database is busy, another request will."""
        before = now - min(_SEEN, self._idle / 4)
        with suppress(*AWAY), self._engine.begin() as connection:
            SessionStore(connection).see(found.id, now, before=before)


def _user(connection: sa.Connection, name: str) -> User:
    found = UserStore(connection).get(name)
    if found is None:
        raise no_user(name)
    return found


def no_user(name: str) -> NotFoundError:
    """Return the error that there is no such user."""
    return NotFoundError(f"there is no user {name!r}; `disparo users list` shows them")


def _note(
    connection: sa.Connection, name: str, event: str, *, actor: str, now: datetime, **detail: object
) -> None:
    EventStore(connection).add(f"user:{name}", event, now, actor=actor, detail=detail)
