"""Clients of the Showroom in a process of their own: distinct cases, each 200 answer in a log.

A line of the log is one answered request: the number that it sent, the status and the body.
"""

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEATURES = ("a", "b")
SPAN = 100_000_000
"""Numbers that one connection may send: no two send the same."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One line of the log."""

    number: int
    at: float
    """When it came, by time.time."""
    seconds: float
    """How long it took."""
    status: int
    kind: str
    body: Any


def case(number: int) -> dict[str, float]:
    """Return the case of a number: no other number has its like."""
    return {"a": float(number), "b": (number * 7919 % 10_007) / 10_007}


def post(connection: http.client.HTTPConnection, number: int) -> Answered:
    """Send one request, and read its answer."""
    body = json.dumps({"model": "m", "cases": [case(number)]})
    start = time.time()
    connection.request("POST", "/showroom/predictions", body)
    with connection.getresponse() as response:
        found = response.read()
    now = time.time()
    return Answered(
        number=number,
        at=now,
        seconds=now - start,
        status=response.status,
        kind=response.headers.get_content_type(),
        body=json.loads(found),
    )


class Clients:
    """A process that keeps some connections busy, as the one that starts it sees it."""

    def __init__(self, port: int, log: Path, *, first: int, connections: int) -> None:
        self._log = log
        command = [sys.executable, "-m", "tests.showroom.clients"]
        self._process = subprocess.Popen(
            [*command, str(port), str(log), str(first), str(connections)]
        )

    def stop(self) -> None:
        """Let each connection end what it does."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 0

    def kill(self) -> None:
        """End at once, when a test has failed."""
        self._process.kill()
        self._process.wait()

    def answers(self) -> Iterator[Answered]:
        """Return what is in the log."""
        if self._log.exists():
            with self._log.open() as lines:
                for line in lines:
                    if line.endswith("\n"):
                        yield Answered(**json.loads(line))


class _Load:
    """The threads of this process, each with a connection."""

    def __init__(self, port: int, log: Path) -> None:
        self._port = port
        self._file = log.open("a", buffering=1)
        self._writing = threading.Lock()
        self.stopping = threading.Event()

    def run(self, first: int) -> None:
        """Send one request after the other, and write down what was answered."""
        number = first
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self.stopping.is_set():
            number += 1  # a case whose answer was cut off is never sent again
            try:
                found = post(connection, number)
            except (OSError, http.client.HTTPException):
                connection.close()
                self.stopping.wait(0.01)  # the service is being restarted
                continue
            with self._writing:
                self._file.write(json.dumps(vars(found)) + "\n")
            if found.status != http.client.OK:
                self.stopping.wait(0.05)
        connection.close()

    def close(self) -> None:
        """Write what is not yet written."""
        self._file.close()


def main() -> None:
    """Keep connections busy until told to stop."""
    port, log, first, connections = sys.argv[1:]
    load = _Load(int(port), Path(log))
    signal.signal(signal.SIGTERM, lambda *_: load.stopping.set())
    threads = [
        threading.Thread(target=load.run, args=((int(first) + number) * SPAN,))
        for number in range(int(connections))
    ]
    for thread in threads:
        thread.start()
    load.stopping.wait()
    for thread in threads:
        thread.join()
    load.close()


if __name__ == "__main__":
    main()
