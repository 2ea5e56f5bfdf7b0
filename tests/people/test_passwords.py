"""Passwords: which are taken, what is kept of them, how many are hashed at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import BusyError, ConfigurationError
from app.services.passwords import PasswordService
from app.settings_access import Passwords
from app.values import password as policy

CHEAP = Passwords(memory=19 * 2**20, rounds=2)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "12 characters"),
        ("", "12 characters"),
        ("a" * 1025, "1024 bytes"),
        ("é" * 600, "1024 bytes"),
        ("half a pair \ud800 of two", "no text"),
        ("x" * 1_000_000, "1024 bytes"),
        ("aaaaaaaaaaaaaaaa", "again and again"),
        ("Ana.Maria@example", "is the name"),
        (" ana.maria@example ", "is the name"),
        ("ﬁﬁﬁﬁﬁ", "12 characters"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason(password: str, words: str) -> None:
    """Too short, too long, no text, the name itself, one character."""
    with pytest.raises(ConfigurationError, match=words):
        PasswordService(CHEAP).require_good(password, name="ana.maria@example")


@pytest.mark.parametrize(
    "password", ["correct horse", "ä" * 6 + "o" * 6, "\0" + "zero and more", "🔑 is a key, is it"]
)
def test_any_characters_are_taken(password: str) -> None:
    """And they are told apart, zeroes and emoji too."""
    service = PasswordService(CHEAP)
    service.require_good(password, name="ana")
    kept = service.hashed(password)
    assert kept.startswith("$argon2id$")
    assert password not in kept
    assert service.verify(password, kept).is_right
    assert not service.verify(password[:-1], kept).is_right


def test_the_same_letters_in_another_form_are_the_same_password() -> None:
    """What one system composes and another does not is one password."""
    assert policy.encoded("caf\u00e9 au lait, s'il") == policy.encoded("cafe\u0301 au lait, s'il")


@pytest.mark.parametrize("password", ["x" * 1025, "\ud800", ""])
def test_what_cannot_be_a_password_is_wrong(password: str) -> None:
    """Also beside the hash of nothing."""
    service = PasswordService(CHEAP)
    kept = service.hashed("")
    assert service.verify(password, kept).is_right is (password == "")
    assert not service.verify(password, None).is_right


def test_a_hash_of_other_settings_is_made_anew() -> None:
    """Whoever logs in after the settings were raised is hashed by them from then on."""
    kept = PasswordService(CHEAP).hashed("three words do well")
    dearer = PasswordService(CHEAP.model_copy(update={"rounds": 3}))
    verdict = dearer.verify("three words do well", kept)
    assert verdict.is_right
    assert verdict.rehashed is not None
    assert dearer.verify("three words do well", verdict.rehashed).rehashed is None
    assert dearer.verify("other words", kept).rehashed is None


def test_few_are_hashed_at_once_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of log-ins takes the memory of passwords.at_once; who finds no place is told so."""
    service = PasswordService(CHEAP.model_copy(update={"at_once": 2, "queue": 3}))
    go, entered, most, now = threading.Event(), threading.Semaphore(0), 0, 0
    counting = threading.Lock()

    class Slow:
        def hash(self, _: bytes) -> str:
            nonlocal most, now
            with counting:
                now += 1
                most = max(most, now)
            entered.release()
            assert go.wait(60)
            with counting:
                now -= 1
            return "hash"

    monkeypatch.setitem(service.__dict__, "_argon2", Slow())
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(service.hashed, "a password") for _ in range(5)]
        for _ in range(2):
            assert entered.acquire(timeout=60)
        while service._places._value:
            threading.Event().wait(0.001)
        with pytest.raises(BusyError) as caught:
            service.hashed("one too many")
        assert caught.value.facts["retry_after"] == 1
        go.set()
        assert [one.result() for one in waiting] == ["hash"] * 5
    assert most == 2


def test_who_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait ends after passwords.wait_seconds, and its place is free again."""
    service = PasswordService(CHEAP.model_copy(update={"at_once": 1, "wait_seconds": 0.01}))
    monkeypatch.setattr(service._turn, "acquire", lambda timeout: timeout != 0.01)
    for _ in range(100):
        with pytest.raises(BusyError):
            service.hashed("a password")


@pytest.mark.parametrize("bounds", [{"memory": 19 * 2**20 - 1}, {"rounds": 1}, {"length": 7}])
def test_no_setting_makes_hashing_too_cheap(bounds: dict[str, int]) -> None:
    """The least is OWASP's."""
    with pytest.raises(ValueError, match="greater than or equal"):
        Passwords.model_validate(bounds)
