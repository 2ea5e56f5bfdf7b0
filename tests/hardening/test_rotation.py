"""The key of the secrets is replaced: under whatever happens each of them stays readable."""

import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from typer.testing import CliRunner

from app.cli import cli
from app.db.encrypted import ENCRYPTED, EncryptedStore
from app.db.keys import KeyFile, new_key
from app.db.tables import sources
from app.errors import ConfigurationError, ConflictError
from app.factory import Factory
from app.settings import load_settings

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHANNEL = {
    "name": "ops",
    "target": {"kind": "webhook", "url": "https://hooks.example/T0P", "headers": {"X-Key": "h3ad"}},
}


def stocked(factory: Factory, number: int = 7) -> None:
    """Add sources and a channel."""
    for place in range(number):
        add(factory, f"s{place}")
    factory.channels.create(factory.channels.parsed(CHANNEL), actor="t", now=NOW)


def add(factory: Factory, name: str) -> None:
    """Add a source whose connection string tells its name."""
    factory.sources.add(name, f"sqlite:///{name}", "", actor="t", now=NOW)


def readable(factory: Factory) -> int:
    """Return how many sources there are, each of which must be readable, and the channel too."""
    found = factory.sources.all()
    for one in found:
        assert one.connection.get_secret_value() == f"sqlite:///{one.name}"
    with factory.engine.begin() as connection:
        channel = factory.channels.find(connection, "ops")
    assert channel is not None
    assert channel.target.model_dump()["headers"]["X-Key"].get_secret_value() == "h3ad"
    return len(found)


def rotated(factory: Factory, rows: int = 3) -> int:
    """Rotate without a wait, and return how many secrets were encrypted anew."""
    done = factory.secrets.rotate(actor="t", now=NOW, rows=rows, wait=lambda _: None)
    return done.secrets


def tokens(factory: Factory) -> list[str]:
    """Return all secrets as they are kept."""
    with factory.engine.connect() as connection:
        return [one for _, column in ENCRYPTED for one in connection.scalars(sa.select(column))]


def under(factory: Factory, key: str) -> int:
    """Return how many secrets this key opens."""

    def opens(token: str) -> bool:
        try:
            Fernet(key).decrypt(token)
        except InvalidToken:
            return False
        return True

    return sum(map(opens, tokens(factory)))


def test_all_is_encrypted_anew_and_the_old_key_goes(anywhere: Factory) -> None:
    """The new key opens everything, the old one nothing; nothing else of the rows changes."""
    stocked(anywhere)
    file = anywhere.state / "secret.key"
    old, before = file.read_text().strip(), anywhere.sources.get("s0").updated_at
    assert under(anywhere, old) == 8
    assert rotated(anywhere) == 8
    [new] = file.read_text().split()
    assert new != old
    assert (under(anywhere, new), under(anywhere, old)) == (8, 0)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert readable(anywhere) == 7
    assert anywhere.sources.get("s0").updated_at == before
    assert anywhere.channels.get("ops").revision == 1


def test_it_is_an_event(factory: Factory) -> None:
    """Who rotated is on record, without any key."""
    from app.db.events import EventStore

    stocked(factory, 1)
    rotated(factory)
    with factory.engine.begin() as connection:
        [event] = EventStore(connection).of("secrets")
    assert (event.name, event.actor, event.detail) == (
        "rotated",
        "t",
        {"secrets": 2, "unreadable": []},
    )


STEPS = ("begun", "first page", "second page", "before the end")


def dying(state: Path, step: str) -> None:
    """Rotate in a process of its own, which is killed at a step."""
    own = Factory(load_settings(), state)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    pages = 0
    original = EncryptedStore.page

    def page(self: EncryptedStore, *, after: int, limit: int) -> object:
        nonlocal pages
        pages += 1
        if step in STEPS[:3] and pages == 1 + STEPS.index(step):
            die()
        return original(self, after=after, limit=limit)

    def write(self: KeyFile, keys: list[str]) -> None:
        if step == "before the end" and len(keys) == 1:
            die()
        written(self, keys)

    written = KeyFile.write
    EncryptedStore.page = page  # type: ignore[assignment, method-assign]
    KeyFile.write = write  # type: ignore[method-assign]
    rotated(own)


