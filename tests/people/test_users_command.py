"""`disparo users` as whoever owns the machine calls it."""

import json

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.errors import ConfigurationError, ConflictError, NotFoundError
from app.factory import Factory
from app.values.account import Role
from tests.people.knowing import HERE, LINK, PASSWORD, with_password


def run(*arguments: str, given: str | bytes | None = None) -> str:
    """Run `disparo users` in this process; return what it prints. Raises what it raises."""
    done = CliRunner().invoke(cli, ["users", *arguments], input=given, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_user_is_made_with_a_link(factory: Factory) -> None:
    """Standard output has the link, which works; the name is as users have it."""
    printed = run("create", "Ana", "--role", "admin")
    assert printed.startswith("created ana, who is an admin\n")
    match = LINK.search(printed)
    assert match is not None
    assert match[1] == "http://127.0.0.1:8000"
    assert factory.links.use_reset(match[3], PASSWORD, client=HERE, now=utc_now())
    [shown] = json.loads(run("list", "--json"))
    assert (shown["name"], shown["role"], shown["has_password"]) == ("ana", "admin", True)
    assert "ana" in run("list")


def test_a_password_comes_from_standard_input(factory: Factory) -> None:
    """So that it stands in no list of processes; what is not taken is said."""
    assert run("create", "ana", "--password-stdin", given=f"{PASSWORD}\n").count("\n") == 1
    assert factory.logins.log_in("ana", PASSWORD, client=HERE, now=utc_now())
    for given, words in (("short\n", "12 characters"), (b"\xff\xfe" * 9, "no UTF-8")):
        with pytest.raises(ConfigurationError, match=words):
            run("create", "bob", "--password-stdin", given=given)
    with pytest.raises(ConflictError, match="already"):
        run("create", "ana")


def test_the_owner_always_gets_in_again(factory: Factory) -> None:
    """A forgotten password is reset, a role changed, a user let in again; sessions are ended."""
    with_password(factory, "ana", Role.ADMIN)
    factory.logins.log_in("ana", PASSWORD, client=HERE, now=utc_now())
    assert run("logout", "ana") == "ended 1 of ana's sessions\n"
    match = LINK.search(run("reset", "ana"))
    assert match is not None
    new = "another good password"
    assert factory.links.use_reset(match[3], new, client=HERE, now=utc_now())
    for line in (["role", "ana", "viewer"], ["disable", "ana"], ["remove", "ana"]):
        with pytest.raises(ConflictError, match="last admin"):
            run(*line)
    with_password(factory, "bob", Role.ADMIN)
    assert run("role", "ana", "viewer") == "ana is a viewer\n"
    assert run("disable", "ana") == "disabled ana\n"
    with pytest.raises(ConflictError, match="disabled"):
        run("reset", "ana")
    assert run("enable", "ana") == "enabled ana\n"
    assert run("remove", "ana") == "removed ana\n"
    with pytest.raises(NotFoundError, match="disparo users list"):
        run("remove", "ana")


@pytest.mark.parametrize("name", ["a b", "", "api", "-x", "x" * 101, "ána", "a\0b"])
def test_a_name_that_does_not_do_is_refused(factory: Factory, name: str) -> None:
    """With what a name is made of."""
    assert factory
    with pytest.raises(ConfigurationError, match="is no name for a user"):
        run("create", "--", name)
