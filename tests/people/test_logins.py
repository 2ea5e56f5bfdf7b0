"""Log-in by password: right, wrong, unknown, disabled, too often, at once, while things change."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.db.events import EventStore
from app.db.login_tries import TryStore
from app.db.user_tables import login_tries
from app.errors import BusyError, TooManyError, UnauthenticatedError
from app.factory import Factory
from app.services.logins import LoginService
from app.services.passwords import PasswordService, Verdict
from app.values.account import Role
from app.values.login import Rate, of_account, of_address
from app.values.user import Client, UserChange, Way
from tests.people.knowing import HERE, PASSWORD, user, with_password
from tests.scheduling import NOON

MINUTE = timedelta(minutes=1)


def no_hashing(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Let each password be wrong without looking; return what it would be compared with."""
    compared: list[str | None] = []

    def verify(_: PasswordService, __: str, kept: str | None) -> Verdict:
        compared.append(kept)
        return Verdict(is_right=False)

    monkeypatch.setattr(PasswordService, "verify", verify)
    return compared


def events(factory: Factory, subject: str) -> list[tuple[str, str]]:
    """Return what happened, and by whom."""
    with factory.engine.begin() as connection:
        return [(one.name, one.actor) for one in EventStore(connection).of(subject)]


def test_who_knows_the_password_is_logged_in(anywhere: Factory) -> None:
    """The cookie is found; when the user was seen, and from where, is written down."""
    with_password(anywhere, "ana", Role.OPERATOR)
    found = anywhere.logins.log_in("Ana", PASSWORD, client=HERE, now=NOON)
    cookie = found.cookie.get_secret_value()
    principal = anywhere.sessions.find(cookie, now=NOON)
    assert principal is not None
    assert (principal.name, principal.role) == ("ana", Role.OPERATOR)
    assert (found.session.way, found.session.address) == (Way.PASSWORD, "127.0.0.1")
    assert anywhere.users.get("ana").seen_at == NOON
    assert events(anywhere, "user:ana") == [("added", "test"), ("logged in", "ana")]


@pytest.mark.parametrize(
    "name", ["bob", "ana\0", "", " ", "x" * 100_000, "\ud800", "ana' OR 1=1 --", "Ána"]
)
def test_an_unknown_name_is_told_from_a_wrong_password_by_nothing(
    factory: Factory, name: str
) -> None:
    """The same words; the password, which may stand in the name, is written nowhere."""
    with_password(factory, "ana")
    told = set()
    for one, password in ((name, PASSWORD), ("ana", "a wrong password")):
        with pytest.raises(UnauthenticatedError) as caught:
            factory.logins.log_in(one, password, client=HERE, now=NOON)
        told.add(caught.value.detail)
    assert len(told) == 1
    assert events(factory, "log-in") == [("log-in refused", "nobody")]
    assert events(factory, "user:ana")[1:] == [("log-in refused", "nobody")]


