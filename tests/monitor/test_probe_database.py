"""Databases: each step is tried and timed, and what failed is told in words."""

import threading
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from app.errors import SourceError
from app.factory import Factory
from app.monitor import Bounds, Probes
from app.values.check import DatabaseTarget, Reading
from tests import servers
from tests.conftest import WAYS, Place
from tests.monitor.authority import NOW
from tests.monitor.listeners import dropping, refusing, serving, silent
from tests.monitor.looks import look, probes
from tests.patience import await_that
from tests.records import create_database

everywhere = pytest.mark.parametrize("place", WAYS, indirect=True)
SHORT = 0.4
DOORS = {
    "mariadb": "mysql+pymysql://u:s3cret@127.0.0.1:{port}/d",
    "mariadb-odbc": "Driver=MariaDB Unicode;Server=127.0.0.1;Port={port};User=u;Password=s3cret",
    "postgresql": "postgresql+psycopg://u:s3cret@127.0.0.1:{port}/d",
    "postgresql-odbc": "Driver=PostgreSQL Unicode;Server=127.0.0.1;Port={port};Uid=u;Pwd=s3cret",
}


def looked_at(connection: str, table: str | None = None, timeout: float = 60.0) -> Reading:
    """Look at a source."""
    return look(probes({"crm": connection}), DatabaseTarget(source="crm", table=table), timeout)


def make_table(place: Place, name: str, schema: str | None = None) -> None:
    """Make a table with a row."""
    table = sa.Table(name, sa.MetaData(), sa.Column("n", sa.Integer), schema=schema)
    with place.engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), {"n": 1})


@everywhere
def test_a_table_that_can_be_queried_is_well(place: Place) -> None:
    """Each step is timed, and the system is told."""
    make_table(place, "customers")
    reading = looked_at(place.connection, "customers")
    assert reading.ok, reading
    system = reading.facts["system"]
    assert system in {"sqlite", "mysql", "postgresql"}
    words = f"connected to source 'crm' ({system}), and its table customers can be queried"
    assert reading.detail == words
    assert [step.step for step in reading.steps] == ["connect", "query"]


@everywhere
def test_a_source_is_well_without_a_table(place: Place) -> None:
    """A query that needs none."""
    reading = looked_at(place.connection)
    assert reading.ok, reading
    assert reading.detail.endswith("and it answers a query")


@everywhere
def test_a_table_may_have_any_name(place: Place) -> None:
    """Names are quoted as each system has it; a part of SQL in one is a part of the name."""
    for name in ("select", "We ird", 'q"u`o', "ünï", "a%b", "a:b"):
        make_table(place, name)
        assert looked_at(place.connection, name).ok, name
        reading = looked_at(place.connection, f"{name}; DROP TABLE {name}")
        assert reading.failed_step == "query", name
        assert looked_at(place.connection, name).ok, name


@pytest.mark.parametrize(
    "place", ["mariadb", "mariadb-odbc", "postgresql", "postgresql-odbc"], indirect=True
)
def test_a_table_may_be_in_another_schema(place: Place) -> None:
    """Which is written before it, with a dot."""
    schema = f"s{uuid.uuid4().hex}"
    with place.engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    make_table(place, "customers", schema)
    assert looked_at(place.connection, f"{schema}.customers").ok
    assert looked_at(place.connection, "customers").failed_step == "query"


@everywhere
def test_a_table_that_was_dropped_is_named(place: Place) -> None:
    """And it is well again when it is back."""
    make_table(place, "customers")
    assert looked_at(place.connection, "customers").ok
    with place.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE customers"))
    reading = looked_at(place.connection, "customers")
    assert reading.failed_step == "query"
    assert "source 'crm': reading failed at step query: " in reading.detail
    assert "customers" in reading.detail
    assert "correct the query or the table" in reading.detail
    make_table(place, "customers")
    assert looked_at(place.connection, "customers").ok


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
def test_a_wrong_password_is_told_and_not_shown(place: Place) -> None:
    """By either driver."""
    reading = looked_at(place.connection.replace("p4ss", "s3cret"))
    assert reading.failed_step == "password"
    assert "correct the user or the password" in reading.detail
    assert "s3cret" not in reading.model_dump_json()
    assert [step.step for step in reading.steps] == ["connect"]


