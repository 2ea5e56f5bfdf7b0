"""Mail: to a real SMTP server, with STARTTLS and a login, and receivers that are refused."""

import email
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.alerts import send_now, webhook
from app.alerts.mail import written
from app.values.alert import Delivery, Outcome
from app.values.channel import Email
from tests.alerts.telling import channel, message
from tests.servers import free_port

PASSWORD = "s3cret-p4ss"


class Post:
    """A mail server: who may log in, whom it refuses, what it got."""

    def __init__(self, place: Path) -> None:
        self.got: list[tuple[list[str], EmailMessage]] = []
        self.answers: dict[str, str] = {}
        self.logins: list[tuple[str, str]] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(place / "cert.pem", place / "key.pem")

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a receiver, or refuse it."""
        assert (server, session, options) is not None
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        """Keep a mail."""
        assert (server, session) is not None
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=default)
        self.got.append((list(envelope.rcpt_tos), mail))
        return "250 queued as 7"

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Let one user in."""
        assert (server, session, envelope, mechanism) is not None
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == PASSWORD, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory with a certificate for 127.0.0.1 that signs itself, and its key."""
    place, now = tmp_path_factory.mktemp("tls"), datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    (place / "cert.pem").write_bytes(
        builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    (place / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return place


@pytest.fixture
def post(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """Give a mail server's handler; `serving` makes servers of it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    webhook.tls.cache_clear()
    yield Post(certificate)
    webhook.tls.cache_clear()


@pytest.fixture
def server(post: Post) -> Iterator[Controller]:
    """Run a server that wants STARTTLS and a login."""
    made = Controller(
        post,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=post.context,
        require_starttls=True,
        authenticator=post.login,
        auth_required=True,
    )
    made.start()
    yield made
    made.stop()


def sent(server: Controller, **target: Any) -> Delivery:
    """Send a mail by a server, with a login unless `target` says otherwise."""
    plain = {
        "kind": "email",
        "host": "127.0.0.1",
        "port": server.port,
        "user": "disparo",
        "password": PASSWORD,
        "sender": "disparo@example.org",
        "to": ["ops@example.org"],
        **target,
    }
    return send_now(channel(**plain), message(detail="Zeile eins: ü\nBcc: x@y.z"), most=1000)


def test_a_mail_goes_by_starttls_with_a_login(post: Post, server: Controller) -> None:
    """Its key is in its Message-ID, and says so at each attempt; other machines do not answer it."""
    done = sent(server, to=["ops@example.org", "boss@example.org"])
    told = "the server took it for ops@example.org, boss@example.org: OK: queued as 7"
    assert done.outcome is Outcome.ACCEPTED, done.detail
    assert done.detail.replace(": queued", ": OK: queued") == told
    [(receivers, mail)] = post.got
    assert receivers == ["ops@example.org", "boss@example.org"]
    assert post.logins == [("disparo", PASSWORD)]
    assert mail["Subject"] == "[Disparo] Check db is down"
    assert mail["Message-ID"] == f"<{'0123456789abcdef' * 2}@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Bcc"] is None
    lines = mail.get_content().splitlines()
    assert lines[:5] == ["Check db is down", "", "Zeile eins: ü", "Bcc: x@y.z", ""]
    assert lines[5].startswith("2026-03-02 12:00:00+00:00 · up -> down · rule all · alert 0123")


def test_a_wrong_password_is_refused_in_words(post: Post, server: Controller) -> None:
    """And is not told."""
    done = sent(server, password="another-s3cret")
    assert done.outcome is Outcome.REFUSED
    assert "look at user and password" in done.detail
    assert "s3cret" not in done.detail
    assert post.got == []


def test_receivers_that_are_refused_do_not_hold_up_the_others(
    post: Post, server: Controller
) -> None:
    """One is put off: it alone is tried again; one is refused for good: it is told of."""
    post.answers = {"later@example.org": "451 greylisted", "gone@example.org": "550 no such user"}
    to = ("ops@example.org", "later@example.org", "gone@example.org")
    done = sent(server, to=to)
    assert (done.outcome, done.remaining) == (Outcome.FAILED, ("later@example.org",))
    assert "later@example.org is put off: 451 greylisted" in done.detail
    assert "gone@example.org is refused: 550 no such user" in done.detail
    post.answers.pop("later@example.org")
    only = sent(server, to=("ops@example.org", "gone@example.org"))
    assert only.outcome is Outcome.ACCEPTED
    assert "gone@example.org is refused" in only.detail
    none = sent(server, to=("gone@example.org",))
    assert (none.outcome, none.remaining) == (Outcome.REFUSED, None)
    assert [receivers for receivers, _ in post.got] == [["ops@example.org"]] * 2


def test_a_server_that_offers_no_tls_gets_no_password(post: Post) -> None:
    """STARTTLS is asked for, or the mail does not go."""
    plain = Controller(post, hostname="127.0.0.1", port=free_port())
    plain.start()
    try:
        refused = sent(plain)
        taken = sent(plain, security="plain", user=None, password=None)
    finally:
        plain.stop()
    assert refused.outcome is Outcome.REFUSED
    assert "choose another `security`" in refused.detail
    assert taken.outcome is Outcome.ACCEPTED, taken.detail
    assert post.logins == []


def test_a_mail_goes_by_tls_from_the_first_byte_to_who_is_trusted(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate of somebody unknown is no mail server."""
    secure = Controller(post, hostname="127.0.0.1", port=free_port(), ssl_context=post.context)
    secure.start()
    try:
        taken = sent(secure, security="tls", user=None, password=None)
        monkeypatch.delenv("SSL_CERT_FILE")
        webhook.tls.cache_clear()
        unknown = sent(secure, security="tls", user=None, password=None)
    finally:
        secure.stop()
    assert taken.outcome is Outcome.ACCEPTED, taken.detail
    assert unknown.outcome is Outcome.FAILED
    assert "certificate" in unknown.detail.lower()
    assert len(post.got) == 1


def test_no_name_breaks_a_header() -> None:
    """A subject is one line, whatever a state is called."""
    target = Email(host="h", sender="a@b.c", to=("d@e.f",))
    made = written(target, message(after="down\r\nBcc: x@y.z", detail="\x00\ud800"))
    assert made["Subject"] == "[Disparo] Check db is down Bcc: x@y.z"
    assert made.as_bytes()
