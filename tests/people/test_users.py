"""Users and their links: the last admin, links used once, also when two do it at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from app.db.events import EventStore
from app.errors import (
    AppError,
    ChangedError,
    ConfigurationError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnauthenticatedError,
)
from app.factory import Factory
from app.values.account import Role
from app.values.link import Link
from app.values.user import UserChange, Way
from tests.people.knowing import HERE, PASSWORD, log_in, user, with_password
from tests.scheduling import NOON

VIEWER = UserChange(role=Role.VIEWER)
DAY = timedelta(days=1)
NEW = "another good password"


def first(factory: Factory) -> str:
    """Return the token of a link for the first admin."""
    link = factory.links.first(now=NOON)
    assert link is not None
    return link.token.get_secret_value()


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Call all at the same time; return what each returned or raised."""

    def called(call: Callable[[], object]) -> object:
        try:
            return call()
        except AppError as error:
            return type(error)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(called, calls))


def test_a_user_without_a_password_gets_a_link(anywhere: Factory) -> None:
    """The link sets the password, once, and logs in; events tell who did what."""
    made, link = anywhere.users.create("ana", Role.OPERATOR, actor="boss", now=NOON)
    assert link is not None
    assert (made.has_password, made.revision) == (False, 1)
    token = link.token.get_secret_value()
    assert link.path == f"/reset?token={token}"
    found = anywhere.links.use_reset(token, PASSWORD, client=HERE, now=NOON)
    assert (found.session.user, found.session.way) == ("ana", Way.LINK)
    assert anywhere.users.get("ana").has_password
    with pytest.raises(ForbiddenError, match="does not work"):
        anywhere.links.use_reset(token, PASSWORD, client=HERE, now=NOON)
    assert anywhere.logins.log_in("ana", PASSWORD, client=HERE, now=NOON)
    with anywhere.engine.begin() as connection:
        told = [(one.name, one.actor) for one in EventStore(connection).of("user:ana")]
        rows = connection.exec_driver_sql("SELECT * FROM users").all()
    assert told == [
        ("added", "boss"),
        ("password set by a link", "ana"),
        ("logged in", "ana"),
        ("logged in", "ana"),
    ]
    assert PASSWORD not in str(rows)


def test_names_are_taken_once(anywhere: Factory) -> None:
    """Also when two create the same user at once."""
    found = at_once(*[lambda: anywhere.users.create("ana", Role.VIEWER, actor="t", now=NOON)] * 3)
    assert found.count(ConflictError) == 2
    assert [one.name for one in anywhere.users.page()] == ["ana"]


def test_a_link_works_once_also_at_once(anywhere: Factory) -> None:
    """Of three who use it at the same moment one is logged in."""
    _, link = anywhere.users.create("ana", Role.VIEWER, actor="t", now=NOON)
    assert link is not None
    token = link.token.get_secret_value()
    found = at_once(*[lambda: anywhere.links.use_reset(token, PASSWORD, client=HERE, now=NOON)] * 3)
    assert found.count(ForbiddenError) == 2
    assert len(anywhere.sessions.of("ana", now=NOON)) == 1


def test_a_link_ends(anywhere: Factory) -> None:
    """By time, by a newer one, with its user's right to be here, and with the user."""
    with_password(anywhere, "boss", Role.ADMIN)
    with_password(anywhere, "ana")

    def made() -> Link:
        return anywhere.users.link("ana", actor="boss", now=NOON)

    def is_refused(link: Link, after: timedelta = timedelta()) -> None:
        token = link.token.get_secret_value()
        with pytest.raises(ForbiddenError):
            anywhere.links.use_reset(token, NEW, client=HERE, now=NOON + after)

    old, new = made(), made()
    is_refused(old)
    is_refused(new, after=DAY)
    anywhere.users.change("ana", UserChange(is_enabled=False), actor="boss", now=NOON)
    is_refused(new)
    with pytest.raises(ConflictError, match="disabled"):
        made()
    anywhere.users.change("ana", UserChange(is_enabled=True), actor="boss", now=NOON)
    newest = made()
    anywhere.users.remove("ana", actor="boss", now=NOON)
    is_refused(newest)
    with pytest.raises(NotFoundError):
        made()


