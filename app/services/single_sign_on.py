"""Single sign-on: somebody comes back from the provider, and is let in by the groups."""

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

import sqlalchemy as sa

from app.db.events import EventStore
from app.db.sessions import SessionStore
from app.db.users import UserStore
from app.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ProviderError,
    UnauthenticatedError,
)
from app.services.logins import LoginService
from app.services.sessions import SessionService
from app.settings_access import SingleSignOn
from app.values import secret
from app.values.account import Role
from app.values.login import LoggedIn
from app.values.patch import difference
from app.values.sign_on import LONGEST, Begun, Identity, identity, role_of
from app.values.user import Client, User, Way, user_name

if TYPE_CHECKING:  # it loads httpx, which takes time
    from app.identity.provider import Provider


class SingleSignOnService:
    """The use cases of single sign-on."""

    def __init__(
        self,
        engine: sa.Engine,
        sessions: SessionService,
        logins: LoginService,
        bounds: SingleSignOn,
    ) -> None:
        self._engine = engine
        self._sessions = sessions
        self._logins = logins
        self._bounds = bounds
        self._places = threading.BoundedSemaphore(bounds.at_once)
        self._found: Provider | None = None

    @property
    def name(self) -> str | None:
        """How people know the provider; None: there is none."""
        return self._bounds.name if self._bounds.issuer else None

    def begin(self, redirect: str, then: str, *, now: datetime) -> tuple[str, Begun]:
        """Return where a browser goes to log in, and what it keeps until it comes back.

        Raises NotFoundError where there is no single sign-on, ProviderError and BusyError.
        """
        begun = Begun(
            state=secret.made(), nonce=secret.made(), verifier=secret.made(), then=then, at=now
        )
        with self._one_of_few():
            return self._provider.address(begun, redirect, now=now), begun

    def finish(
        self,
        begun: Begun | None,
        *,
        state: str,
        code: str,
        redirect: str,
        client: Client,
        now: datetime,
    ) -> LoggedIn:
        """Let somebody in who comes back, as a new user if need be, with the role of the groups.

        Raises ForbiddenError, UnauthenticatedError, ConflictError, NotFoundError, ProviderError
        and BusyError.
        """
        provider = self._provider
        if begun is None or not (
            _is_same(begun.state, state) and begun.at <= now < begun.at + LONGEST
        ):
            raise ForbiddenError(
                "this log-in was not begun in this browser, or too long ago; begin it again"
            )
        with self._one_of_few():
            claims = provider.claims(code, begun, redirect, now=now)
        who = identity(self._bounds.issuer, claims, self._bounds)
        role = role_of(who.groups, self._bounds)
        if role is None:
            self._refuse(who, client, now=now)
        with self._engine.begin() as connection:
            user = self._as_user(connection, who, role, now=now)
            UserStore(connection).note_login(user.id, now)
            cookie = self._logins.open_for(connection, user, Way.SINGLE_SIGN_ON, client, now=now)
        self._sessions.memory.forget()
        return self._sessions.opened(cookie, now=now)

    def log_out(self, cookie: str, *, back: str, now: datetime) -> str | None:
        """End a session; return where its browser logs out at the provider too, None: nowhere."""
        with suppress(UnauthenticatedError):
            way = self._sessions.show(cookie, now=now).way
            self._sessions.end(cookie, now=now)
            if way is Way.SINGLE_SIGN_ON and self._bounds.issuer:
                with suppress(ProviderError, BusyError), self._one_of_few():
                    return self._provider.logout_address(back, now=now)
        return None

    @contextmanager
    def _one_of_few(self) -> Iterator[None]:
        """Wait for the provider: one that hangs is not to hold all who wait for other things."""
        if not self._places.acquire(blocking=False):
            raise BusyError(
                f"{self._bounds.at_once} already wait for the provider of single sign-on here "
                "(single_sign_on.at_once); try again in a moment",
                retry_after=1,
            )
        try:
            yield
        finally:
            self._places.release()

    @property
    def _provider(self) -> "Provider":
        if not self._bounds.issuer:
            raise NotFoundError("there is no single sign-on here: single_sign_on.issuer is not set")
        if self._found is None:
            from app.identity.provider import Provider

            self._found = Provider(self._bounds)
        return self._found

    def _as_user(
        self, connection: sa.Connection, who: Identity, role: Role, *, now: datetime
    ) -> User:
        store = UserStore(connection)
        store.lock()
        old = store.known_as(who.issuer, who.subject)
        if old is None:
            return _added(connection, who, role, now=now)
        if not old.is_enabled:
            raise ForbiddenError(f"user {old.name!r} is disabled; ask an admin")
        if old.role is not role:  # the provider's word counts, also of the last admin
            store.change(old.id, now, role=role)
            detail = difference({"role": old.role}, {"role": role})
            subject = f"user:{old.name}"
            EventStore(connection).add(subject, "changed", now, actor=_ACTOR, detail=detail)
        return _locked(store, old.id)

    def _refuse(self, who: Identity, client: Client, *, now: datetime) -> NoReturn:
        """Refuse who has no group that stands for a role; sessions of before end."""
        with self._engine.begin() as connection:
            user = UserStore(connection).known_as(who.issuer, who.subject)
            if user is not None:
                SessionStore(connection).end_all(user.id)
            subject = "log-in" if user is None else f"user:{user.name}"
            detail = {"address": client.address, "groups": sorted(who.groups)[:20]}
            EventStore(connection).add(subject, "log-in refused", now, actor=_ACTOR, detail=detail)
        self._sessions.memory.forget()
        told = ", ".join(sorted(who.groups)[:20]) or "none"
        raise ForbiddenError(
            f"the provider knows you as {who.name!r}, and none of your groups may use this "
            f"service (claim {self._bounds.groups_claim!r}: {told}); ask an admin"
        )


_ACTOR = "single sign-on"


def _added(connection: sa.Connection, who: Identity, role: Role, *, now: datetime) -> User:
    store = UserStore(connection)
    name = user_name(who.name)
    if store.get(name) is not None:
        raise ConflictError(
            f"there is a user {name!r} already, who logs in otherwise; an admin removes that one, "
            "or changes single_sign_on.name_claim"
        )
    store.add(name, role, now=now, issuer=who.issuer, subject=who.subject)
    detail = difference({}, {"role": role, "issuer": who.issuer})
    EventStore(connection).add(f"user:{name}", "added", now, actor=_ACTOR, detail=detail)
    found = store.get(name, lock=True)
    assert found is not None  # noqa: S101 - it was just written
    return found


def _locked(store: UserStore, user_id: int) -> User:
    found = store.by_id(user_id, lock=True)
    if found is None:
        raise UnauthenticatedError("the user was removed just now; log in again")
    return found


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
