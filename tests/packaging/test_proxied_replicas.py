"""deploy/haproxy.cfg before three replicas: they are replaced one by one, and no request fails."""

import http.client
import re
import shutil
import subprocess
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests import servers
from tests.conftest import require
from tests.patience import await_that
from tests.records import create_database
from tests.replicas import Replica
from tests.showroom.clients import Answered, Door, post
from tests.showroom.house import furnished
from tests.showroom.verdict import judged

CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy/haproxy.cfg"
CLIENTS = 3
SECONDS = 60.0


def configured(replicas: Sequence[Replica], port: int) -> str:
    """Return the proxy's file for replicas on this machine, and for nothing else changed."""
    text = CONFIGURATION.read_text().partition("\nresolvers docker\n")[0]
    lines = "\n".join(
        f"    server replica{n} 127.0.0.1:{one.port}" for n, one in enumerate(replicas)
    )
    text, templates = re.subn(r" +server-template .*", lines, text)
    text, binds = re.subn(r"bind :8000", f"bind 127.0.0.1:{port}", text)
    assert (templates, binds) == (1, 1)
    return text + "\n"


@contextmanager
def proxy(replicas: Sequence[Replica], directory: Path) -> Iterator[int]:
    """Run the proxy; give its port."""
    port, file = servers.free_port(), directory / "haproxy.cfg"
    file.write_text(configured(replicas, port))
    command = ["haproxy", "-db", "-f", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield port
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


@dataclass
class Crowd:
    """Clients that ask one after the other, and what became of it."""

    port: int
    answers: list[Answered] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, first: int) -> None:
        """Ask until it is over, on a connection that is kept as long as it holds."""
        door, number = Door(port=self.port, timeout=SECONDS), first
        connection = door.connection()
        while not self.over.wait(0.02):
            number += 1
            try:
                self.answers.append(post(connection, number, door))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let them ask meanwhile."""
        threads = [threading.Thread(target=self.ask, args=(n * 1_000_000,)) for n in range(CLIENTS)]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self.over.set()
            for one in threads:
                one.join()


def first_event(port: int) -> str:
    """Return what the Monitor's stream begins with, as it comes through the proxy."""
    url = f"http://127.0.0.1:{port}/monitor/stream"
    with httpx.stream("GET", url, timeout=SECONDS) as stream:
        return next(line for line in stream.iter_lines() if line.startswith("event:"))


@pytest.mark.timeout(300)
def test_replicas_are_replaced_without_a_failed_request(
    mariadb: servers.Server, tmp_path: Path
) -> None:
    """Each is told to stop and started again while clients ask: all are answered with 200."""
    require("haproxy", there=shutil.which("haproxy") is not None)
    name = f"proxied{uuid.uuid4().hex}"
    create_database(mariadb.url.format(database="mysql"), name)
    url = mariadb.url.format(database=name)
    with furnished(tmp_path, url) as house, ExitStack() as stack:
        replicas = [Replica(house.environment, log=tmp_path / "log") for _ in range(3)]
        for one in replicas:
            stack.callback(one.kill)
            one.start()
        for one in replicas:
            one.await_live()
        crowd = Crowd(port=stack.enter_context(proxy(replicas, tmp_path)))
        await_that(lambda: is_answered(crowd.port), SECONDS)
        with crowd.asking():
            assert first_event(crowd.port) == "event: document"
            for one in replicas:
                one.ask_to_end()
                one.await_end(SECONDS)
                one.start()
                one.await_live()
        verdict = judged(crowd.answers, house.records())
    assert (crowd.failures, verdict.refused) == ([], {})
    assert verdict.answered
    assert (verdict.without_record, verdict.differing) == ([], [])


def is_answered(port: int) -> bool:
    """Tell whether the proxy has found a replica."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/live").is_success
    except httpx.TransportError:
        return False
