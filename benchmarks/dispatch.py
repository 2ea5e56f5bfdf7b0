"""How fast a dispatch is, beside pandas by hand, on one MariaDB in one run: `make bench-dispatch`.

Both read all flights over the network interface of a private MariaDB, predict with the same fitted
pipeline and write every prediction back. The two are interleaved, and medians are printed.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.services.pulse import Stop
from app.settings import load_settings
from app.values.dispatch import DispatchState, Progress
from tests import flights, servers

QUERY = f"SELECT id, {flights.COLUMNS} FROM flights"  # noqa: S608 - constants


def by_hand(engine: sa.Engine) -> dict[str, float]:
    """Collect, infer and deliver as a script would; return the seconds of each."""
    start = time.perf_counter()
    rows = pd.read_sql(QUERY, engine)
    collected = time.perf_counter()
    model = flights.fitted()
    answers = pd.DataFrame(model.predict_proba(rows[flights.INPUTS]), columns=model.classes_)
    answers.insert(0, "id", rows["id"])
    answers["label"] = model.classes_[answers[list(model.classes_)].to_numpy().argmax(axis=1)]
    inferred = time.perf_counter()
    answers.assign(
        model="flight-delay", version=1, predicted_at=utc_now().replace(tzinfo=None)
    ).to_sql("by_hand", engine, index=False, if_exists="replace", chunksize=20_000)
    end = time.perf_counter()
    return {
        "collect": collected - start,
        "infer": inferred - collected,
        "deliver": end - inferred,
        "whole": end - start,
    }


def by_disparo(factory: Factory) -> dict[str, float]:
    """Run a dispatch over the same rows; return the seconds of each stage."""
    ordered = factory.dispatches.order("all", now=utc_now(), actor="benchmark")
    start = time.perf_counter()
    record = factory.execution.run(ordered.id, clock=utc_now, stop=Stop())
    whole = time.perf_counter() - start
    if record.state is not DispatchState.SUCCEEDED:
        raise SystemExit(str(record.error))
    done: Progress = record.progress
    return {
        "collect": done.collect_seconds,
        "infer": done.infer_seconds,
        "deliver": done.deliver_seconds,
        "whole": whole,
    }


def prepare(
    server: servers.Server, way: str, directory: Path, rows: pd.DataFrame
) -> tuple[sa.Engine, Factory]:
    """Fill a database, and declare it to a service of its own."""
    with sa.create_engine(server.url.format(database="mysql")).begin() as connection:
        connection.exec_driver_sql("CREATE DATABASE flights")
    engine = sa.create_engine(server.url.format(database="flights"))
    flights.write(rows, engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE flights ADD PRIMARY KEY (id)")
    os.environ["DISPARO_VAR"] = str(directory)
    factory = Factory(load_settings(), directory)
    factory.upgrade_schema()
    flights.register(factory, directory)
    string = (server.odbc if way == "odbc" else server.url).format(database="flights")
    factory.sources.add("place", string, "", actor="benchmark", now=utc_now())
    flights.schedule(
        factory,
        name="all",
        collect={"query": QUERY, "window": None},
        deliver={"mode": "upsert"},
    )
    return engine, factory


def report(rows: int, runs: dict[str, list[dict[str, float]]]) -> None:
    """Print medians as rows a second, and the ratio of the wholes."""
    print(f"{rows:,} flights, MariaDB, median of {len(runs['disparo'])} interleaved runs")
    print(f"{'rows/s':<10}{'collect':>12}{'infer':>12}{'deliver':>12}{'whole':>12}{'seconds':>10}")
    wholes = {}
    for name, seconds in runs.items():
        median = {stage: statistics.median(run[stage] for run in seconds) for stage in seconds[0]}
        wholes[name] = median["whole"]
        cells = "".join(f"{rows / max(value, 1e-3):>12,.0f}" for value in median.values())
        print(f"{name:<10}{cells}{median['whole']:>10.2f}")
    print(f"disparo is {wholes['pandas'] / wholes['disparo']:.2f} times as fast as pandas by hand")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=327_346)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", choices=["odbc", "sqlalchemy"], default="odbc")
    asked = parser.parse_args()
    rows = flights.all_flights().head(asked.rows)
    with tempfile.TemporaryDirectory() as directory, servers.mariadb() as server:
        engine, factory = prepare(server, asked.way, Path(directory), rows)
        ways: dict[str, Callable[[], dict[str, float]]] = {
            "pandas": lambda: by_hand(engine),
            "disparo": lambda: by_disparo(factory),
        }
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
        for _ in range(asked.runs):
            for name, measure in ways.items():
                runs[name].append(measure())
                print(".", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        report(len(rows), runs)
        engine.dispose()
        factory.close()


if __name__ == "__main__":
    main()
