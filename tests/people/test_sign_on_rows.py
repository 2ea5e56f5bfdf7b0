"""Single sign-on's users and sessions on each database, also when somebody comes twice at once."""

import threading
from typing import Any

import pytest

from app.db.events import EventStore
from app.errors import BusyError, ForbiddenError, UnauthenticatedError
from app.factory import Factory
from app.identity.provider import Provider
from app.values.account import Role
from app.values.login import LoggedIn
from app.values.sign_on import Begun
from tests.people.knowing import HERE
from tests.people.test_users import at_once
from tests.scheduling import NOON

BEGUN = Begun(state="s", nonce="n", verifier="v", then="/", at=NOON)
ANA = {"sub": "1", "preferred_username": "ana", "groups": ["ops"]}


@pytest.fixture
def said(anywhere: Factory, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give what the provider says; a test may change it."""
    found = {**ANA}
    monkeypatch.setattr(Provider, "claims", lambda *_, **__: found)
    update = {"issuer": "https://p.example", "operator_groups": ("ops",), "viewer_groups": ("all",)}
    anywhere.single_sign_on._bounds = anywhere.single_sign_on._bounds.model_copy(update=update)
    return found


def come_back(factory: Factory) -> LoggedIn:
    """Come back from the provider."""
    return factory.single_sign_on.finish(
        BEGUN, state="s", code="c", redirect="r", client=HERE, now=NOON
    )


def test_who_comes_first_twice_at_once_is_one_user(anywhere: Factory, said: dict[str, Any]) -> None:
    """Each browser has its session."""
    assert said
    found = at_once(*[lambda: come_back(anywhere)] * 4)
    assert all(isinstance(one, LoggedIn) for one in found), found
    assert [one.name for one in anywhere.users.page()] == ["ana"]
    assert len(anywhere.sessions.of("ana", now=NOON)) == 4


def test_what_changes_there_changes_here(anywhere: Factory, said: dict[str, Any]) -> None:
    """Each is an event; who is let in no more is logged out."""
    cookie = come_back(anywhere).cookie.get_secret_value()
    said["groups"] = ["all"]
    come_back(anywhere)
    principal = anywhere.sessions.find(cookie, now=NOON)
    assert principal is not None
    assert principal.role is Role.VIEWER
    said["groups"] = []
    with pytest.raises(ForbiddenError, match="none of your groups"):
        come_back(anywhere)
    assert anywhere.sessions.find(cookie, now=NOON) is None
    with anywhere.engine.begin() as connection:
        told = [(one.name, one.actor) for one in EventStore(connection).of("user:ana")]
    assert told == [
        ("added", "single sign-on"),
        ("logged in", "ana"),
        ("changed", "single sign-on"),
        ("logged in", "ana"),
        ("log-in refused", "single sign-on"),
    ]


def test_few_wait_for_a_provider_that_hangs(
    anywhere: Factory, said: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are told to come back; once it answers there is room again."""
    go, waiting = threading.Event(), threading.Semaphore(0)
    few = anywhere.single_sign_on._bounds.at_once

    def hang(*_: object, **__: object) -> dict[str, Any]:
        waiting.release()
        assert go.wait(60)
        raise UnauthenticatedError("late")

    monkeypatch.setattr(Provider, "claims", hang)

    def last() -> LoggedIn:
        for _ in range(few):
            assert waiting.acquire(timeout=60)
        try:
            return come_back(anywhere)
        finally:
            go.set()

    found = at_once(*[lambda: come_back(anywhere)] * few, last)
    assert found == [UnauthenticatedError] * few + [BusyError]
    monkeypatch.setattr(Provider, "claims", lambda *_, **__: said)
    assert come_back(anywhere).session.user == "ana"
