"""Certificates: the days that they have left, and why one is refused."""

import socket
import ssl
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.values.check import HttpTarget, Reading
from tests.monitor.authority import NOW, Authority
from tests.monitor.listeners import Handler, answering, received, serving, silent
from tests.monitor.looks import look, probes, resolving

NAMES = resolving(shop_test=["127.0.0.1"])


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Give an authority that this machine trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def asked(
    context: ssl.SSLContext,
    *,
    handler: Handler | None = None,
    host: str = "shop.test",
    **other: Any,
) -> Reading:
    """Look at https://shop.test with the certificate of a context."""
    timeout = other.pop("timeout", 20.0)
    with serving(handler or answering(), context) as port:
        target = HttpTarget(url=f"https://{host}:{port}/", **other)
        return look(probes(lookup=NAMES), target, timeout)


@pytest.mark.parametrize("host", ["shop.test", "127.0.0.1"])
def test_the_days_that_are_left_are_a_fact(authority: Authority, host: str) -> None:
    """A certificate may be for a name or for an address."""
    reading = asked(authority.serving("shop.test", "127.0.0.1"), host=host)
    assert reading.ok, reading
    assert reading.warning is None
    assert reading.facts["certificate_days"] == 90.0
    assert reading.facts["certificate_ends"] == (NOW + timedelta(days=90)).isoformat()
    assert {"connect", "tls", "answer"} <= {step.step for step in reading.steps}


@pytest.mark.parametrize(
    ("days", "least", "words"),
    [
        (5.5, 14, "in 5 days"),
        (1.5, 14, "in 1 day"),
        (0.5, 1, "in less than a day"),
        (5.5, 5, None),
        (0.5, 0, None),
    ],
)
def test_a_certificate_that_ends_soon_degrades(
    authority: Authority, days: float, least: int, words: str | None
) -> None:
    """The bound is the check's own."""
    reading = asked(authority.serving("shop.test", days=days), certificate_days=least)
    assert reading.ok
    day = f"{NOW + timedelta(days=days):%Y-%m-%d}"
    assert reading.warning == (words and f"the certificate ends {words}, on {day}; renew it")


def test_an_expired_certificate_is_down_and_tells_since_when(authority: Authority) -> None:
    """Days below zero are since how long."""
    reading = asked(authority.serving("shop.test", days=-3))
    assert reading.failed_step == "tls"
    day = f"{NOW - timedelta(days=3):%Y-%m-%d}"
    assert (
        reading.detail == f"the certificate of shop.test expired on {day}; renew it on the server"
    )
    assert reading.facts["certificate_days"] == -3.0


def test_a_certificate_of_the_future_is_told(authority: Authority) -> None:
    """Mostly a clock is wrong."""
    begins = NOW + timedelta(days=2)
    reading = asked(authority.serving("shop.test", begins=begins))
    assert reading.failed_step == "tls"
    assert f"does not hold yet until {begins:%Y-%m-%d}; compare the clocks" in reading.detail


def test_a_self_signed_certificate_is_told(authority: Authority) -> None:
    """With the days that it has left all the same."""
    reading = asked(authority.serving("shop.test", self_signed=True))
    assert reading.failed_step == "tls"
    assert "the certificate of shop.test is self-signed" in reading.detail
    assert reading.facts["certificate_days"] == 90.0


@pytest.mark.usefixtures("authority")
def test_an_authority_that_nobody_knows_is_named(tmp_path: Path) -> None:
    """So that somebody can make it known."""
    reading = asked(Authority(tmp_path, "Other Authority").serving("shop.test"))
    assert reading.failed_step == "tls"
    assert "is of an authority that this machine does not trust (CN=Other Authority)" in (
        reading.detail
    )
    assert reading.facts["certificate_days"] == 90.0


