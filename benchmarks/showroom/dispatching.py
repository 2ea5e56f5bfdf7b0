"""What a running dispatch of all flights does to the Showroom's p99.

The dispatch is `disparo dispatch run`, and shares the server's core: the hardest case. The flights
are in an SQLite file; what the dispatch costs is measured from its own processes.
"""

import dataclasses
import os
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import psutil
import sqlalchemy as sa

from app.clock import utc_now
from benchmarks.showroom import models
from benchmarks.showroom.contender import Contender, Launch, Place, Role
from benchmarks.showroom.contenders.disparo import disparo, service
from benchmarks.showroom.load import Load
from benchmarks.showroom.models import Model
from benchmarks.showroom.running import Cores, Running, place, serving
from tests import flights
from tests.servers import Server

CONNECTIONS = 16
START_SECONDS = 30.0
QUERY = f"SELECT id, {flights.COLUMNS} FROM flights"  # noqa: S608 - constants


def measure(
    chosen: Sequence[Contender], mariadb: Server | None, cores: Cores, seconds: int, rounds: int
) -> None:
    """Measure each of our contenders with M2, and print it."""
    model = models.get("m2")
    for contender in chosen:
        if contender.role is not Role.OURS:
            continue
        ready = dataclasses.replace(contender, launch=_with_flights(contender.launch))
        with place(mariadb) as where, serving(ready, model, where, cores) as running:
            running.check()
            running.press(CONNECTIONS, seconds)
            _alternate(running, where, seconds, rounds)


def _with_flights(
    launch: Callable[[Model, Place], Launch],
) -> Callable[[Model, Place], Launch]:
    """Return a launch that also declares a dispatch of all flights."""

    def prepared(model: Model, where: Place) -> Launch:
        made = launch(model, where)
        source = f"sqlite:///{where.directory / 'flights.sqlite'}"
        flights.write(flights.all_flights(), sa.create_engine(source))
        with service(made.environment) as factory:
            factory.sources.add("place", source, "", actor="benchmark", now=utc_now())
            collect = {"query": QUERY, "window": None}
            flights.schedule(factory, name="all", model=model.name, collect=collect)
        return made

    return prepared


def _alternate(running: Running, where: Place, seconds: int, rounds: int) -> None:
    quiet, busy, shares = [], [], []
    for _ in range(rounds):
        quiet.append(running.press(CONNECTIONS, seconds))
        load, share = _pressed_beside_a_dispatch(running, where, seconds)
        busy.append(load)
        shares.append(share)
    _print(running.contender.name, quiet, busy, statistics.median(shares))


def _pressed_beside_a_dispatch(running: Running, where: Place, seconds: int) -> tuple[Load, float]:
    """Press while a dispatch runs on the server's core; return its share of that core too."""
    process = psutil.Popen(
        ["taskset", "-c", str(running.cores.server), disparo(), "dispatch", "run", "all"],
        env=os.environ | {"DISPARO_VAR": str(where.directory)} | _database(running),
        stdout=(where.directory / "dispatch.log").open("wb"),
        stderr=-2,
        start_new_session=True,  # as the launcher has it
    )
    try:
        _await_begin(process)
        before = _used(process)
        load = running.press(CONNECTIONS, seconds)
        return load, (_used(process) - before) / seconds
    finally:
        process.kill()
        process.wait()


def _await_begin(process: psutil.Popen) -> None:
    """Wait until the program has loaded and gives way; the service's own are forked loaded."""
    deadline = time.monotonic() + START_SECONDS
    while process.nice() <= 0 and time.monotonic() < deadline:
        time.sleep(0.05)


def _database(running: Running) -> dict[str, str]:
    environment = running.process.environ()
    name = "DISPARO_DATABASE__URL"
    return {name: environment[name]} if name in environment else {}


def _used(process: psutil.Process) -> float:
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        for one in [process, *process.children(recursive=True)]:
            total += sum(one.cpu_times()[:2])
    return total


def _print(name: str, quiet: Sequence[Load], busy: Sequence[Load], share: float) -> None:
    before = statistics.median(load.p99 for load in quiet)
    beside = statistics.median(load.p99 for load in busy)
    raised = beside / before - 1
    print(
        f"{name} m2, {CONNECTIONS} connections: p99 {before:.1f} ms alone, {beside:.1f} ms beside "
        f"a dispatch of all flights on the same core: {raised:+.0%}; it took {share:.0%} of "
        f"the core; {'held' if raised <= share else 'MISSED'}"
    )