@pytest.mark.parametrize("place", ["mariadb", "postgresql"], indirect=True)
def test_a_database_that_is_not_there_is_told(place: Place) -> None:
    """The server is."""
    name = place.engine.url.database
    assert name
    reading = looked_at(place.connection.replace(name, "nowhere"))
    assert reading.failed_step == "database"


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
def test_a_right_that_is_missing_is_told(place: Place) -> None:
    """The user may connect, and may not read the table."""
    make_table(place, "open_to_all")
    make_table(place, "closed")
    user = f"u{uuid.uuid4().hex[:12]}"
    root = sa.create_engine(place.engine.url.set(username="root", password=""))
    with root.begin() as connection:
        connection.execute(sa.text(f"CREATE USER {user}@'%' IDENTIFIED BY 'p4ss'"))
        connection.execute(sa.text(f"GRANT SELECT ON open_to_all TO {user}@'%'"))
    root.dispose()
    mine = place.connection.replace("disparo", user)
    assert looked_at(mine, "open_to_all").ok
    reading = looked_at(mine, "closed")
    assert reading.failed_step == "permission"
    assert "grant the user what is missing" in reading.detail


def test_an_sqlite_file_that_is_not_there_is_told(tmp_path: Any) -> None:
    """And is not made by the look."""
    path = tmp_path / "none.sqlite"
    reading = looked_at(f"sqlite:///{path}")
    assert reading.failed_step == "database"
    assert not path.exists()


@pytest.mark.parametrize("way", DOORS)
def test_a_port_that_refuses_is_told(way: str) -> None:
    """By each driver."""
    with refusing() as port:
        reading = looked_at(DOORS[way].format(port=port))
    assert reading.failed_step in {"refused", "driver"}, reading
    assert "s3cret" not in reading.model_dump_json()


@pytest.mark.parametrize("way", DOORS)
@pytest.mark.parametrize("door", [dropping, lambda: serving(silent)], ids=["drops", "silent"])
def test_no_driver_outlives_the_time_of_the_look(way: str, door: Any) -> None:
    """A port that drops packets, and a server that accepts and says nothing."""
    with door() as port:
        made = probes({"crm": DOORS[way].format(port=port)})
        reading = look(made, DatabaseTarget(source="crm"), timeout=SHORT)
        assert reading.failed_step in {"timeout", "driver"}, reading
        assert reading.seconds < SHORT + 5
        assert "s3cret" not in reading.model_dump_json()
    await_that(lambda: made.stuck == 0)  # what was left behind ends by itself


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc", "postgresql"], indirect=True)
def test_a_table_that_somebody_locked_times_out(place: Place) -> None:
    """What the database waits for ends with the look, or little later."""
    make_table(place, "customers")
    is_mysql = place.way.startswith("mariadb")
    lock = "LOCK TABLES customers WRITE" if is_mysql else "LOCK TABLE customers"
    with place.engine.begin() as other:
        other.execute(sa.text(lock))
        reading = looked_at(place.connection, "customers", timeout=3.0)
        if is_mysql:
            other.execute(sa.text("UNLOCK TABLES"))
    assert reading.failed_step == "timeout", reading
    assert looked_at(place.connection, "customers").ok


@pytest.fixture
def restartable() -> Iterator[servers.Restartable]:
    """Give a MariaDB that a test stops and starts."""
    with servers.restartable_mariadb() as made:
        yield made


