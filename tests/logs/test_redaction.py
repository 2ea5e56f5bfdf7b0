"""What is taken out of texts for people, and what is left."""

import pytest

from app.redaction import learn, passwords_in, without_secrets

S = "hunter2-Hunter2"


@pytest.mark.parametrize(
    "text",
    [
        f"mysql+pymysql://user:{S}@host:3306/db is away",
        f"mysql+pymysql://user:p@ss/{S}@host/db",
        f"https://{S}{S}@github.example/x",
        f"Driver=SQLite3;Uid=u;Pwd={S};Database=/x",
        f"Driver=X;Password={{{S};}}}} more}};Server=h",
        f"Driver=X;Password=two words {S};Server=h",
        f'{{"password": "{S}", "user": "u"}}',
        f"{{'client_secret': '{S}'}}",
        f'{{\\"token\\": \\"{S}\\"}}',
        f"password={S}",
        f"db.password: {S}",
        f"AWS_SECRET_ACCESS_KEY={S}",
        f"DISPARO_SECRETS__KEY secret_key={S}",
        f"api-key = {S}",
        f"GET /x?token={S}&page=2",
        f"GET /x?sv=1&sig={S}",
        f"Authorization: Bearer {S}",
        f"{{'authorization': 'Basic {S}'}}",
        f"bearer {S}",
        f"https://hooks.slack.com/services/T0/B0/{S}",
        f"https://acme.webhook.office.com/webhookb2/{S}/IncomingWebhook",
        f"-----BEGIN RSA PRIVATE KEY-----\n{S}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{S} cut off",
        f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI{S}.abc",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    """Passwords of URLs and ODBC strings, values of telling names, tokens, keys."""
    found = without_secrets(text)
    assert S not in found
    assert "***" in found


@pytest.mark.parametrize(
    "text",
    [
        "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        "GET http://host:8000/x: mail ops@example.org",
        "Access denied for user 'u'@'h' (using password: YES)",
        "the signature: 3 inputs; the key column is id",
        "POST /dispatches: 202 after 1.5 ms",
        "flight-delay version 3 is let go to make room",
        "sqlite:////srv/var/disparo.sqlite",
        "basic words, a token of thanks, and the password that nobody knows",
    ],
)
def test_what_is_no_secret_is_left(text: str) -> None:
    """A log remains readable."""
    assert without_secrets(text) == text


def test_a_secret_that_is_known_is_hidden_wherever_it_stands() -> None:
    """A driver may tell a password in a form of its own."""
    learn(passwords_in("mysql+pymysql://u:kn0wn%2Fsecret%40one@h/d"))
    learn(passwords_in("Driver=X;Pwd={other kn0wn; one};"))
    learn(["short"])
    text = "got 'kn0wn/secret@one', kn0wn%2Fsecret%40one, other kn0wn; one, and short"
    assert without_secrets(text) == "got '***', ***, ***, and short"


def test_a_long_text_takes_no_long_time() -> None:
    """No text makes the search slow: it would stop whoever logs it."""
    import time

    for part in ("a" * 65_536, "://" * 20_000, "password=" * 7_000, "eyJ" * 20_000, "x@" * 30_000):
        start = time.process_time()
        without_secrets(part)
        assert time.process_time() - start < 2, part[:20]
