"""Real flights for tests: a model, and tables of any database."""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.services.pulse import Stop
from app.values.dispatch import Dispatch
from app.values.model import Registration
from app.values.schedule import Schedule
from examples.flights import dataset, pipeline

INPUTS = list(pipeline.INPUTS)
COLUMNS = ", ".join(INPUTS)
DAY = f"SELECT id, {COLUMNS} FROM flights WHERE scheduled_departure >= :window_start AND scheduled_departure < :window_end"  # noqa: S608 - constants
TYPES: dict[str, Any] = {
    "carrier": sa.String(2),
    "origin": sa.String(3),
    "dest": sa.String(3),
    "scheduled_departure": sa.DateTime(),
}


@cache
def all_flights() -> pd.DataFrame:
    """Return the 327,346 flights."""
    return dataset.read_flights(dataset.packaged_file())


@cache
def fitted() -> Any:
    """Return a small pipeline of the example's kind, trained on each tenth flight."""
    some = all_flights().iloc[::10]
    late = some["arr_delay"] > pipeline.LATE_MINUTES
    outcome = late.map({True: pipeline.LATE, False: pipeline.ON_TIME})
    return pipeline.train(some.assign(outcome=outcome), max_iter=20)


@cache
def _november() -> pd.DataFrame:
    flights = all_flights()
    return flights[flights["scheduled_departure"].between("2013-11-27", "2013-11-30")]


def november() -> pd.DataFrame:
    """Return the flights of three days around Thanksgiving."""
    return _november().copy()


@cache
def _sample() -> bytes:
    """Return the first flights, but those to an airport that a model is not to know."""
    known = all_flights()[INPUTS].head(2000)
    file = io.BytesIO()
    known[known["dest"] != "HNL"].head(1000).to_parquet(file)
    return file.getvalue()


@cache
def _file_of_fitted() -> bytes:
    file = io.BytesIO()
    joblib.dump(fitted(), file)
    return file.getvalue()


def write(flights: pd.DataFrame, engine: sa.Engine, table: str = "flights") -> None:
    """Write the flights' inputs to a table with an integer primary key."""
    rows = flights[["id", "scheduled_departure", *INPUTS]]
    types = TYPES if engine.dialect.name != "sqlite" else {}
    rows.head(0).to_sql(table, engine, index=False, if_exists="append", dtype=types)
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(rows.columns))
    insert = f"INSERT INTO {table} ({', '.join(rows.columns)}) VALUES ({marks})"  # noqa: S608
    with engine.begin() as connection:  # pandas would take three times as long
        connection.exec_driver_sql(insert, list(rows.itertuples(index=False, name=None)))


def register(
    factory: Factory, directory: Path, model: Any = None, name: str = "flight-delay"
) -> None:
    """Register a model trained on flights, by default the small pipeline."""
    file, sample = directory / f"{name}.joblib", directory / "sample.parquet"
    if model is None:
        file.write_bytes(_file_of_fitted())
    else:
        joblib.dump(model, file)
    sample.write_bytes(_sample())
    asked = Registration(name=name, filename=file.name, sample=sample)
    factory.models.register(file, asked, actor="test", now=utc_now())


def schedule(factory: Factory, **changes: Any) -> Schedule:
    """Declare a schedule that scores a day's flights; `changes` go over its fields."""
    spec: dict[str, Any] = {
        "name": "score",
        "model": "flight-delay",
        "timezone": "America/New_York",
        "collect": {
            "source": "place",
            "key": "id",
            "query": DAY,
            "window": {"start": "PT0S", "end": "P1D"},
        },
        "deliver": {"source": "place", "table": "predictions"},
    }
    for name, change in changes.items():
        spec[name] = {**spec.get(name, {}), **change} if isinstance(change, dict) else change
    made = Schedule.model_validate(spec)
    factory.schedules.declare(made, "test.yaml", now=utc_now())
    return made


def make_ready(factory: Factory, connection: str, engine: sa.Engine, directory: Path) -> None:
    """Let a service know a place with three days of flights, the model, and a schedule."""
    write(november(), engine)
    register(factory, directory)
    factory.sources.add("place", connection, "", actor="test", now=utc_now())
    schedule(factory)


def dispatch(
    factory: Factory, name: str = "score", slot: str = "2013-11-28", **options: Any
) -> Dispatch:
    """Order a dispatch and run it here: a service beside the test leaves it alone."""
    options = {"held": timedelta(minutes=5), **options}
    ordered = factory.dispatches.order(
        name, slot=datetime.fromisoformat(slot), now=utc_now(), actor="test", **options
    )
    return factory.execution.run(ordered.id, clock=utc_now, stop=Stop())


def read(engine: sa.Engine, query: str) -> Sequence[sa.Row[Any]]:
    """Return all rows of a query."""
    with engine.connect() as connection:
        return connection.execute(sa.text(query)).all()


def tables(engine: sa.Engine) -> set[str]:
    """Return the names of all tables."""
    return set(sa.inspect(engine).get_table_names())
