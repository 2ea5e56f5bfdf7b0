"""Whether our memory grows: after 50,000 requests and after 500,000."""

from collections.abc import Sequence

from benchmarks.showroom.contender import Contender, Role
from benchmarks.showroom.models import Model
from benchmarks.showroom.running import Cores, Running, place, serving
from tests.servers import Server

MARKS = (50_000, 500_000)
CONNECTIONS = 64
SLICE_SECONDS = 2
GROWTH = 1.05
"""By how much it may have grown in between."""


def measure(
    chosen: Sequence[Contender], model: Model, mariadb: Server | None, cores: Cores
) -> None:
    """Measure each of our contenders, and print it."""
    for contender in chosen:
        if contender.role is not Role.OURS:
            continue
        with place(mariadb) as where, serving(contender, model, where, cores) as running:
            _follow(contender.name, model, running)


def _follow(name: str, model: Model, running: Running) -> None:
    done, failures = 0, 0
    seen: list[int] = []
    for mark in MARKS:
        while done < mark:
            load = running.press(CONNECTIONS, SLICE_SECONDS)
            done, failures = done + load.requests, failures + load.failures
        seen.append(running.memory())
        print(
            f"{name} {model.name}: {seen[-1] / 2**20:.1f} MiB after {done:,} requests, "
            f"{failures} failed",
            flush=True,
        )
    growth = seen[-1] / seen[0]
    verdict = "held" if growth <= GROWTH else "MISSED"
    print(f"{name} {model.name}: {growth - 1:+.1%}; wanted at most {GROWTH - 1:+.0%}: {verdict}")