@pytest.mark.parametrize("host", ["shop.test", "127.0.0.1"])
def test_a_certificate_for_another_host_names_whom_it_is_for(
    authority: Authority, host: str
) -> None:
    """Some of them, where there are many."""
    names = [f"n{number}.test" for number in range(9)]
    reading = asked(authority.serving(*names), host=host)
    assert reading.failed_step == "tls"
    assert f"is for n0.test, n1.test, n2.test, n3.test, n4.test and 4 more, and not for {host}" in (
        reading.detail
    )


def test_a_port_without_tls_is_told(authority: Authority) -> None:
    """And the other way round: https asked in plain."""

    def plain(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(plain) as port:
        reading = look(probes(), HttpTarget(url=f"https://127.0.0.1:{port}/"))
    assert reading.failed_step == "tls"
    assert "speaks no TLS on that port; correct the port, or write http://" in reading.detail
    with serving(answering(), authority.serving("shop.test")) as port:
        reading = look(probes(), HttpTarget(url=f"http://127.0.0.1:{port}/"))
    assert reading.failed_step == "protocol"


def test_a_server_that_says_nothing_instead_of_tls_times_out() -> None:
    """The handshake ends with the look's time."""
    with serving(silent) as port:
        reading = look(probes(), HttpTarget(url=f"https://127.0.0.1:{port}/"), timeout=0.4)
    assert reading.failed_step == "timeout"
    assert "tls" in {step.step for step in reading.steps}
    assert reading.seconds < 5


def test_a_server_that_breaks_off_is_told() -> None:
    """It hangs up in the middle of the handshake."""
    with serving(lambda connection: connection.close()) as port:
        reading = look(probes(), HttpTarget(url=f"https://127.0.0.1:{port}/"))
    assert reading.failed_step == "tls"
    assert "broke off while TLS was begun" in reading.detail


def test_a_server_of_old_versions_only_is_told(authority: Authority) -> None:
    """What is missing is told by the library's own words."""
    context = authority.serving("shop.test")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA256")  # needs an RSA key, and there is none
    reading = asked(context)
    assert reading.failed_step == "tls"
    assert "TLS with shop.test failed (" in reading.detail


def test_a_refused_certificate_is_told_though_it_is_not_shown_again(authority: Authority) -> None:
    """The second connection, which only reads it, may fail; the look ends with its time."""
    context, first = authority.serving("shop.test", days=-3), threading.Event()

    def handler(connection: socket.socket) -> None:
        if first.is_set():
            silent(connection)
        first.set()
        with context.wrap_socket(connection, server_side=True):
            pass

    with serving(handler) as port:
        target = HttpTarget(url=f"https://shop.test:{port}/")
        reading = look(probes(lookup=NAMES), target, timeout=1.0)
    assert reading.detail == "the certificate of shop.test expired; renew it on the server"
    assert reading.seconds < 6


def test_a_client_certificate_that_is_wanted_is_missed(authority: Authority) -> None:
    """By TLS 1.3 the server says so only after the handshake."""
    context = authority.serving("shop.test")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    reading = asked(context)
    assert reading.failed_step in {"tls", "protocol"}
    assert "CERTIFICATE_REQUIRED" in reading.detail.upper().replace(" ", "_")


def test_of_several_certificates_the_first_to_end_counts(authority: Authority) -> None:
    """A redirect leads from a host whose certificate ends soon to one whose does not."""

    def there(connection: socket.socket) -> None:
        received(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with serving(there, authority.serving("shop.test", days=80)) as port:
        away = answering("301 Moved", Location=f"https://shop.test:{port}/")
        reading = asked(authority.serving("shop.test", days=9), handler=away, redirects=1)
    assert reading.ok
    assert reading.facts["certificate_days"] == 9.0
    assert reading.warning is not None


def test_a_file_of_trust_that_is_not_there_stops_nothing(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is trusted then, or whom the machine trusts; looks go on."""
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    monkeypatch.setenv("SSL_CERT_DIR", "/no/such/directory")
    reading = asked(authority.serving("shop.test"))
    assert reading.failed_step == "tls"
    assert "does not trust" in reading.detail
