"""Sessions: found by their secret, ended by time, by their owner, by an admin; bounded."""

from datetime import timedelta

import pytest

from app.db.sessions import SessionStore
from app.db.users import UserStore
from app.errors import NotFoundError, UnauthenticatedError
from app.factory import Factory
from app.settings import load_settings
from app.values import secret
from app.values.account import Kind, Principal, Role
from tests.people.knowing import log_in, user
from tests.scheduling import NOON

HOUR = timedelta(hours=1)


def test_a_session_is_found_by_its_secret_alone(anywhere: Factory) -> None:
    """Whoever has the secret is its user; at rest there is only its digest."""
    user(anywhere, "ana", Role.OPERATOR)
    cookie = log_in(anywhere, "ana")
    expected = Principal(kind=Kind.USER, name="ana", role=Role.OPERATOR, until=NOON + 7 * 24 * HOUR)
    assert anywhere.sessions.find(cookie, now=NOON) == expected
    assert anywhere.sessions.find(secret.made(), now=NOON) is None
    with anywhere.engine.begin() as connection:
        [row] = connection.exec_driver_sql("SELECT * FROM user_sessions").all()
    assert cookie not in str(row)


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "\0" * 43, "é" * 43, "x" * 10_000_000, "x" * 42 + "\n"],
    ids=["empty", "short", "zeroes", "not ASCII", "huge", "with a line's end"],
)
def test_what_cannot_be_a_secret_is_no_session(factory: Factory, cookie: str) -> None:
    """Nothing is asked of the database for it."""
    assert factory.sessions.find(cookie, now=NOON) is None


def test_a_session_ends_when_it_is_not_used(anywhere: Factory) -> None:
    """Use keeps it open, a pause of sessions.idle_seconds ends it."""
    user(anywhere, "ana")
    cookie = log_in(anywhere, "ana")
    for hours in (11, 22, 33):
        assert anywhere.sessions.find(cookie, now=NOON + hours * HOUR) is not None
    assert anywhere.sessions.find(cookie, now=NOON + 45 * HOUR) is None
    with pytest.raises(UnauthenticatedError, match="log in"):
        anywhere.sessions.show(cookie, now=NOON + 45 * HOUR)


def test_a_session_ends_at_last_though_it_is_used(anywhere: Factory) -> None:
    """After sessions.end_seconds it is over."""
    user(anywhere, "ana")
    cookie = log_in(anywhere, "ana")
    for hours in range(0, 7 * 24, 8):
        assert anywhere.sessions.find(cookie, now=NOON + hours * HOUR) is not None
    assert anywhere.sessions.find(cookie, now=NOON + 7 * 24 * HOUR) is None


def test_the_last_use_is_written_once_a_minute(anywhere: Factory) -> None:
    """Requests within a minute write nothing."""
    user(anywhere, "ana")
    cookie = log_in(anywhere, "ana")
    for seconds, seen in ((59, 0), (61, 61), (90, 61), (122, 122)):
        now = NOON + timedelta(seconds=seconds)
        anywhere.sessions.find(cookie, now=now)
        [session] = anywhere.sessions.of("ana", now=now)
        assert session.seen_at == NOON + timedelta(seconds=seen), seconds


def test_who_logs_out_is_out_at_once(anywhere: Factory) -> None:
    """The same secret finds nobody a moment later, and may be ended again."""
    user(anywhere, "ana")
    cookie, other = log_in(anywhere, "ana"), log_in(anywhere, "ana")
    assert anywhere.sessions.find(cookie, now=NOON) is not None
    for _ in range(2):
        anywhere.sessions.end(cookie, now=NOON)
        assert anywhere.sessions.find(cookie, now=NOON) is None
    assert anywhere.sessions.find(other, now=NOON) is not None


def test_sessions_are_ended_one_by_one_or_all(anywhere: Factory) -> None:
    """An id of another user's session is not found."""
    user(anywhere, "ana")
    user(anywhere, "bob")
    cookies = [log_in(anywhere, "ana") for _ in range(3)]
    bobs = log_in(anywhere, "bob")
    [first, *_] = anywhere.sessions.of("ana", now=NOON)
    with pytest.raises(NotFoundError, match="bob"):
        anywhere.sessions.end_one("bob", first.id, actor="ana", now=NOON)
    anywhere.sessions.end_one("ana", first.id, actor="ana", now=NOON)
    assert len(anywhere.sessions.of("ana", now=NOON)) == 2
    assert anywhere.sessions.end_all("ana", actor="root", now=NOON) == 2
    assert all(anywhere.sessions.find(one, now=NOON) is None for one in cookies)
    assert anywhere.sessions.find(bobs, now=NOON) is not None


def test_a_user_has_a_bounded_number_of_sessions(anywhere: Factory) -> None:
    """The one that was unused for longest gives way; ended ones leave no rows."""
    user(anywhere, "ana")
    cookies = [log_in(anywhere, "ana", now=NOON + n * timedelta(minutes=1)) for n in range(22)]
    found = [anywhere.sessions.find(one, now=NOON + HOUR) for one in cookies]
    assert [one is not None for one in found] == [False, False, *[True] * 20]
    log_in(anywhere, "ana", now=NOON + 24 * HOUR)
    with anywhere.engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM user_sessions").scalar() == 1


def test_another_service_sees_a_change_within_a_second(anywhere: Factory) -> None:
    """What one remembers of a session it tells for sessions.memory_seconds at the most."""
    user(anywhere, "ana")
    cookie = log_in(anywhere, "ana")
    other = Factory(load_settings(), anywhere.state)
    assert other.sessions.recall(cookie, now=NOON) is None
    assert other.sessions.find(cookie, now=NOON) is not None
    assert other.sessions.recall(cookie, now=NOON) is not None
    anywhere.sessions.end_all("ana", actor="root", now=NOON)
    assert anywhere.sessions.find(cookie, now=NOON) is None
    later = NOON + timedelta(seconds=1)
    assert other.sessions.recall(cookie, now=later) is None
    assert other.sessions.find(cookie, now=later) is None
    other.close()


def test_what_is_looked_up_while_it_changes_is_not_remembered(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that ends while it is being looked up is found once, and not from memory."""
    user(factory, "ana")
    cookie = log_in(factory, "ana")
    find = SessionStore.find

    def slow(self: SessionStore, digest: str) -> object:
        found = find(self, digest)
        monkeypatch.setattr(SessionStore, "find", find)
        factory.sessions.memory.forget()
        return found

    monkeypatch.setattr(SessionStore, "find", slow)
    assert factory.sessions.find(cookie, now=NOON) is not None
    assert factory.sessions.recall(cookie, now=NOON) is None


def test_a_disabled_user_has_no_session(anywhere: Factory) -> None:
    """The role and the right to be here are those of the moment."""
    user(anywhere, "ana")
    cookie = log_in(anywhere, "ana")
    with anywhere.engine.begin() as connection:
        store = UserStore(connection)
        ana = store.get("ana")
        assert ana is not None
        store.change(ana.id, NOON, is_enabled=False)
    assert anywhere.sessions.find(cookie, now=NOON) is None
    with anywhere.engine.begin() as connection:
        UserStore(connection).change(ana.id, NOON, is_enabled=True, role=Role.ADMIN)
    found = anywhere.sessions.find(cookie, now=NOON)
    assert found is not None
    assert found.role is Role.ADMIN
