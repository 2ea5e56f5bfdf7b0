"""Who dispatches all flights: pandas by hand, and Disparo in one process, in two, and on Slurm."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from app.clock import utc_now
from app.factory import Factory
from app.scheduler.launchers.together import Launchers
from app.settings import Settings
from app.values.dispatch import DispatchState
from benchmarks.dispatch.places import Place
from benchmarks.dispatch.taken import Taken, taking
from tests import flights
from tests.patience import await_that
from tests.slurm import cluster as clusters

QUERY = f"SELECT id, {flights.COLUMNS} FROM flights"  # noqa: S608 - constants
MODEL = "flight-delay"
LONGEST = 3600.0
"""Seconds after which a dispatch is given up."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the contenders share."""

    place: Place
    factory: Factory
    estimator: Any


Contender = Callable[[], Taken]


def by_hand(ground: Ground) -> Taken:
    """Collect, infer and deliver as a script would."""
    model, engine = ground.estimator, ground.place.engine
    with taking(ground.place.server) as taken:
        rows = pd.read_sql(QUERY, engine)
        answers = pd.DataFrame(model.predict_proba(rows[flights.INPUTS]), columns=model.classes_)
        answers.insert(0, "id", rows["id"])
        labels = answers[list(model.classes_)].to_numpy().argmax(axis=1)
        answers.assign(
            label=model.classes_[labels],
            model=MODEL,
            version=1,
            predicted_at=utc_now().replace(tzinfo=None),
        ).to_sql("by_hand", engine, index=False, if_exists="replace", chunksize=20_000)
    return taken


def dispatched(
    ground: Ground, wake: Callable[[], None], schedule: str, limit: int | None = None
) -> Taken:
    """Order a dispatch as the API does, into a table that is not there yet; wait for its end."""
    ground.place.drop(f"by_{schedule}")
    with taking(ground.place.server) as taken:
        ordered = ground.factory.dispatches.order(
            schedule, now=utc_now(), actor="benchmark", limit=limit
        ).id
        wake()
        get = ground.factory.dispatches.get
        await_that(lambda: get(ordered).state.is_final, LONGEST)
    record = get(ordered)
    if record.state is not DispatchState.SUCCEEDED:
        raise SystemExit(record.in_words())
    taken.memory = record.progress.peak_memory
    return taken


@contextmanager
def contenders(ground: Ground, *, slurm: bool) -> Iterator[dict[str, Contender | str]]:
    """Give the contenders by name; of one that cannot be there the reason."""
    for name, partitions, launcher in (
        ("one", 1, "local"),
        ("two", 2, "local"),
        ("slurm", 2, "slurm"),
    ):
        flights.schedule(
            ground.factory,
            name=name,
            launcher=launcher,
            partitions=partitions,
            collect={"query": QUERY, "window": None},
            deliver={"table": f"by_{name}", "mode": "upsert"},
        )
    lacking = "not asked for" if not slurm else clusters.missing()
    launchers = Launchers(ground.factory, clock=utc_now)
    launchers.start()
    run = partial(dispatched, ground, launchers.wake)
    try:
        run("one", limit=100)  # the warm process is there from now on
        yield {
            "pandas by hand": lambda: by_hand(ground),
            "one process": lambda: run("one"),
            "partitions: 2": lambda: run("two"),
            "two Slurm nodes": lacking or (lambda: run("slurm")),
        }
    finally:
        launchers.stop()


@contextmanager
def service(place: Place, directory: Path, estimator: Any, *, slurm: bool) -> Iterator[Factory]:
    """Give a service of its own that knows the place and the model."""
    os.environ["DISPARO_VAR"] = str(directory)
    with ExitStack() as stack:
        on_slurm = {}
        if slurm and clusters.missing() is None:
            cluster = stack.enter_context(clusters.cluster())
            on_slurm = {
                "enabled": True,
                "api": f"unix:{cluster.socket}",
                "conf": str(cluster.conf),
                "program": str(Path(sys.executable).parent / "disparo"),
                "environment": {"DISPARO_VAR": str(directory)},
            }
        settings = Settings(dispatch={"nice": 0}, slurm=on_slurm)  # nor is pandas nice
        factory = Factory(settings, directory)
        stack.callback(factory.close)
        factory.upgrade_schema()
        flights.register(factory, directory, estimator)
        factory.sources.add("place", place.connection, "", actor="benchmark", now=utc_now())
        yield factory
