"""Receivers of alerts for tests: real servers that keep what they get and answer as they are told."""

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a receiver answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    hangs: bool = False
    """Whether nothing is answered until the receiver is closed."""


@dataclass(frozen=True, kw_only=True)
class Got:
    """A request that arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """The idempotency key."""
        return self.headers["Idempotency-Key"]


class Receiver:
    """A server for webhooks. It gives its answers in turn, and after them 200."""

    def __init__(self, answers: Sequence[Answer] = ()) -> None:
        self.got: list[Got] = []
        self._answers = list(answers)
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens, at a path that is secret."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hooks/s3cr3t-path"

    def taken(self) -> Counter[str]:
        """Return how often each key was answered with 200."""
        with self._lock:
            return Counter(self._taken)

    def close(self) -> None:
        """End."""
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, got: Got) -> Answer:
        """Keep a request; return the answer to it."""
        with self._lock:
            self.got.append(got)
            answer = self._answers.pop(0) if self._answers else Answer()
            if answer.status == 200:
                self._taken.append(got.key)
            return answer

    _taken: list[str]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self
        receiver._taken = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                headers, body = dict(self.headers), json.loads(content)
                answer = receiver.take(Got(path=self.path, headers=headers, body=body))
                if answer.hangs:
                    receiver.closing.wait()
                    return
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def receiving(*answers: Answer) -> Iterator[Receiver]:
    """Give a receiver."""
    receiver = Receiver(answers)
    try:
        yield receiver
    finally:
        receiver.close()
