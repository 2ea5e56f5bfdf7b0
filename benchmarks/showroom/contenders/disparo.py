"""This service: the default, a committed record before each answer, on SQLite and on MariaDB.

`disparo-off` keeps no record. The scheduler is off, and nothing but the Showroom is asked.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.settings import load_settings
from app.values.model import Registration
from benchmarks.showroom.contender import Contender, Launch, Place, Role
from benchmarks.showroom.contenders import mlserver
from benchmarks.showroom.contenders.plain import chances
from benchmarks.showroom.failures import Unusable
from benchmarks.showroom.models import Case, Model


def _own(model: Model, case: Case) -> Any:
    return {"model": model.name, "cases": [case]}


def _chances_of_tensors(_model: Model, answer: Any) -> list[float]:
    """Return the probabilities, whether they are one tensor or one for each class."""
    outputs = [one for one in answer["outputs"] if one["name"].startswith("probabilit")]
    return [value for one in outputs for value in one["data"]]


def _contender(
    name: str,
    durability: str,
    *,
    on_mariadb: bool,
    path: Callable[[Model], str] = lambda _: "/showroom/predictions",
    body: Callable[[Model, Case], Any] = _own,
    taken: Callable[[Model, Any], Sequence[float]] = chances,
) -> Contender:
    def launch(model: Model, place: Place) -> Launch:
        environment = {
            "DISPARO_VAR": str(place.directory),
            "DISPARO_SERVER__PORT": str(place.port),
            "DISPARO_SHOWROOM__DURABILITY": durability,
            "DISPARO_SCHEDULER__ENABLED": "false",
            "DISPARO_AUTH__MODE": "none",  # as the peers
        }
        if on_mariadb:
            environment["DISPARO_DATABASE__URL"] = _fresh_database(place)
        with service(environment) as factory:
            register(factory, model)
        return Launch(command=[disparo(), "serve"], environment=environment)

    return Contender(
        name=name,
        role=Role.OURS,
        launch=launch,
        path=path,
        body=body,
        chances=taken,
    )


@contextmanager
def service(environment: Mapping[str, str]) -> Iterator[Factory]:
    """Make the services that such an environment gives, with an up-to-date database."""
    with patch.dict(os.environ, environment):
        factory = Factory(load_settings())
        try:
            factory.upgrade_schema()
            yield factory
        finally:
            factory.close()


def register(factory: Factory, model: Model) -> None:
    """Register a model under its own name."""
    asked = Registration(name=model.name, filename=model.file.name, sample=model.sample)
    factory.models.register(model.file, asked, actor="benchmark", now=utc_now())


def disparo() -> str:
    """Return the command of this environment."""
    return str(Path(sys.executable).with_name("disparo"))


def _fresh_database(place: Place) -> str:
    if place.mariadb is None:
        raise Unusable("there is no MariaDB")
    engine = sa.create_engine(place.mariadb.url.format(database="mysql"))
    name = f"bench_{place.port}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return place.mariadb.url.format(database=name)


ON_SQLITE = _contender("disparo-sqlite", "committed", on_mariadb=False)
ON_MARIADB = _contender("disparo-mariadb", "committed", on_mariadb=True)
V2 = _contender(
    "disparo-v2", "committed", on_mariadb=False,
    path=mlserver.CONTENDER.path, body=mlserver.CONTENDER.body, taken=_chances_of_tensors,
)  # fmt: skip
"""The same by the Open Inference Protocol, asked as MLServer is."""
OFF = _contender("disparo-off", "off", on_mariadb=False)
