"""`disparo tokens` as people call it, and what is kept of a token."""

import json
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from typer.testing import CliRunner

from app.cli import cli, main
from app.clock import utc_now
from app.db.events import EventStore
from app.db.token_tables import tokens
from app.errors import BusyError, ConfigurationError, ConflictError, NotFoundError
from app.factory import Factory
from app.redaction import without_secrets
from app.values.account import Role
from app.values.token import NewToken, digest
from tests import casework
from tests.scheduling import NOON

FORM = re.compile(r"disparo_[A-Za-z0-9]{43}\n")


def run(*arguments: str) -> str:
    """Run `disparo tokens` in this process; return what it prints. Raises what it raises."""
    done = CliRunner().invoke(cli, ["tokens", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_token_is_printed_and_nothing_else(factory: Factory) -> None:
    """So that a script takes it as it is; the list never shows it again."""
    printed = run("create", "ci", "--role", "admin")
    assert FORM.fullmatch(printed)
    secret = printed.strip()
    found = factory.tokens.find(secret, now=utc_now())
    assert found is not None
    assert (found.actor, found.role) == ("token ci", Role.ADMIN)
    shown = run("list") + run("list", "--json")
    assert secret not in shown
    assert digest(secret) not in shown


def test_nothing_but_a_digest_is_kept(factory: Factory) -> None:
    """Neither the table nor an event holds the secret, and the log takes it out of any text."""
    secret = run("create", "ci").strip()
    with factory.engine.connect() as connection:
        rows = str(connection.execute(sa.select(tokens)).all())
        told = str(EventStore(connection).of("token:ci"))
    assert secret not in rows + told
    assert digest(secret) in rows
    assert without_secrets(f"got {secret}, sorry") == "got ***, sorry"


def test_a_token_for_a_model_is_for_predictions(factory: Factory, tmp_path: Path) -> None:
    """--model narrows the scope by itself, and the role is what that needs."""
    casework.register(factory, tmp_path)
    run("create", "app", "--model", "m", "--expires", "90d")
    [one] = json.loads(run("list", "--json"))
    assert (one["role"], one["scope"], one["models"]) == ("operator", "predict", ["m"])
    assert one["state"] == "valid"
    assert one["expires_at"] > (utc_now() + timedelta(days=89)).isoformat()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (["create", "x", "--model", "nope"], ConfigurationError, "no model 'nope'"),
        (["create", "x", "--expires", "soon"], ConfigurationError, "--expires 'soon'"),
        (["create", "x", "--expires", "2001-01-01"], ConfigurationError, "which is past"),
        (["create", "a b"], ValidationError, "name"),
        (["create", "x" * 81], ValidationError, "name"),
        (["create", "x", "--scope", "predict", "--role", "viewer"], ValidationError, "operator"),
        (["create", "x", "--scope", "all", "--model", "m"], ValidationError, "predict"),
        (["revoke", "x"], NotFoundError, "disparo tokens list"),
    ],
)
def test_what_makes_no_sense_is_refused(
    factory: Factory, arguments: list[str], error: type[Exception], words: str
) -> None:
    """With what is wrong, and no token."""
    with pytest.raises(error, match=words):
        run(*arguments)
    assert factory.tokens.all() == []


def test_a_revoked_token_is_taken_no_more_and_its_name_is_free(factory: Factory) -> None:
    """A valid one keeps its name to itself."""
    old = run("create", "ci").strip()
    with pytest.raises(ConflictError, match="revoke it first"):
        run("create", "ci")
    assert run("revoke", "ci") == "revoked ci\n"
    with pytest.raises(ConflictError, match="was revoked"):
        run("revoke", "ci")
    assert factory.tokens.find(old, now=utc_now()) is None
    new = run("create", "ci").strip()
    assert factory.tokens.find(new, now=utc_now()) is not None
    assert factory.tokens.find(old, now=utc_now()) is None
    assert [one.name for one in factory.tokens.events("ci")] == ["created", "revoked", "created"]


@pytest.mark.usefixtures("factory")
def test_what_is_no_token_is_told_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong with the whole is of no option; an end is a time or a length."""
    create = ["disparo", "tokens", "create", "x"]
    monkeypatch.setattr(sys, "argv", [*create, "--role", "viewer", "--scope", "predict"])
    with pytest.raises(SystemExit):
        main()
    told = capsys.readouterr().err
    assert told.startswith("Bad configuration: a token for predictions needs the role operator")
    with pytest.raises(ConfigurationError, match="2013-11-28T07:30 or 90d"):
        run(*create[2:], "--expires", "3x")


def test_use_is_noted_once_a_minute(anywhere: Factory) -> None:
    """Few writes come of many requests."""
    new = NewToken(name="ci", role=Role.VIEWER)
    _, secret = anywhere.tokens.create(new, actor="test", now=NOON)
    seen = []
    for seconds in (1, 30, 60, 62, 121, 200):
        anywhere.tokens.used(secret, now=NOON + timedelta(seconds=seconds))
        seen.append(anywhere.tokens.get("ci").last_used_at)
    first, second, third = (NOON + timedelta(seconds=one) for one in (1, 62, 200))
    assert seen == [first, first, first, second, second, third]


def test_expiry_is_judged_at_the_time_of_asking(anywhere: Factory) -> None:
    """A token is taken until its end and not from then on."""
    new = NewToken(name="ci", role=Role.VIEWER, expires_at=NOON + timedelta(hours=1))
    _, secret = anywhere.tokens.create(new, actor="test", now=NOON)
    assert anywhere.tokens.find(secret, now=NOON + timedelta(minutes=59)) is not None
    assert anywhere.tokens.find(secret, now=NOON + timedelta(hours=1)) is None


def test_there_are_only_so_many_tokens(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auth.tokens` bounds them; one that is revoked makes room under its name."""
    monkeypatch.setattr(factory.tokens, "_most", 1)
    run("create", "one")
    monkeypatch.setenv("DISPARO_AUTH__TOKENS", "1")
    with pytest.raises(BusyError, match=r"auth\.tokens"):
        run("create", "two")
    run("revoke", "one")
    run("create", "one")