@pytest.mark.parametrize("step", STEPS)
def test_killed_halfway_it_goes_on(factory: Factory, step: str) -> None:
    """Both keys stay, all stays readable, also for who ran before; the next run ends it."""
    stocked(factory)
    old = (factory.state / "secret.key").read_text().strip()
    child = multiprocessing.get_context("fork").Process(target=dying, args=(factory.state, step))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    new, kept = (factory.state / "secret.key").read_text().split()
    assert kept == old
    assert under(factory, new) == {"begun": 0, "first page": 3, "second page": 6}.get(step, 8)
    assert readable(factory) == 7
    add(factory, "meanwhile")
    other = Factory(load_settings(), factory.state)
    assert readable(other) == 8
    other.close()
    rotated(factory)
    assert (factory.state / "secret.key").read_text().split() == [new]
    assert under(factory, new) == 9


def test_replicas_read_and_write_during_it(
    anywhere: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who run already notice the new key by themselves, at every step."""
    stocked(anywhere)
    other = Factory(load_settings(), anywhere.state)
    assert readable(other) == 7
    original, added = EncryptedStore.page, 0

    def page(self: EncryptedStore, *, after: int, limit: int) -> object:
        nonlocal added
        found = original(self, after=after, limit=limit)
        if added < 5 and other.engine.dialect.name != "sqlite":  # there one writes at a time
            add(other, f"t{added}")
            added += 1
        return found

    monkeypatch.setattr(EncryptedStore, "page", page)

    def wait(_: float) -> None:
        add(other, f"w{len(other.sources.all())}")
        readable(other)

    done = anywhere.secrets.rotate(actor="t", now=NOW, rows=3, wait=wait)
    assert done.secrets == 8
    [new] = (anywhere.state / "secret.key").read_text().split()
    assert under(anywhere, new) == len(tokens(anywhere))
    assert readable(other) == readable(anywhere) > 7
    other.close()


def test_what_was_encrypted_just_before_is_found(factory: Factory) -> None:
    """A row that somebody was about to write under the old key is encrypted anew too."""
    stocked(factory)
    late = factory.vault.encrypt("sqlite:///late")

    def wait(_: float) -> None:
        with factory.engine.begin() as connection:
            if not connection.scalar(sa.select(sources.c.id).where(sources.c.name == "late")):
                row = {"name": "late", "connection": late, "description": "", "declared_in": None}
                times = {"created_at": NOW, "updated_at": NOW}
                connection.execute(sources.insert().values(**row, **times))

    assert factory.secrets.rotate(actor="t", now=NOW, wait=wait).secrets == 9
    assert readable(factory) == 8


def test_a_service_that_never_sees_the_new_key_is_told_of(factory: Factory) -> None:
    """The old key is not let go while rows keep coming under it."""
    stocked(factory, 1)
    old = Fernet((factory.state / "secret.key").read_text().strip())

    def wait(_: float) -> None:
        with factory.engine.begin() as connection:
            token = old.encrypt(b"sqlite:///s0").decode()
            connection.execute(sources.update().values(connection=token))

    with pytest.raises(ConflictError, match="a service does not see the new one"):
        factory.secrets.rotate(actor="t", now=NOW, wait=wait)
    assert len((factory.state / "secret.key").read_text().split()) == 2
    assert readable(factory) == 1


def test_two_at_once_is_one_too_many(factory: Factory) -> None:
    """The second is refused, and changes nothing."""
    stocked(factory, 1)
    begun, done = threading.Event(), threading.Event()

    def wait(_: float) -> None:
        begun.set()
        done.wait(30)

    running = threading.Thread(target=lambda: factory.secrets.rotate(actor="t", now=NOW, wait=wait))
    running.start()
    begun.wait(30)
    with pytest.raises(ConflictError, match="under way"):
        rotated(factory)
    done.set()
    running.join()
    assert readable(factory) == 1


def test_a_secret_that_no_key_reads_holds_up_no_other(factory: Factory) -> None:
    """It is named, and stays as it is."""
    stocked(factory, 3)
    with factory.engine.begin() as connection:
        for name, token in (
            ("s1", "gibberish é"),
            ("s2", Fernet(new_key()).encrypt(b"x").decode()),
        ):
            change = sources.update().where(sources.c.name == name)
            connection.execute(change.values(connection=token))
    done = factory.secrets.rotate(actor="t", now=NOW, rows=1, wait=lambda _: None)
    assert done.secrets == 2
    assert done.unreadable == ("source 's1'", "source 's2'")


def with_keys(monkeypatch: pytest.MonkeyPatch, state: Path, key: str, *old: str) -> Factory:
    """Return the parts of a service whose keys stand in the settings."""
    monkeypatch.setenv("DISPARO_SECRETS__KEY", key)
    told = "[" + ",".join(f'"{one}"' for one in old) + "]"
    monkeypatch.setenv("DISPARO_SECRETS__OLD_KEYS", told)
    return Factory(load_settings(), state)


def test_keys_of_the_settings(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the old key in secrets.old_keys all is readable; then it may go."""
    first, second = new_key(), new_key()
    one = with_keys(monkeypatch, factory.state, first)
    stocked(one)
    with pytest.raises(ConfigurationError, match=r"secrets.old_keys to the one before"):
        rotated(one)
    two = with_keys(monkeypatch, factory.state, second, first)
    assert readable(two) == 7
    assert rotated(two) == 8
    assert rotated(two) == 0
    three = with_keys(monkeypatch, factory.state, second)
    assert readable(three) == 7
    for made in (one, two, three):
        made.close()


@pytest.mark.usefixtures("state")
def test_keys_of_secrets_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The old keys are a secrets file too, and are not shown by `disparo settings`."""
    first, second = new_key(), new_key()
    directory = tmp_path / "secrets"
    directory.mkdir()
    (directory / "disparo_secrets__key").write_text(second)
    (directory / "disparo_secrets__old_keys").write_text(f'["{first}"]')
    monkeypatch.setenv("DISPARO_SECRETS_DIR", str(directory))
    assert [one.get_secret_value() for one in load_settings().secrets.old_keys] == [first]
    shown = CliRunner().invoke(cli, ["settings"]).output
    assert first not in shown
    assert second not in shown


def test_wrong_keys_are_told(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which setting it is, and how a key is made; never the key."""
    for key, old, word in (("x" * 9, (), "secrets.key"), (new_key(), ("x" * 9,), "old_keys")):
        with pytest.raises(ConfigurationError, match=f"{word} is not a key; `disparo secrets"):
            _ = with_keys(monkeypatch, factory.state, key, *old).sources
    with pytest.raises(ConfigurationError, match="holds its old keys itself"):
        _ = with_keys(monkeypatch, factory.state, "", new_key()).sources


def test_a_key_file_that_cannot_be_replaced_changes_nothing(factory: Factory) -> None:
    """As where it is mounted into a container."""
    stocked(factory, 1)
    before = (factory.state / "secret.key").read_text()

    def refuse(*_: object) -> None:
        raise PermissionError(30, "Read-only file system")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(ConfigurationError, match=r"cannot be replaced \(Read-only"):
            rotated(factory)
    assert (factory.state / "secret.key").read_text() == before
    assert readable(factory) == 1


def test_a_link_to_the_key_file_stays_one(factory: Factory, tmp_path: Path) -> None:
    """The file that it leads to is the one that is replaced."""
    stocked(factory, 1)
    place, kept = factory.state / "secret.key", tmp_path / "kept.key"
    place.rename(kept)
    place.symlink_to(kept)
    rotated(factory)
    assert place.is_symlink()
    assert readable(factory) == 1


@pytest.mark.slow(8)
def test_the_command(factory: Factory) -> None:
    """It waits a moment for those who write, and says what it did."""
    stocked(factory, 2)
    command = [sys.executable, "-m", "app.cli", "secrets"]
    ran = subprocess.run(
        [*command, "rotate"], check=True, capture_output=True, text=True, timeout=60
    )
    assert ran.stdout.startswith("3 secrets encrypted anew; the old key is gone from ")
    assert readable(factory) == 2
    made = subprocess.run(
        [*command, "new-key"], check=True, capture_output=True, text=True, timeout=60
    )
    Fernet(made.stdout.strip())