def test_a_password_is_looked_at_for_every_name(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it takes the same time: for nobody, for who is disabled, for who has none."""
    with_password(factory, "ana")
    with_password(factory, "boss", Role.ADMIN)
    user(factory, "without")
    factory.users.change("ana", UserChange(is_enabled=False), actor="test", now=NOON)
    compared = no_hashing(monkeypatch)
    for name in ("nobody", "ana", "without", "\0", "boss"):
        with pytest.raises(UnauthenticatedError):
            factory.logins.log_in(name, PASSWORD, client=HERE, now=NOON)
    assert [one is None for one in compared] == [True] * 4 + [False]


def test_nobodys_password_takes_the_time_of_anybodys(factory: Factory) -> None:
    """What is compared where there is no user costs the same memory and rounds."""
    kept = factory.passwords.hashed(PASSWORD)
    assert factory.passwords._nobodys.split("$")[:4] == kept.split("$")[:4]


def test_a_disabled_user_is_not_logged_in(anywhere: Factory) -> None:
    """Nor is one without a password, whatever is given."""
    with_password(anywhere, "ana")
    user(anywhere, "without")
    anywhere.users.change("ana", UserChange(is_enabled=False), actor="test", now=NOON)
    for name, password in (("ana", PASSWORD), ("without", ""), ("without", PASSWORD)):
        with pytest.raises(UnauthenticatedError):
            anywhere.logins.log_in(name, password, client=HERE, now=NOON)


def test_an_account_is_closed_for_a_while_after_failures(
    anywhere: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three fail at once from anywhere, then one a minute; the right one waits too."""
    with_password(anywhere, "ana")
    anywhere.logins._by_account = Rate(tries=3, seconds=60)
    with monkeypatch.context() as patch:
        compared = no_hashing(patch)
        for number in range(3):
            client = Client(address=f"192.0.2.{number}")
            with pytest.raises(UnauthenticatedError):
                anywhere.logins.log_in("ana", "wrong", client=client, now=NOON)
        assert len(compared) == 3
    with pytest.raises(TooManyError) as caught:
        anywhere.logins.log_in("ANA", PASSWORD, client=HERE, now=NOON)
    assert caught.value.facts["retry_after"] == 60
    with pytest.raises(TooManyError) as caught:
        anywhere.logins.log_in("ana", PASSWORD, client=HERE, now=NOON + 0.5 * MINUTE)
    assert caught.value.facts["retry_after"] == 30
    assert anywhere.logins.log_in("ana", PASSWORD, client=HERE, now=NOON + MINUTE)
    assert len(compared) == 3


def test_who_logs_in_is_forgiven(anywhere: Factory) -> None:
    """Log-ins that succeed close no account and no address, however many there are."""
    with_password(anywhere, "ana")
    anywhere.logins._by_address = Rate(tries=3, seconds=60)
    anywhere.logins._by_account = Rate(tries=3, seconds=60)
    for _ in range(5):
        anywhere.logins.log_in("ana", PASSWORD, client=HERE, now=NOON)
    with anywhere.engine.begin() as connection:
        assert (
            TryStore(connection).early(of_account("ana"), Rate(tries=1, seconds=60), NOON) is None
        )


def test_an_address_is_closed_for_a_while_whatever_the_names(
    anywhere: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five names fail from one address, then one each 6 s; a neighbour is not concerned."""
    no_hashing(monkeypatch)
    anywhere.logins._by_address = Rate(tries=5, seconds=6)

    def tried(name: str, address: str) -> type[Exception]:
        with pytest.raises((UnauthenticatedError, TooManyError)) as caught:
            anywhere.logins.log_in(name, "wrong", client=Client(address=address), now=NOON)
        return caught.type

    found = [tried(f"user{number}", f"2001:db8::{number:x}") for number in range(7)]
    assert found == [UnauthenticatedError] * 5 + [TooManyError] * 2
    assert tried("another", "2001:db8:0:1::1") is UnauthenticatedError


def test_tries_at_once_are_each_counted(anywhere: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of twenty that come at the same moment three are looked at."""
    no_hashing(monkeypatch)
    anywhere.logins._by_account = Rate(tries=3, seconds=60)

    def tried(number: int) -> type[Exception]:
        client = Client(address=f"192.0.2.{number}")
        with pytest.raises((UnauthenticatedError, TooManyError)) as caught:
            anywhere.logins.log_in("ana", "wrong", client=client, now=NOON)
        return caught.type

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(tried, range(20)))
    assert found.count(UnauthenticatedError) == 3


def test_a_try_that_was_not_looked_at_is_not_counted(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is told to come back later is no guesser."""
    factory.logins._by_address = factory.logins._by_account = Rate(tries=2, seconds=60)

    def busy(*_: object) -> Verdict:
        raise BusyError("busy", retry_after=1)

    monkeypatch.setattr(PasswordService, "verify", busy)
    for _ in range(4):
        with pytest.raises(BusyError):
            factory.logins.log_in("ana", PASSWORD, client=HERE, now=NOON)


def test_what_is_remembered_of_tries_is_bounded(anywhere: Factory) -> None:
    """Those who are soonest forgiven are forgotten; who is closed out stays so."""
    anywhere.logins._most = 10
    anywhere.logins._by_account = Rate(tries=2, seconds=60)

    def take(name: str, minutes: int = 0) -> None:
        anywhere.logins._take(
            of_account(name), anywhere.logins._by_account, NOON + minutes * MINUTE
        )

    def rows() -> int:
        with anywhere.engine.begin() as connection:
            found = connection.scalar(sa.select(sa.func.count()).select_from(login_tries))
        assert found is not None
        return int(found)

    take("victim")
    take("victim")
    for number in range(15):
        take(f"flood{number}")
    assert rows() == 10
    with pytest.raises(TooManyError):
        take("victim")
    take("late", minutes=10)
    assert rows() == 1


def test_a_password_that_is_changed_while_it_is_looked_at_does_not_open(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was right a moment ago is not right any more."""
    with_password(factory, "ana")
    right = LoginService._known

    def then(change: Callable[[], Any]) -> None:
        def known(self: LoginService, name: str) -> object:
            found = right(self, name)
            change()
            return found

        monkeypatch.setattr(LoginService, "_known", known)
        with pytest.raises(UnauthenticatedError):
            factory.logins.log_in("ana", PASSWORD, client=HERE, now=NOON)

    with_password(factory, "boss", Role.ADMIN)
    link = factory.users.link("ana", actor="boss", now=NOON)
    new, token = "another good password", link.token.get_secret_value()
    then(lambda: factory.links.use_reset(token, new, client=HERE, now=NOON))
    then(lambda: factory.users.change("ana", UserChange(is_enabled=False), actor="t", now=NOON))
    then(lambda: factory.users.remove("ana", actor="boss", now=NOON))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("unknown", "unknown", True),
        ("\ud800", "?", True),
    ],
)
def test_addresses_are_told_apart_as_clients_are(one: str, other: str, *, is_same: bool) -> None:
    """Of IPv6, who has one address has 2**64."""
    assert (of_address(one) == of_address(other)) is is_same
