"""A contender's server while it runs: started on its core, asked, weighed and stopped."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.showroom.contender import Contender, Launch, Place
from benchmarks.showroom.failures import Unusable
from benchmarks.showroom.load import Load, press
from benchmarks.showroom.models import COMPARED, Model
from tests.servers import Server, free_port

START_SECONDS = 120.0
STOP_SECONDS = 10.0
TOLERANCE = 1e-9
"""By how much a probability may differ from the pipeline called by hand, one case at a time.

Linear algebra adds up in another order for other sizes of batch.
"""


@dataclass(frozen=True, kw_only=True)
class Cores:
    """Which core serves, and which makes the load."""

    server: int
    load: int


@dataclass(frozen=True, kw_only=True)
class Running:
    """A server that answers."""

    contender: Contender
    model: Model
    process: psutil.Process
    url: str
    bodies: Path
    cores: Cores
    start: float
    """Seconds from the command to the first answer."""

    def press(self, connections: int, seconds: int) -> Load:
        """Ask for some seconds."""
        return press(
            self.url,
            self.bodies,
            connections=connections,
            seconds=seconds,
            core=self.cores.load,
        )

    def memory(self) -> int:
        """Return the resident bytes of the server and its children, added up."""
        total = 0
        for process in family(self.process):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total

    def check(self) -> None:
        """Compare answers to distinct cases, many asked at once, with the pipeline's own.

        Raises Unusable for an answer that is not 200, or not its own request's.
        """
        with httpx.Client(timeout=60) as client, ThreadPoolExecutor(COMPARED // 2) as pool:
            list(pool.map(lambda number: self._check(client, number), range(COMPARED)))

    def _check(self, client: httpx.Client, number: int) -> None:
        body = self.contender.body(self.model, self.model.cases[number])
        answer = client.post(self.url, json=body)
        if answer.status_code != httpx.codes.OK:
            raise Unusable(f"it answers {answer.status_code}: {answer.text[:300]}")
        if self.contender.chances is None:
            return
        found = self.contender.chances(self.model, answer.json())
        known = self.model.by_hand[number]
        pairs = zip(found, known, strict=True)
        if any(abs(one - other) > TOLERANCE for one, other in pairs):
            raise Unusable(f"case {number}: it answers {found}, and the pipeline {known}")


@contextmanager
def place(mariadb: Server | None) -> Iterator[Place]:
    """Yield an empty directory and a free port for one server."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        yield Place(directory=Path(name), port=free_port(), mariadb=mariadb)


@contextmanager
def serving(contender: Contender, model: Model, place: Place, cores: Cores) -> Iterator[Running]:
    """Run a contender's server, and yield it once it has answered a case. Raises Unusable."""
    launch = contender.launch(model, place)
    bodies = place.directory / "bodies"
    with bodies.open("w") as file:
        file.writelines(f"{_line(contender.body(model, case))}\n" for case in model.cases)
    url = f"http://127.0.0.1:{place.port}{contender.path(model)}"
    log = place.directory / "log"
    began = time.perf_counter()
    with _process(launch, cores.server, log) as process:
        _await_answer(process, url, bodies, log)
        yield Running(
            contender=contender,
            model=model,
            process=process,
            url=url,
            bodies=bodies,
            cores=cores,
            start=time.perf_counter() - began,
        )


def _line(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"))


@contextmanager
def _process(launch: Launch, core: int, log: Path) -> Iterator[psutil.Process]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *launch.command],
            env={**os.environ, **launch.environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    seen = psutil.Process(process.pid)
    try:
        yield seen
    finally:
        _stop(seen)
        process.wait()


def _stop(process: psutil.Process) -> None:
    everyone = family(process)
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGTERM)
    _, left = psutil.wait_procs(everyone, timeout=STOP_SECONDS)
    for one in left:
        with suppress(psutil.NoSuchProcess):
            one.kill()


def family(process: psutil.Process) -> list[psutil.Process]:
    """Return a process and all its descendants."""
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return [process]


def _await_answer(process: psutil.Process, url: str, bodies: Path, log: Path) -> None:
    with bodies.open() as lines:
        first = lines.readline()
    headers = {"Content-Type": "application/json"}
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.status() == psutil.STATUS_ZOMBIE:
            break
        with suppress(httpx.TransportError):
            if httpx.post(url, content=first, headers=headers, timeout=60).is_success:
                return
        time.sleep(0.02)
    words = log.read_text(errors="replace")[-2000:]
    raise Unusable(f"it gave no answer within {START_SECONDS:.0f} s; it said:\n{words}")
