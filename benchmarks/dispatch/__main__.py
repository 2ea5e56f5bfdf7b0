"""How fast a dispatch is: `make bench-dispatch`, with e.g. ARGS="--rows 3300000 --runs 1".

All flights are read from a private database, predicted with the same fitted model, and every answer
is written back: by pandas by hand, and by Disparo in one process, in two and on two Slurm nodes, in
turn, beside each stage alone. The order changes from run to run; medians are printed. Rows beyond
the 327,346 are the same flights once more.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier

from benchmarks.dispatch import stages
from benchmarks.dispatch.contenders import MODEL, QUERY, Ground, contenders, service
from benchmarks.dispatch.places import SYSTEMS, WAYS, Place, many, place
from benchmarks.dispatch.taken import Taken
from examples.flights import pipeline
from tests import flights

Runs = dict[str, list[Taken]]


def estimator(trees: int | None) -> Any:
    """Return a model: boosted trees, which are fast, or a forest of so many, the slowest stage."""
    if trees is None:
        return flights.fitted()
    made = clone(flights.fitted())
    made.steps[-1] = ("trees", RandomForestClassifier(trees, max_depth=12, random_state=2013))
    some = flights.all_flights().iloc[::10]
    late = some["arr_delay"] > pipeline.LATE_MINUTES
    return made.fit(some[flights.INPUTS], late.map({True: "late", False: "on_time"}))


def measured(ground: Ground, asked: argparse.Namespace) -> tuple[Runs, dict[str, str]]:
    """Run everybody in turn; return what each took, and why others were not there."""
    runs: Runs = {}
    with contenders(ground, slurm=asked.slurm) as all_of:
        absent = {name: one for name, one in all_of.items() if isinstance(one, str)}
        present = [(name, one) for name, one in all_of.items() if not isinstance(one, str)]
        for number in range(asked.runs):
            for name, measure in (
                present[number % len(present) :] + present[: number % len(present)]
            ):
                runs.setdefault(name, []).append(measure())
                print(".", end="", file=sys.stderr, flush=True)
            for name, taken in stages.each(ground.place, ground.factory, MODEL, QUERY).items():
                runs.setdefault(f"{name} alone", []).append(taken)
    print(file=sys.stderr)
    return runs, absent


def report(at: Place, rows: int, runs: Runs, absent: dict[str, str]) -> None:
    """Print the medians, and what the goals speak of."""
    number = len(next(iter(runs.values())))
    print(f"\n{at.system} by {at.way}, {rows:,} flights, medians of {number} interleaved runs")
    print(
        f"{'':<18}{'rows/s':>12}{'seconds':>10}{'processor s':>14}{'server s':>10}{'memory MB':>11}"
    )
    walls = {}
    for name, taken in runs.items():
        walls[name] = statistics.median(one.wall for one in taken)
        client = statistics.median(one.client for one in taken)
        server = statistics.median(one.server for one in taken)
        held = [one.memory for one in taken if one.memory is not None]
        memory = f"{statistics.median(held) / 1e6:>11,.0f}" if held else f"{'':>11}"
        print(
            f"{name:<18}{rows / walls[name]:>12,.0f}{walls[name]:>10.2f}{client:>14.2f}"
            f"{server:>10.2f}{memory}"
        )
    for name, reason in absent.items():
        print(f"{name:<18}skipped: {reason}")
    slowest = max(walls[f"{name} alone"] for name in ("collect", "infer", "deliver"))
    print(
        f"one process: {walls['one process'] / slowest:.2f} times the slowest stage alone, "
        f"{walls['pandas by hand'] / walls['one process']:.2f} times as fast as pandas by hand; "
        f"two are {walls['one process'] / walls['partitions: 2']:.2f} times as fast as one",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[327_346])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--system", choices=SYSTEMS, nargs="+", default=list(SYSTEMS))
    parser.add_argument("--way", choices=WAYS, nargs="+", default=["sqlalchemy"])
    parser.add_argument("--forest", type=int, metavar="TREES", help="not boosted trees, but these")
    parser.add_argument("--slurm", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args()
    model = estimator(asked.forest)
    for rows in asked.rows:
        for system in asked.system:
            for way in asked.way:
                with (
                    tempfile.TemporaryDirectory() as name,
                    place(system, way, many(rows), Path(name)) as at,
                    service(at, Path(name), model, slurm=asked.slurm) as factory,
                ):
                    ground = Ground(place=at, factory=factory, estimator=model)
                    report(at, rows, *measured(ground, asked))


if __name__ == "__main__":
    main()
