"""What all tests share: real databases, and a service's parts with a state directory of their own."""

import gc
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import pytest
import skops.io  # before what is large: as it is imported, it looks through all that is there
import sqlalchemy as sa
from threadpoolctl import threadpool_limits

from app.db import schema
from app.db.engine import make_engine
from app.factory import Factory
from app.settings_sections import Database
from tests import read_once, servers, warm
from tests.asgi import Api
from tests.records import Records, create_database, quick_engine

assert skops.io
WAYS = (
    "sqlite",
    "sqlite-odbc",
    "mariadb",
    "mariadb-odbc",
    "postgresql",
    "postgresql-odbc",
)


_LEFT_BEHIND = """
SELECT 'SELECT pg_terminate_backend(' || pid || ')' FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
UNION ALL
SELECT 'DROP SCHEMA "' || nspname || '" CASCADE' FROM pg_namespace
WHERE nspname NOT LIKE 'pg!_%%' ESCAPE '!' AND nspname <> 'information_schema'
"""
"""Statements that end who still uses a database of PostgreSQL, and remove all that is in it."""
OPEN = ("DISPARO_AUTH__MODE", "none")
"""Who may do what is tested in tests/guard and tests/people; elsewhere anybody may."""


def pytest_xdist_auto_num_workers() -> int:
    """Return two workers more than there are cores: much of the time tests wait for processes."""
    return (os.cpu_count() or 1) + 2


def pytest_configure(config: pytest.Config) -> None:
    """Let the numeric libraries of tests use one thread: the workers keep all cores busy.

    Several threads that wait for each other on busy cores take many times as long. What runs a
    dispatch sets its own number (dispatch.threads).

    What processes are forked from is one for all workers, which take its place from here.
    """
    stack = ExitStack()
    stack.enter_context(warm.serving())
    config.add_cleanup(stack.close)
    os.environ.setdefault(*OPEN)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # for libraries that are loaded later
    threadpool_limits(1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let nobody look for garbage while all is imported: there is none."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each worker begin with tests that take long, so that no worker is left with one alone.

    Of all tests a worker is given one piece first, in their order, and of a piece's end the idle
    ones take what is left (xdist's `worksteal`): so the long ones are dealt out to the pieces.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1:
        return
    long = sorted((one for one in items if _seconds(one)), key=_seconds, reverse=True)
    quick = [one for one in items if not _seconds(one)]
    dealt, left = list[pytest.Item](), len(items)
    for piece in range(workers):
        size = left // (workers - piece)
        first = long[piece::workers]
        more = max(0, size - len(first))
        dealt += [*first, *quick[:more]]
        quick, left = quick[more:], left - size
    items[:] = [*dealt, *quick]


def _seconds(item: pytest.Item) -> float:
    """Return what the mark `slow` says that a test takes, 0 if it has none."""
    mark = item.get_closest_marker("slow")
    return 0.0 if mark is None else float(mark.args[0])


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what has been imported, which stays to the end.

    Else it looks at it again and again, which was a fifth of the workers' processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def _described_once() -> Iterator[None]:
    """Let the framework describe the same routes once: it takes a second each time."""
    import fastapi.applications
    from fastapi.openapi.utils import get_openapi

    with pytest.MonkeyPatch.context() as patch:
        once = read_once.described(get_openapi)
        patch.setattr(fastapi.applications, "get_openapi", once)
        yield


@pytest.fixture(autouse=True)
def _keeps_its_priority() -> Iterator[None]:
    """See that a test does not let its worker, and so all tests after it, give way to others."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    yield
    assert os.getpriority(os.PRIO_PROCESS, 0) == before, (
        "a command that runs in the tests' own process has lowered its priority: "
        "set DISPARO_DISPATCH__NICE to 0 for it"
    )


def require(package: str, *, there: bool, reason: str | None = None) -> None:
    """Skip a test whose system package is missing; with CI=true that is a failure."""
    if there:
        return
    reason = reason or f"the system package {package} is not installed"
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
    require("mariadb-server", there=servers.has_mariadb())
    with servers.mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[servers.Server]:
    """Run a PostgreSQL for this worker."""
    require("postgresql", there=any(Path("/usr/lib/postgresql").glob("*/bin/initdb")))
    with servers.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def _used_again(postgresql: servers.Server) -> str:
    name = f"t{uuid.uuid4().hex}"
    create_database(postgresql.url.format(database="postgres"), name)
    return name


@pytest.fixture
def emptied(postgresql: servers.Server, _used_again: str) -> str:
    """Give the name of an empty database of PostgreSQL, which copies 7 MB for each new one."""
    url = postgresql.url.format(database=_used_again)
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for (statement,) in connection.exec_driver_sql(_LEFT_BEHIND).all():
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"ALTER DATABASE {_used_again} RESET ALL")
        connection.exec_driver_sql("CREATE SCHEMA public")
        connection.exec_driver_sql("GRANT USAGE ON SCHEMA public TO public")
    return _used_again


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
    name = f"t{uuid.uuid4().hex}" if system == "mariadb" else request.getfixturevalue("emptied")
    if system == "mariadb":
        create_database(server.url.format(database="mysql"), name)
    engine = quick_engine(server.url.format(database=name))
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


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty state directory, and no settings but the defaults."""
    for name in list(os.environ):
        if name.startswith("DISPARO_"):
            monkeypatch.delenv(name)
    directory = tmp_path / "var"
    monkeypatch.setenv("DISPARO_VAR", str(directory))
    monkeypatch.setenv(*OPEN)
    return directory


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an embedded database with the schema and nothing in it, to copy: a migration takes long."""
    directory = tmp_path_factory.mktemp("migrated")
    engine = make_engine(Database(), directory)
    schema.upgrade(engine)
    engine.dispose()
    return directory / "disparo.sqlite"


@pytest.fixture(scope="session")
def records(mariadb: servers.Server) -> Records:
    """Give Disparo's own database on MariaDB, which tests use one after the other."""
    return Records(mariadb)


@pytest.fixture
def factory(state: Path, migrated: Path) -> Iterator[Factory]:
    """Give a service's parts on an empty embedded database."""
    state.mkdir()
    shutil.copy(migrated, state)
    made = Factory(read_once.settings(), state)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "mariadb"])
def anywhere(request: pytest.FixtureRequest, state: Path) -> Iterator[Factory]:
    """Give a service's parts on each database that Disparo keeps its records on."""
    if request.param == "sqlite":
        yield request.getfixturevalue("factory")
        return
    records: Records = request.getfixturevalue("records")
    os.environ["DISPARO_DATABASE__URL"] = records.empty()
    made = Factory(read_once.settings(), state)
    yield made
    made.close()
    os.environ.pop("DISPARO_DATABASE__URL", None)


on_sqlite = pytest.mark.parametrize("anywhere", ["sqlite"], indirect=True)
"""Not on each database: for what is answered before one is asked."""
on_mariadb = pytest.mark.parametrize("anywhere", ["mariadb"], indirect=True)
"""The same, for what has to reach one over a connection."""


@pytest.fixture
def api(anywhere: Factory) -> Iterator[Api]:
    """Give the application on each database, without its start."""
    from app.main import create_app

    assert anywhere
    application = create_app(read_once.settings())
    yield Api(application)
    application.factory.close()
