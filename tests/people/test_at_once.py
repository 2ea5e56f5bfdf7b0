"""Log-ins, log-outs, links and changes of the same few users at once: none comes to a standstill."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.errors import AppError
from app.factory import Factory
from app.services.passwords import PasswordService, Verdict
from app.values.account import Role
from app.values.user import UserChange
from tests.people.knowing import HERE, PASSWORD, with_password
from tests.scheduling import NOON

USERS = ("ana", "bob", "cleo")


def _right(_: PasswordService, __: str, kept: str | None) -> Verdict:
    return Verdict(is_right=kept is not None)


def test_many_at_once_are_no_deadlock(anywhere: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is done, or refused with a reason of ours; an admin is left, and so is every user."""
    for name in USERS:
        with_password(anywhere, name, Role.ADMIN)
    monkeypatch.setattr(PasswordService, "verify", _right)
    chance = random.Random(7)  # noqa: S311 - a test's

    def step(number: int) -> Callable[[], object]:
        name, now = chance.choice(USERS), NOON + timedelta(hours=number % 30)
        change = UserChange(role=chance.choice(list(Role)), is_enabled=chance.random() > 0.3)
        return [
            lambda: anywhere.logins.log_in(name, PASSWORD, client=HERE, now=now),
            lambda: anywhere.logins.log_in(name.upper(), PASSWORD, client=HERE, now=now),
            lambda: anywhere.users.change(name, change, actor="test", now=now),
            lambda: anywhere.users.link(name, actor="test", now=now),
            lambda: anywhere.sessions.end_all(name, actor="test", now=now),
        ][number % 5]

    def done(call: Callable[[], object]) -> bool:
        try:
            call()
        except AppError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(done, [step(number) for number in range(150)]))
    assert any(found)
    assert any(one.is_admin for one in anywhere.users.page())
    assert [one.name for one in anywhere.users.page()] == list(USERS)
