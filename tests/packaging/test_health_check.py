"""What HEALTHCHECK of the image asks, of a server that answers as the service does."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scripts import health_check
from tests.monitor.authority import Authority

TOKEN = "disparo_of-the-probe"


class Service(BaseHTTPRequestHandler):
    """Says whether it is ready to who may know, and to everyone that it lives."""

    ready = 200
    live = 200

    def do_GET(self) -> None:
        """Answer."""
        may_know = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if self.path == "/health/live":
            self.send_response(self.live)
        else:
            self.send_response(self.ready if may_know else 401)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run the server; give its port."""
    server = HTTPServer(("127.0.0.1", 0), Service)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the server, and name its port."""
    with running() as port:
        monkeypatch.setenv("DISPARO_SERVER__PORT", str(port))
        yield


def test_without_a_token_it_is_enough_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not know whether it is ready is not told, and does not take it for ill."""
    assert health_check.main() == 0
    monkeypatch.setattr(Service, "live", 500)
    assert health_check.main() == 1


def test_with_a_token_it_must_be_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The token is a file's, as secrets of containers are."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("HEALTH_TOKEN_FILE", str(tmp_path / "token"))
    assert health_check.main() == 0
    monkeypatch.setattr(Service, "ready", 503)
    assert health_check.main() == 1


def test_where_nothing_answers_it_is_not_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port on which nobody listens."""
    monkeypatch.setenv("DISPARO_SERVER__PORT", "1")
    assert health_check.main() == 1


def test_under_tls_it_is_asked_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever the certificate says: it is this machine."""
    context = Authority(tmp_path).serving("disparo.example.org")
    with running(context) as port:
        monkeypatch.setenv("DISPARO_SERVER__PORT", str(port))
        assert health_check.main() == 0