@pytest.mark.usefixtures("mariadb")  # which skips where there is none
def test_a_database_that_stops_and_starts_is_down_and_up_again(
    restartable: servers.Restartable,
) -> None:
    """Nothing is kept from one look to the next that could spoil it."""
    create_database(restartable.server.url.format(database="mysql"), "crm")
    made = probes({"crm": restartable.server.url.format(database="crm")})
    target = DatabaseTarget(source="crm")
    assert look(made, target, 60.0).ok
    restartable.kill()
    reading = look(made, target, 60.0)
    assert reading.failed_step == "refused"
    assert "check that the server runs and listens on that port" in reading.detail
    restartable.start()
    assert look(made, target, 60.0).ok


@pytest.mark.usefixtures("mariadb")
def test_a_database_that_is_frozen_times_out_and_is_up_again(
    restartable: servers.Restartable,
) -> None:
    """Its process is stopped: the kernel accepts connections, and nobody answers."""
    made = probes({"crm": restartable.server.url.format(database="mysql")})
    target = DatabaseTarget(source="crm")
    process = restartable.server.process
    process.send_signal(19)
    try:
        for _ in range(3):
            reading = look(made, target, 1.0)
            assert reading.failed_step == "timeout"
            assert reading.seconds < 6
        assert made.stuck <= 2
    finally:
        process.send_signal(18)
    assert look(made, target, 60.0).ok
    await_that(lambda: made.stuck == 0)


class Stubborn:
    """A source whose query hangs until it is interrupted."""

    dialect = SimpleNamespace(name="stubborn")

    def __init__(self) -> None:
        self.interrupted = threading.Event()
        self.is_closed = False

    def prepare(self) -> None:
        """Do nothing."""

    def session(self, *_: object) -> Any:
        """Return itself."""
        return self

    def fetch(self, _: object) -> Any:
        """Hang."""
        self.interrupted.wait()
        raise SourceError("interrupted", step="query")

    def interrupt(self) -> None:
        """Let the query end."""
        self.interrupted.set()

    def close(self) -> None:
        """Close."""
        self.is_closed = True


def test_a_query_that_hangs_is_interrupted(tmp_path: Any) -> None:
    """The reading tells that connecting was no fault; the connection is closed in the end."""
    stubborn = Stubborn()
    made = Probes(stubborn, tmp_path, Bounds())
    reading = look(made, DatabaseTarget(source="crm", table="t"), timeout=0.2)
    assert reading.failed_step == "timeout"
    assert "connected, but a query of table t that returns no row did not end within 0.2 s" in (
        reading.detail
    )
    assert [step.step for step in reading.steps] == ["connect"]
    await_that(lambda: made.stuck == 0)
    assert stubborn.is_closed


def test_the_service_s_own_sources_are_looked_at(factory: Factory, tmp_path: Any) -> None:
    """The factory puts probes and sources together; a source that is gone is told."""
    (tmp_path / "crm.sqlite").touch()
    url = f"sqlite:///{tmp_path}/crm.sqlite"
    factory.sources.add("crm", url, "", actor="test", now=NOW)
    assert look(factory.probes, DatabaseTarget(source="crm")).ok
    reading = look(factory.probes, DatabaseTarget(source="other"))
    assert reading.failed_step == "configuration"
    assert "there is no source 'other'" in reading.detail


def test_a_source_is_looked_at_while_disparo_s_own_database_is_away(
    factory: Factory, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it was last seen; one that was never seen cannot be blamed."""
    (tmp_path / "crm.sqlite").touch()
    for name in ("crm", "new"):
        url = f"sqlite:///{tmp_path}/crm.sqlite"
        factory.sources.add(name, url, "", actor="test", now=NOW)
    assert look(factory.probes, DatabaseTarget(source="crm")).ok

    def away(_: str) -> Any:
        raise sa.exc.OperationalError("SELECT", {}, OSError("gone away"))

    monkeypatch.setattr(factory.sources, "get", away)
    assert look(factory.probes, DatabaseTarget(source="crm")).ok
    reading = look(factory.probes, DatabaseTarget(source="new"))
    assert reading.failed_step == "own"
    assert "Disparo's own database" in reading.detail
