"""Clients of the Showroom in a process of their own: distinct cases, each 200 answer in a log.

A line of the log is one answered request: the number that it sent, the status and the body. It is on
the disk before the next request leaves, so that what a client got is known whatever dies.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FEATURES = ("a", "b")
SPAN = 100_000_000
"""Numbers that one connection may send: no two send the same."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where the Showroom is asked, and by whom."""

    host: str = "127.0.0.1"
    port: int
    token: str = ""
    timeout: float = 60.0

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection, which is made when it is used."""
        return http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)

    @property
    def headers(self) -> dict[str, str]:
        """What shows who asks."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


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


def post(connection: http.client.HTTPConnection, number: int, door: Door) -> Answered:
    """Send one request, and read its answer."""
    body = json.dumps({"model": "m", "cases": [case(number)]})
    start = time.time()
    connection.request("POST", "/showroom/predictions", body, door.headers)
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

    def __init__(
        self,
        doors: Sequence[Door],
        log: Path,
        *,
        first: int,
        connections: int,
        pause: float = 0.0,
    ) -> None:
        """Share `connections` among the doors; each rests for `pause` after an answer."""
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.showroom.clients"],
            stdin=subprocess.PIPE,
            start_new_session=True,  # an interrupt at the terminal is for who started it
        )
        orders = {
            "doors": [asdict(one) for one in doors],
            "log": str(log),
            "first": first,
            "connections": connections,
            "pause": pause,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(orders).encode())
        self._process.stdin.close()

    def stop(self) -> None:
        """Let each connection end what it does."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(90) == 0

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

    def __init__(self, log: Path, pause: float) -> None:
        self._file = log.open("a", buffering=1)
        self._pause = pause
        self._writing = threading.Lock()
        self.stopping = threading.Event()

    def run(self, first: int, door: Door) -> None:
        """Send one request after the other, and write down what was answered."""
        number = first
        connection = door.connection()
        while not self.stopping.is_set():
            number += 1  # a case whose answer was cut off is never sent again
            try:
                found = post(connection, number, door)
            except (OSError, http.client.HTTPException):
                connection.close()
                self.stopping.wait(self._pause or 0.01)  # the service is being restarted
                continue
            self._keep(found)
            self.stopping.wait(self._pause if found.status == http.client.OK else 0.05)
        connection.close()

    def _keep(self, found: Answered) -> None:
        with self._writing:
            self._file.write(json.dumps(vars(found)) + "\n")
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write what is not yet written."""
        self._file.close()


def main() -> None:
    """Keep connections busy until told to stop."""
    orders = json.load(sys.stdin)
    doors = [Door(**one) for one in orders["doors"]]
    load = _Load(Path(orders["log"]), orders["pause"])
    signal.signal(signal.SIGTERM, lambda *_: load.stopping.set())
    threads = [
        threading.Thread(
            target=load.run, args=((orders["first"] + number) * SPAN, doors[number % len(doors)])
        )
        for number in range(orders["connections"])
    ]
    for thread in threads:
        thread.start()
    load.stopping.wait()
    for thread in threads:
        thread.join()
    load.close()


if __name__ == "__main__":
    main()