@pytest.mark.parametrize("token", ["", "x", "\0" * 43, "\ud800" * 43, "x" * 1_000_000, "../../etc"])
def test_what_is_no_token_is_refused(factory: Factory, token: str) -> None:
    """Whatever the link is for."""
    with pytest.raises(ForbiddenError):
        factory.links.use_reset(token, PASSWORD, client=HERE, now=NOON)
    with pytest.raises(ForbiddenError):
        factory.links.use_first(token, "ana", PASSWORD, client=HERE, now=NOON)


def test_a_link_is_for_one_purpose(anywhere: Factory) -> None:
    """That of a password makes no admin, and the other way round."""
    _, link = anywhere.users.create("ana", Role.VIEWER, actor="t", now=NOON)
    assert link is not None
    with pytest.raises(ForbiddenError):
        anywhere.links.use_first(
            link.token.get_secret_value(), "eve", PASSWORD, client=HERE, now=NOON
        )
    with pytest.raises(ForbiddenError):
        anywhere.links.use_reset(first(anywhere), PASSWORD, client=HERE, now=NOON)


def test_a_password_that_is_refused_does_not_use_the_link_up(anywhere: Factory) -> None:
    """Whoever chose a bad one chooses again."""
    token = first(anywhere)
    with pytest.raises(ConfigurationError, match="too short"):
        anywhere.links.use_first(token, "ana", "short", client=HERE, now=NOON)
    user(anywhere, "bob")
    with pytest.raises(ConflictError, match="bob"):
        anywhere.links.use_first(token, "bob", PASSWORD, client=HERE, now=NOON)
    assert anywhere.links.use_first(token, "ana", PASSWORD, client=HERE, now=NOON)


def test_the_first_admin_is_made_once(anywhere: Factory) -> None:
    """Each service has a link of its own; one of those who use them at once becomes the admin."""
    assert anywhere.links.wants_first()
    tokens = [first(anywhere) for _ in range(3)]
    use = partial(anywhere.links.use_first, password=PASSWORD, client=HERE, now=NOON)
    found = at_once(*map(partial(partial, use), tokens, ("ana", "bob", "cleo")))
    assert found.count(ForbiddenError) == 2
    [admin] = anywhere.users.page()
    assert admin.role is Role.ADMIN
    assert anywhere.links.first(now=NOON) is None
    assert not anywhere.links.wants_first()


def test_links_for_the_first_admin_are_bounded_and_end(anywhere: Factory) -> None:
    """A service that restarts again and again leaves twenty links at the most."""
    tokens = [first(anywhere) for _ in range(25)]
    with anywhere.engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM user_links").scalar() == 20
    for token, at in ((tokens[0], NOON), (tokens[-1], NOON + DAY)):
        with pytest.raises(ForbiddenError):
            anywhere.links.use_first(token, "ana", PASSWORD, client=HERE, now=at)


@pytest.mark.parametrize(
    "change", [UserChange(role=Role.OPERATOR), UserChange(is_enabled=False), None]
)
def test_the_last_admin_stays(anywhere: Factory, change: UserChange | None) -> None:
    """Neither demoted, nor disabled, nor removed; one who cannot log in does not count."""
    with_password(anywhere, "ana", Role.ADMIN)
    user(anywhere, "waiting", Role.ADMIN)
    with_password(anywhere, "out", Role.ADMIN)
    anywhere.users.change("out", UserChange(is_enabled=False), actor="ana", now=NOON)

    def leave(name: str) -> None:
        if change is None:
            anywhere.users.remove(name, actor="ana", now=NOON)
        else:
            anywhere.users.change(name, change, actor="ana", now=NOON)

    with pytest.raises(ConflictError, match="last admin"):
        leave("ana")
    leave("waiting")
    with_password(anywhere, "bob", Role.ADMIN)
    leave("ana")
    with pytest.raises(ConflictError, match="last admin"):
        leave("bob")


