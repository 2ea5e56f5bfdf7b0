"""How late looks begin and results come, and what it costs: `make bench-monitor`.

A real service on a private MariaDB looks at many checks: of hosts, of URLs, of the MariaDB and of
the disk, which all answer at once, and with `--dead` of ports that drop all packets besides, which
cost a thread for their whole time-out. What answers is in this process, so that the service's
processor time is that of the Monitor alone. `--probes` measures single probes instead.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.settings import load_settings
from app.values.check import Check
from benchmarks.scheduler import observe, running, wait_for
from tests import servers
from tests.monitor.listeners import dropping

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n" + b'{"state": "up"}'
SHARES = ("host", "http", "http", "host", "host", "http", "host", "http", "database", "disk")
"""What kinds the checks are of, in turns."""


@dataclass(frozen=True, kw_only=True)
class Late:
    """Seconds after looks were due."""

    begun: list[float]
    judged: list[float]
    recorded: list[float]


@contextmanager
def answering() -> Iterator[int]:
    """Answer every connection as a small HTTP server does; yield the port."""
    loop = asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # a check of a host hangs up at once
        finally:
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)


def target(kind: str, port: int) -> dict[str, Any]:
    """Return a target that answers."""
    place = f"127.0.0.1:{port}"
    targets: dict[str, dict[str, Any]] = {
        "host": {"kind": "host", "address": "127.0.0.1", "port": port},
        "http": {
            "kind": "http",
            "url": f"http://{place}/health",
            "json_holds": {"pointer": "/state", "equals": "up"},
        },
        "database": {"kind": "database", "source": "own", "table": "checks"},
        "disk": {"kind": "disk", "degraded_below": 0, "down_below": 0},
        "dead": {"kind": "host", "address": "127.0.0.1", "port": port},
    }
    return targets[kind]


def declare(factory: Factory, kinds: Sequence[str], every: float, ports: dict[str, int]) -> None:
    """Write the checks."""
    for number, kind in enumerate(kinds):
        port = ports["dead" if kind == "dead" else "alive"]
        made = {"name": f"c{number:05}-{kind}", "target": target(kind, port), "every": every}
        check = Check.model_validate({**made, "timeout": min(10.0, every)})
        factory.checks.create(check, actor="benchmark", now=utc_now())


def late(notes: Path, answering: set[int], start: float, end: float) -> Late:
    """Return how late the looks at what answers were that were due between two moments."""
    written = json.loads(notes.read_text())
    ended: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for n, judged, recorded in written["ended"]:
        ended[n].append((judged, recorded))
    begun: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for n, due, at in written["begun"]:
        begun[n].append((due, at))
    found = Late(begun=[], judged=[], recorded=[])
    for n in answering & begun.keys():
        for (due, at), (judged, recorded) in zip(begun[n], ended[n], strict=False):
            if start <= due < end:
                found.begun.append(at - due)
                found.judged.append(judged - due)
                found.recorded.append(recorded - due)
    return found


def report(name: str, seconds: Sequence[float]) -> None:
    """Print one line."""
    ordered = sorted(seconds)
    p50, p99 = ordered[len(ordered) // 2], ordered[round((len(ordered) - 1) * 0.99)]
    print(f"{name:<22}{p50 * 1000:>10.0f}{p99 * 1000:>10.0f}{ordered[-1] * 1000:>10.0f}")


def of_loop(factory: Factory, asked: argparse.Namespace, ports: dict[str, int]) -> None:
    """Measure the Monitor as a whole, and print."""
    kinds = [SHARES[n % len(SHARES)] for n in range(asked.checks)] + ["dead"] * asked.dead
    declare(factory, kinds, asked.every, ports)
    notes = factory.state / "notes.json"
    port = {"DISPARO_SERVER__PORT": str(servers.free_port()), "DISPARO_AUTH__MODE": "none"}
    environment = {**os.environ, **port}
    command = [sys.executable, "-m", "benchmarks.observed_monitor", str(notes)]
    with running(command, environment) as process:
        wait_for(lambda: len(factory.watching.standings()) == len(kinds))
        time.sleep(asked.every)  # the first turn is over
        start, end, processor, memory = observe(process, asked.seconds)
        time.sleep(2 + (asked.every if asked.dead else 0))
    checks = factory.watching.agenda().checks
    alive = {one.id for one in checks if one.spec and not one.spec.name.endswith("dead")}
    found = late(notes, alive, start.timestamp(), end.timestamp())
    expected = round(asked.checks / asked.every * asked.seconds)
    dead = f" and {asked.dead} that drop packets" if asked.dead else ""
    print(f"{asked.checks} checks{dead} every {asked.every:g} s, for {asked.seconds:g} s")
    print(f"{len(found.begun):,} of {expected:,} looks at what answers")
    print(f"{'after it was due, ms':<22}{'p50':>10}{'p99':>10}{'worst':>10}")
    report("a look begins", found.begun)
    report("a result is there", found.judged)
    report("a result is on record", found.recorded)
    print(f"processor {processor * 100:.0f} % of a core, memory {memory / 2**20:.0f} MB")


def of_probes(factory: Factory, looks: int, port: int) -> None:
    """Measure each probe by itself, and print."""
    print(f"{'one look':<22}{'ms':>10}{'processor ms':>14}")
    for kind in sorted(set(SHARES)):
        check = Check.model_validate({"name": "one", "target": target(kind, port)})
        assert factory.looks.look(check, utc_now()).ok  # noqa: S101 - otherwise it is no measure
        clock, used = time.perf_counter(), time.thread_time()
        whole = time.process_time()
        for _ in range(looks):
            factory.looks.look(check, utc_now())
        took, used = time.perf_counter() - clock, time.thread_time() - used
        # A visit to a database has a thread of its own, and what answers shares the process.
        used = time.process_time() - whole if kind in {"database", "disk"} else used
        print(f"{kind:<22}{took / looks * 1000:>10.2f}{used / looks * 1000:>14.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=500)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--dead", type=int, default=0, help="checks of ports that drop packets")
    parser.add_argument("--probes", action="store_true", help="measure single probes")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        servers.mariadb() as server,
        answering() as port,
        dropping() as dead,
    ):
        admin = sa.create_engine(server.url.format(database="mysql"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE disparo")
        own = server.url.format(database="disparo")
        os.environ |= {"DISPARO_VAR": name, "DISPARO_DATABASE__URL": own}
        factory = Factory(load_settings(), Path(name))
        factory.upgrade_schema()
        factory.sources.add("own", own, "", actor="benchmark", now=utc_now())
        if asked.probes:
            of_probes(factory, 100, port)
        else:
            of_loop(factory, asked, {"alive": port, "dead": dead})
        factory.close()


if __name__ == "__main__":
    main()
