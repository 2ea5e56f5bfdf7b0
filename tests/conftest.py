"""What all tests share: real databases, and a service's parts with a state directory of their own."""

import os
import shutil
import uuid
from collections.abc import Iterator
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.factory import Factory
from app.settings import load_settings
from tests import servers
from tests.asgi import Api

WAYS = (
    "sqlite",
    "sqlite-odbc",
    "mariadb",
    "mariadb-odbc",
    "postgresql",
    "postgresql-odbc",
)


def require(package: str, *, there: bool) -> None:
    """Skip a test whose system package is missing; with CI=true that is a failure."""
    if there:
        return
    reason = f"the system package {package} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A fresh database, and the two ways to it: the tested one, and the test's own."""

    way: str
    connection: str
    engine: sa.Engine


@pytest.fixture(scope="session")
def mariadb() -> Iterator[servers.Server]:
    """Run a MariaDB for this worker."""
    require("mariadb-server", there=shutil.which("mariadbd", path="/usr/sbin:/usr/bin") is not None)
    with servers.mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.Server]:
    """Run a PostgreSQL for this worker."""
    require("postgresql", there=any(Path("/usr/lib/postgresql").glob("*/bin/initdb")))
    with servers.postgresql() as server:
        yield server


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Give a fresh database; the parameter says which, and how it is reached."""
    way: str = request.param
    if way.endswith("-odbc"):
        require("unixodbc", there=find_library("odbc") is not None)
    if way.startswith("sqlite"):
        yield _sqlite_place(way, tmp_path / "place.sqlite")
        return
    system = way.removesuffix("-odbc")
    server: servers.Server = request.getfixturevalue(system)
    name = f"t{uuid.uuid4().hex}"
    first = {"mariadb": "mysql", "postgresql": "postgres"}[system]
    _create_database(server.url.format(database=first), name)
    engine = sa.create_engine(server.url.format(database=name))
    connection = server.odbc if way.endswith("-odbc") else server.url
    yield Place(way=way, connection=connection.format(database=name), engine=engine)
    engine.dispose()


def _sqlite_place(way: str, path: Path) -> Place:
    path.touch()
    string = f"Driver=SQLite3;Database={path}" if way.endswith("odbc") else f"sqlite:///{path}"
    return Place(
        way=way,
        connection=string,
        engine=sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool),
    )


def _create_database(url: str, name: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty state directory, and no settings but the defaults."""
    for name in list(os.environ):
        if name.startswith("DISPARO_"):
            monkeypatch.delenv(name)
    directory = tmp_path / "var"
    monkeypatch.setenv("DISPARO_VAR", str(directory))
    return directory


@pytest.fixture
def factory(state: Path) -> Iterator[Factory]:
    """Give a service's parts on an empty embedded database."""
    made = Factory(load_settings(), state)
    made.upgrade_schema()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "mariadb"])
def anywhere(request: pytest.FixtureRequest, state: Path) -> Iterator[Factory]:
    """Give a service's parts on each database that Disparo keeps its records on."""
    if request.param == "mariadb":
        server: servers.Server = request.getfixturevalue("mariadb")
        os.environ["DISPARO_DATABASE__URL"] = own_database(server)
    made = Factory(load_settings(), state)
    made.upgrade_schema()
    yield made
    made.close()
    os.environ.pop("DISPARO_DATABASE__URL", None)


@pytest.fixture
def api(anywhere: Factory) -> Iterator[Api]:
    """Give the application on each database, without its start."""
    from app.main import create_app

    assert anywhere
    application = create_app(load_settings())
    yield Api(application)
    application.state.factory.close()


def own_database(server: servers.Server) -> str:
    """Create a database for Disparo's own records on a MariaDB; return its URL."""
    name = f"own{uuid.uuid4().hex}"
    _create_database(server.url.format(database="mysql"), name)
    return server.url.format(database=name)
