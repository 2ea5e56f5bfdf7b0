"""Log-in by name and password: limited by account and by address, and silent about who there is."""

import math
from contextlib import suppress
from datetime import datetime
from typing import NoReturn

import sqlalchemy as sa

from app.db.engine import AWAY, is_deadlock, reading
from app.db.events import EventStore
from app.db.login_tries import TryStore
from app.db.users import UserStore
from app.errors import BusyError, ConfigurationError, TooManyError, UnauthenticatedError
from app.services.passwords import PasswordService, Verdict
from app.services.sessions import SessionService
from app.settings_access import Logins
from app.values.login import LoggedIn, Rate, of_account, of_address
from app.values.user import Client, User, Way, user_name

_ROUNDS = 5
"""How often it is tried to count a try while others come in the way."""
_COUNTED = -1.0
_WRONG = "the name or the password is wrong, or the account is disabled"


class LoginService:
    """The use case of logging in by a password."""

    def __init__(
        self,
        engine: sa.Engine,
        sessions: SessionService,
        passwords: PasswordService,
        bounds: Logins,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._sessions = sessions
        self._passwords = passwords
        self._by_account = Rate(tries=bounds.account_tries, seconds=bounds.account_seconds)
        self._by_address = Rate(tries=bounds.address_tries, seconds=bounds.address_seconds)
        self._most = bounds.remembered

    def log_in(self, name: str, password: str, *, client: Client, now: datetime) -> LoggedIn:
        """Log a user in.

        Raises TooManyError, UnauthenticatedError without saying what was wrong, and BusyError.
        """
        user, verdict, kept = self.verify(name, password, client, now=now)
        with self._engine.begin() as connection:
            user = _unchanged(connection, user, kept) if verdict.is_right else None
            if user is not None:
                UserStore(connection).note_login(user.id, now, password=verdict.rehashed)
                cookie = self.open_for(connection, user, Way.PASSWORD, client, now=now)
        if user is None:
            self._refuse(name, client, now=now)
        self.forgive(user.name, client.address)
        return self._sessions.opened(cookie, now=now)

    def verify(
        self, name: str, password: str, client: Client, *, now: datetime
    ) -> tuple[User | None, Verdict, str | None]:
        """Count a try, and tell what became of it, with the password that is kept.

        It takes as long for a name that nobody has. Raises TooManyError and BusyError.
        """
        self._count_try(name, client.address, now=now)
        user, kept = self._known(name)
        try:
            return user, self._passwords.verify(password, kept), kept
        except BusyError:  # nothing was learnt by it
            self._give_back(of_address(client.address), self._by_address)
            self._give_back(of_account(name), self._by_account)
            raise

    def open_for(
        self, connection: sa.Connection, user: User, way: Way, client: Client, *, now: datetime
    ) -> str:
        """Open a session in the caller's transaction, and return its secret."""
        detail = {"address": client.address, "way": way}
        EventStore(connection).add(
            f"user:{user.name}", "logged in", now, actor=user.name, detail=detail
        )
        return self._sessions.open_for(connection, user, way=way, client=client, now=now)

    def forgive(self, name: str, address: str | None = None) -> None:
        """Forget the tries for an account, and one of those from an address."""
        if address is not None:
            self._give_back(of_address(address), self._by_address)
        with suppress(*AWAY), self._engine.begin() as connection:
            TryStore(connection).forget(of_account(name))

    def _give_back(self, digest: str, rate: Rate) -> None:
        with suppress(*AWAY), self._engine.begin() as connection:
            TryStore(connection).give_back(digest, rate)

    def _refuse(self, name: str, client: Client, *, now: datetime) -> NoReturn:
        """Write down who was refused: not the name, if nobody has it, for it may be a password."""
        with self._engine.begin() as connection:
            known = _sane(name)
            is_there = known is not None and UserStore(connection).get(known) is not None
            subject = f"user:{known}" if is_there else "log-in"
            detail = {"address": client.address}
            EventStore(connection).add(
                subject, "log-in refused", now, actor="nobody", detail=detail
            )
        raise UnauthenticatedError(_WRONG)

    def _count_try(self, name: str, address: str, *, now: datetime) -> None:
        """Count a try from an address for an account. Raises TooManyError."""
        self._take(of_address(address), self._by_address, now)
        self._take(of_account(name), self._by_account, now)

    def _take(self, digest: str, rate: Rate, now: datetime) -> None:
        """Count a try, or refuse it. Each transaction changes one row, or makes room for one."""
        for _ in range(_ROUNDS):
            early = self._early(digest, rate, now)
            if early == _COUNTED:
                return
            if early is not None:
                raise _too_early(early)
            if self._is_first(digest, rate, now):
                return
        raise BusyError("too many log in at once; try again in a moment", retry_after=1)

    def _early(self, digest: str, rate: Rate, now: datetime) -> float | None:
        """Count a try, if it is time; else return how many seconds are left, None: not known."""
        try:
            with self._engine.begin() as connection:
                store = TryStore(connection)
                if store.take(digest, rate, now):
                    return _COUNTED
                return store.early(digest, rate, now)
        except sa.exc.OperationalError as error:
            if not is_deadlock(error):
                raise
            return None

    def _is_first(self, digest: str, rate: Rate, now: datetime) -> bool:
        """Count the first try; False: another was faster, or came in the way (a deadlock)."""
        with suppress(*AWAY), self._engine.begin() as connection:
            TryStore(connection).make_room(now, most=self._most)
        try:
            with self._engine.begin() as connection:
                TryStore(connection).add(digest, rate, now)
        except (sa.exc.IntegrityError, *AWAY):
            return False
        return True

    def _known(self, name: str) -> tuple[User | None, str | None]:
        """Return the user of a name, with what is kept of the password if it may be used."""
        if (sane := _sane(name)) is None:
            return None, None
        with self._reading.begin() as connection:
            store = UserStore(connection)
            user = store.get(sane)
            if user is None or not user.is_enabled:
                return None, None
            return user, store.password(user.id)


def _sane(name: str) -> str | None:
    """Return a name as users have it; None: nobody can have it."""
    try:
        return user_name(name)
    except ConfigurationError:
        return None


def _unchanged(connection: sa.Connection, user: User | None, kept: str | None) -> User | None:
    """Return the user, locked, unless disabled or given another password meanwhile."""
    store = UserStore(connection)
    found = None if user is None else store.by_id(user.id, lock=True)
    if found is None or not found.is_enabled or store.password(found.id) != kept:
        return None
    return found


def _too_early(early: float) -> TooManyError:
    seconds = max(1, math.ceil(early))
    return TooManyError(
        "log-in was tried too often for this account, or from your address; try again in "
        f"{seconds} s",
        retry_after=seconds,
    )
