"""How fast the Showroom is, beside its peers, in one sitting: `make bench-showroom`.

One server process runs on one core, wrk on another. MariaDB runs on wrk's core: on a machine of its
own it would take nothing from the server either, and here what it takes, it takes from the load.
Each round starts each contender anew for each model, compares answers to distinct cases asked at
once with the pipeline's own, and presses it at each number of connections. Medians are printed.
"""

import argparse
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psutil

from benchmarks.showroom import dispatching, memory, models
from benchmarks.showroom.contender import Contender
from benchmarks.showroom.contenders import ALL
from benchmarks.showroom.failures import Unusable
from benchmarks.showroom.load import wrk
from benchmarks.showroom.models import Model
from benchmarks.showroom.report import Sitting, median_of, table, verdicts
from benchmarks.showroom.running import Cores, place, serving
from tests.servers import Server, restartable_mariadb

WARM_SECONDS = 1


def main() -> None:
    """Measure what was asked for, and print it."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers are stopped on the way out
    cores = Cores(server=asked.server_core, load=asked.load_core)
    chosen = [contender for contender in ALL if contender.name in asked.contenders]
    try:
        wrk()
        with _mariadb(chosen, cores) as mariadb:
            if asked.memory:
                memory.measure(chosen, models.get(asked.models[0]), mariadb, cores)
            elif asked.dispatch:
                dispatching.measure(chosen, mariadb, cores, asked.seconds, asked.rounds)
            else:
                _compare(asked, chosen, mariadb, cores)
    except Unusable as error:
        raise SystemExit(str(error)) from None


def _compare(
    asked: argparse.Namespace, chosen: Sequence[Contender], mariadb: Server | None, cores: Cores
) -> None:
    served = [models.get(name) for name in asked.models]
    found: dict[str, dict[Contender, list[Sitting]]] = {
        model.name: defaultdict(list) for model in served
    }
    left_out: dict[str, str] = {}
    for _ in range(asked.rounds):
        for model in served:
            for contender in chosen:
                if f"{contender.name} {model.name}" in left_out:
                    continue
                try:
                    sitting = _sit(contender, model, mariadb, cores, asked)
                    found[model.name][contender].append(sitting)
                except Unusable as error:
                    left_out[f"{contender.name} {model.name}"] = str(error)
                print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    _report(asked, served, found, left_out)


def _sit(
    contender: Contender,
    model: Model,
    mariadb: Server | None,
    cores: Cores,
    asked: argparse.Namespace,
) -> Sitting:
    with place(mariadb) as where, serving(contender, model, where, cores) as running:
        running.check()
        loads = {}
        for connections in asked.connections:
            running.press(connections, WARM_SECONDS)
            loads[connections] = running.press(connections, asked.seconds)
        return Sitting(start=running.start, memory=running.memory(), loads=loads)


@contextmanager
def _mariadb(chosen: Sequence[Contender], cores: Cores) -> Iterator[Server | None]:
    """Run a MariaDB on the load's core, one that really writes each commit to disk."""
    with ExitStack() as stack:
        server = None
        if any("mariadb" in contender.name for contender in chosen):
            server = stack.enter_context(restartable_mariadb()).server
            for thread in psutil.Process(server.process.pid).threads():
                os.sched_setaffinity(thread.id, {cores.load})
        yield server


def _report(
    asked: argparse.Namespace,
    served: Sequence[Model],
    found: dict[str, dict[Contender, list[Sitting]]],
    left_out: dict[str, str],
) -> None:
    print(
        f"Single-case requests, each another case; medians of {asked.rounds} interleaved rounds of "
        f"{asked.seconds} s.\nThe server on core {asked.server_core}; wrk and MariaDB on core "
        f"{asked.load_core}. `x best`: times the best of the rivals; MiB: the resident memory of "
        "all\nprocesses of the server after its loads; start: until its first answer."
    )
    lines = []
    for model in served:
        medians = {one: median_of(some) for one, some in found[model.name].items() if some}
        if medians:
            print("\n".join(table(model, medians)))
            lines += list(verdicts(model, medians))
    print("\n" + "\n".join(lines))
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-showroom", description=__doc__)
    names = [contender.name for contender in ALL]
    add = parser.add_argument
    add("--contenders", nargs="+", choices=names, default=names)
    add("--models", nargs="+", choices=list(models.MAKERS), default=list(models.MAKERS))
    add("--connections", nargs="+", type=int, default=[1, 16, 64])
    add("--seconds", type=int, default=5, help="of each load, after one second to warm up")
    add("--rounds", type=int, default=3)
    add("--server-core", type=int, default=0)
    add("--load-core", type=int, default=1)
    add("--memory", action="store_true", help="our memory after 50,000 and 500,000 requests")
    add("--dispatch", action="store_true", help="our p99 with and without a running dispatch")
    return parser.parse_args()


if __name__ == "__main__":
    main()