def test_two_admins_who_demote_each_other_at_once_are_not_both_gone(anywhere: Factory) -> None:
    """Whoever comes second is refused, whatever the ways are."""
    for _ in range(3):
        for name in ("ana", "bob"):
            if name not in {one.name for one in anywhere.users.page()}:
                with_password(anywhere, name, Role.ADMIN)
        found = at_once(
            lambda: anywhere.users.change("ana", VIEWER, actor="bob", now=NOON),
            lambda: anywhere.users.remove("bob", actor="ana", now=NOON),
        )
        assert found.count(ConflictError) == 1
        [left] = [one for one in anywhere.users.page() if one.is_admin]
        other = {"ana": "bob", "bob": "ana"}[left.name]
        if other == "ana":
            anywhere.users.change("ana", UserChange(role=Role.ADMIN), actor="bob", now=NOON)


def test_a_change_works_at_once(anywhere: Factory) -> None:
    """Another role is another right; who is disabled is logged out, and stays so when enabled."""
    with_password(anywhere, "boss", Role.ADMIN)
    with_password(anywhere, "ana")
    cookie = log_in(anywhere, "ana")
    assert anywhere.sessions.find(cookie, now=NOON) is not None
    anywhere.users.change("ana", UserChange(role=Role.OPERATOR), actor="boss", now=NOON)
    found = anywhere.sessions.find(cookie, now=NOON)
    assert found is not None
    assert found.role is Role.OPERATOR
    for is_enabled in (False, True):
        change = UserChange(is_enabled=is_enabled)
        anywhere.users.change("ana", change, actor="boss", now=NOON)
        assert anywhere.sessions.find(cookie, now=NOON) is None
    cookie = log_in(anywhere, "ana")
    assert anywhere.sessions.find(cookie, now=NOON) is not None
    anywhere.users.remove("ana", actor="boss", now=NOON)
    assert anywhere.sessions.find(cookie, now=NOON) is None


def test_a_change_asks_for_what_was_read(anywhere: Factory) -> None:
    """A revision of before is refused; a change to the same is none."""
    made = user(anywhere, "ana")
    same = anywhere.users.change("ana", UserChange(), actor="t", now=NOON, expected=[1])
    assert same == made
    change = UserChange(role=Role.OPERATOR)
    assert anywhere.users.change("ana", change, actor="t", now=NOON, expected=[1]).revision == 2
    with pytest.raises(ChangedError):
        anywhere.users.change("ana", change, actor="t", now=NOON, expected=[1])
    with pytest.raises(ChangedError):
        anywhere.users.remove("ana", actor="t", now=NOON, expected=[1])


def test_whoever_changes_the_password_ends_the_other_sessions(anywhere: Factory) -> None:
    """The old one is needed, the own session stays, and the old one opens nothing any more."""
    with_password(anywhere, "ana")
    own, other = log_in(anywhere, "ana"), log_in(anywhere, "ana")

    def change(old: str, new: str) -> None:
        anywhere.users.change_password("ana", old, new, cookie=own, client=HERE, now=NOON)

    with pytest.raises(ForbiddenError, match="old password"):
        change("a wrong password", NEW)
    with pytest.raises(ConfigurationError, match="too short"):
        change(PASSWORD, "short")
    change(PASSWORD, NEW)
    assert anywhere.sessions.find(own, now=NOON) is not None
    assert anywhere.sessions.find(other, now=NOON) is None
    with pytest.raises(UnauthenticatedError):
        anywhere.logins.log_in("ana", PASSWORD, client=HERE, now=NOON)
    assert anywhere.logins.log_in("ana", NEW, client=HERE, now=NOON)


def test_a_link_that_sets_a_password_ends_all_sessions(anywhere: Factory) -> None:
    """Whoever had the old password is out."""
    with_password(anywhere, "ana")
    cookie = log_in(anywhere, "ana")
    assert anywhere.sessions.find(cookie, now=NOON) is not None
    token = anywhere.users.link("ana", actor="boss", now=NOON).token.get_secret_value()
    assert anywhere.sessions.find(cookie, now=NOON) is not None
    anywhere.links.use_reset(token, NEW, client=HERE, now=NOON)
    assert anywhere.sessions.find(cookie, now=NOON) is None
