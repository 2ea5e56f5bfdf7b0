"""TLS by setting: a certificate of the test's own authority."""

import ssl
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.errors import ConfigurationError
from app.routers.listening import listening
from app.settings_sections import Server
from tests.hardening.listening_on import Echo, served
from tests.monitor.authority import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Give an authority that has issued a certificate for localhost, in `server.pem`."""
    made = Authority(tmp_path)
    before = set(tmp_path.glob("*.pem"))
    made.serving("localhost", "127.0.0.1")
    [issued] = set(tmp_path.glob("*.pem")) - before
    issued.rename(tmp_path / "server.pem")
    return made


def trusting(authority: Authority, **versions: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a client's context."""
    context = ssl.create_default_context(cafile=str(authority.file))
    for name, version in versions.items():
        setattr(context, name, version)
    return context


def test_the_service_speaks_tls(authority: Authority, tmp_path: Path) -> None:
    """A relative path starts at the state directory; plain HTTP at that port gets no answer."""
    server = Server(certificate=Path("server.pem"))
    with served(Echo(server), server, tmp_path) as port:
        answer = httpx.post(
            f"https://localhost:{port}/", content=b"x" * 100, verify=trusting(authority)
        )
        assert (answer.status_code, answer.text) == (200, "100")
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://localhost:{port}/")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"https://localhost:{port}/")


@pytest.mark.parametrize(
    ("oldest", "offered", "speaks"),
    [
        ("1.2", ssl.TLSVersion.TLSv1_2, True),
        ("1.3", ssl.TLSVersion.TLSv1_2, False),
        ("1.3", ssl.TLSVersion.TLSv1_3, True),
    ],
)
def test_nothing_older_is_spoken(
    authority: Authority,
    tmp_path: Path,
    oldest: str,
    offered: ssl.TLSVersion,
    speaks: bool,  # noqa: FBT001 - a table
) -> None:
    """By setting."""
    server = Server.model_validate({"certificate": "server.pem", "tls": oldest})
    context = trusting(authority, maximum_version=offered)
    with served(Echo(server), server, tmp_path) as port:
        if speaks:
            assert httpx.get(f"https://localhost:{port}/", verify=context).status_code == 200
        else:
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"https://localhost:{port}/", verify=context)


def test_what_cannot_be_used_is_told_at_the_start(authority: Authority, tmp_path: Path) -> None:
    """A file that is missing, that is none, a key that is another's, and one with a password."""
    key = ec.generate_private_key(ec.SECP256R1())
    form, pem = serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    none, some = serialization.NoEncryption(), serialization.BestAvailableEncryption(b"p4ss")
    (tmp_path / "other.key").write_bytes(key.private_bytes(pem, form, none))
    (tmp_path / "locked.key").write_bytes(key.private_bytes(pem, form, some))
    (tmp_path / "none.pem").write_text("hello")
    assert authority
    for certificate, own_key, words in (
        ("gone.pem", None, "No such file"),
        ("none.pem", None, "cannot be used"),
        ("server.pem", "other.key", "KEY_VALUES_MISMATCH"),
        ("server.pem", "locked.key", "the key has a password"),
        (None, "other.key", "server.certificate is not"),
    ):
        server = Server.model_validate({"certificate": certificate, "key": own_key})
        with pytest.raises(ConfigurationError, match=words):
            listening(server, tmp_path)
