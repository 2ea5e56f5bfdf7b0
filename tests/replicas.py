"""Services in processes of their own, which tests kill, stop and start again."""

import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from http import HTTPStatus
from pathlib import Path

import httpx

from app.factory import Factory
from app.settings import load_settings
from tests import warm
from tests.patience import await_that
from tests.servers import free_port

START_SECONDS = 300.0
"""For a start on a machine whose cores are all busy."""


class Replica:
    """A service at an address of its own."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        host: str = "127.0.0.1",
        log: Path | None = None,
        directory: Path | None = None,
    ) -> None:
        """`environment` is all of its variables but the port; `log` takes what it says.

        By the working `directory` its processes, and all that they start, can be told from others.
        """
        self.host = host
        self.port = free_port()
        self.environment = {**environment, "DISPARO_SERVER__PORT": str(self.port)}
        self.process: warm.Process | None = None
        self._log = log
        self._directory = directory

    def start(self) -> None:
        """Start it."""
        with ExitStack() as stack:
            log = stack.enter_context(self._log.open("ab")) if self._log is not None else None
            self.process = warm.start(
                "serve",
                environment=self.environment,
                output=log,
                errors=log,
                directory=self._directory,
            )

    def kill(self) -> None:
        """Kill it at once, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def send(self, number: int) -> None:
        """Send it a signal."""
        if self.process is not None:
            self.process.send_signal(number)

    def ask_to_end(self) -> None:
        """Let it stop by itself."""
        self.send(signal.SIGTERM)

    def await_end(self, seconds: float) -> None:
        """Wait until it has stopped."""
        if self.process is not None:
            self.process.wait(seconds)

    def has_ended(self) -> bool:
        """Tell whether it was started, and is no more."""
        return self.process is not None and self.process.poll() is not None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.host}:{self.port}"

    def status(
        self, path: str, headers: Mapping[str, str] | None = None, *, seconds: float = 10.0
    ) -> int | None:
        """Ask something of it; return the status, None: it does not answer in time."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}{path}", headers=headers, timeout=seconds).status_code
        return None

    def await_live(self) -> None:
        """Wait until it answers."""
        address = f"{self.url}/health/live"
        with httpx.Client() as client:  # a new one for each question would keep a core busy

            def answers() -> bool:
                with suppress(httpx.TransportError):
                    return client.get(address).status_code == HTTPStatus.OK
                return False

            await_that(answers, START_SECONDS)


def factory_of(environment: Mapping[str, str]) -> Factory:
    """Return the parts that a service with these variables has."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        return Factory(load_settings(), Path(environment["DISPARO_VAR"]))
    finally:
        os.environ.clear()
        os.environ.update(before)
