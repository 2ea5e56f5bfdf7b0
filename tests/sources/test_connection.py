"""Connect and probe: whatever fails is told by its step, in time, and without secrets."""

import re
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pymysql
import pytest
from pydantic import SecretStr

from app.errors import AppError, ConfigurationError
from app.sources import Limits, connect
from app.sources.odbc_string import described, pairs, system_of, with_options
from app.sources.probe import probe
from app.values.source import Probe, Source, Step
from tests.conftest import Place
from tests.sources.helpers import AT, everywhere

SERVERS = ["mariadb", "mariadb-odbc", "postgresql", "postgresql-odbc"]
on_servers = pytest.mark.parametrize("place", SERVERS, indirect=True)
QUICK = Limits(connect_timeout=1)


def probed(connection: str) -> Probe:
    """Probe a source with this connection string."""
    secret = SecretStr(connection)
    return probe(Source(name="s", connection=secret, created_at=AT, updated_at=AT), QUICK)


def changed(place: Place, port: int | None = None, host: str = "127.0.0.1") -> str:
    """Return the place's connection string with another port or host."""
    text = place.connection
    if port is not None:
        text = re.sub(r"(127\.0\.0\.1:|Port=)\d+", rf"\g<1>{port}", text)
    return text.replace("127.0.0.1", host)


@everywhere
def test_a_source_that_answers_tells_its_system(place: Place) -> None:
    """A probe that succeeds names the database system and its release."""
    found = probed(place.connection)
    assert found.ok, found.detail
    system = {"sqlite": "sqlite", "mariadb": "mysql", "postgresql": "postgresql"}
    assert found.database is not None
    assert re.fullmatch(system[place.way.removesuffix("-odbc")] + r" \d+\.\d+.*", found.database)


@on_servers
def test_a_refused_port_is_named(place: Place) -> None:
    """Nothing listens there: refused."""
    found = probed(changed(place, port=1))
    assert (found.ok, found.failed_step) == (False, Step.REFUSED), found.detail


@on_servers
def test_an_unknown_host_is_named(place: Place) -> None:
    """A name that no resolver knows: name."""
    assert probed(changed(place, host="no-such-host.invalid")).failed_step is Step.NAME


@on_servers
def test_a_silent_server_is_given_up(place: Place) -> None:
    """A server that accepts and never speaks: time-out, within a few seconds."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        found = probed(changed(place, port=silent.getsockname()[1]))
    assert found.failed_step is Step.TIMEOUT, found.detail
    assert time.monotonic() - start < 5


@on_servers
def test_an_unknown_database_is_named(place: Place) -> None:
    """The server is there and the database is not: database."""
    text = re.sub(r"(/|Database=)t[0-9a-f]{32}$", r"\g<1>nope", place.connection)
    assert probed(text).failed_step is Step.DATABASE


@on_servers
def test_a_wrong_password_is_named_and_not_told(place: Place) -> None:
    """Wrong credentials: password; and the secret is in no part of the answer."""
    text = place.connection.replace("p4ss", "wr0ng-s3cret")
    text = text.replace("//disparo@", "//nobody:wr0ng-s3cret@")
    text = text.replace("Uid=disparo;", "Uid=nobody;Pwd=wr0ng-s3cret;")
    found = probed(text)
    assert found.failed_step is Step.PASSWORD, found.detail
    assert "wr0ng-s3cret" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("connection", "step"),
    [
        ("Driver=No Such Driver;Server=127.0.0.1;Password=s3cret", Step.DRIVER),
        ("DSN=no-such-source;Pwd=s3cret", Step.NAME),
        ("nodriver://user:s3cret@host/name", Step.CONFIGURATION),
        ("not a connection string", Step.NAME),
        ("mysql+pymysql://user:p@s3cret@127.0.0.1:1/name", Step.CONFIGURATION),
        ("mysql+pymysql://user:s3cret@127.0.0.1:port/name", Step.CONFIGURATION),
        ("mysql+pymysql://user:s3cret@127.0.0.1:1/name?no_such=1", Step.CONFIGURATION),
        ("mysql+nodriver://user:s3cret@127.0.0.1:1/name", Step.CONFIGURATION),
        ("sqlite:////no/such/directory/file.db", Step.DATABASE),
        ("Driver=SQLite3;Database=/no/such/file.db", Step.DATABASE),
        ("Driver=SQLite3", Step.CONFIGURATION),
        ("sqlite:///${NO_SUCH_VARIABLE}", Step.CONFIGURATION),
        ("mysql+pymysql://u:${NO_SUCH_VARIABLE}@h/d", Step.CONFIGURATION),
    ],
)
def test_a_wrong_string_is_told_by_its_step(connection: str, step: Step) -> None:
    """Strings that cannot work fail at the step that is wrong, without their secrets."""
    found = probed(connection)
    assert (found.ok, found.failed_step) == (False, step), found.detail
    assert "s3cret" not in found.detail


def test_a_missing_variable_is_named_with_its_source() -> None:
    """`${NAME}` without a value is an error that names both."""
    with pytest.raises(ConfigurationError, match=r"source 's'.*NO_SUCH_VARIABLE"):
        connect("s", "sqlite:///${NO_SUCH_VARIABLE}", QUICK)


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
def test_a_variable_is_expanded_when_connecting(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password that only the environment holds opens the connection."""
    monkeypatch.setenv("TEST_PASSWORD", "p4ss")
    assert probed(place.connection.replace("p4ss", "${TEST_PASSWORD}")).ok


@pytest.mark.parametrize("place", ["mariadb", "mariadb-odbc"], indirect=True)
def test_a_variable_may_hold_any_character(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password of all the characters that URLs and ODBC strings use opens the connection."""
    odd = "p@s:s/w%r?d#;{x}="
    monkeypatch.setenv("TEST_PASSWORD", odd)
    name = f"u{uuid.uuid4().hex[:12]}"
    url = place.engine.url
    assert url.port is not None
    root = pymysql.connect(host=url.host, port=url.port, user="root")
    with root, root.cursor() as cursor:
        cursor.execute(f"CREATE USER {name}@'%%' IDENTIFIED BY %s", [odd])
        cursor.execute(f"GRANT SELECT ON {url.database}.* TO {name}@'%'")
    text = place.connection.replace("p4ss", "${TEST_PASSWORD}").replace("disparo", name)
    found = probed(text)
    assert found.ok, found.detail


@pytest.mark.parametrize("write", [False, True])
def test_a_missing_file_is_not_created(tmp_path: Path, *, write: bool) -> None:
    """Neither collecting from nor delivering to a file that is not there creates it."""
    file = tmp_path / "none.sqlite"
    with pytest.raises(AppError, match="there is no SQLite file"):
        connect("s", f"sqlite:///{file}", QUICK, write=write)
    assert not file.exists()


def test_a_file_with_an_odd_name_is_opened_over_odbc(tmp_path: Path) -> None:
    """Percent and question marks in a path mean nothing special."""
    file = tmp_path / "a%20b?c=d e.sqlite"
    file.touch()
    found = probed(f"Driver={{SQLite3}};Database={{{file}}}")
    assert found.ok, found.detail
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


@pytest.fixture
def data_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an odbc.ini of our own."""
    file = tmp_path / "odbc.ini"
    monkeypatch.setenv("ODBCINI", str(file))
    return file


def test_a_data_source_of_sqlite_is_found(data_sources: Path, tmp_path: Path) -> None:
    """A DSN that leads to an SQLite file is found in odbc.ini."""
    (tmp_path / "x.sqlite").touch()
    data_sources.write_text(f"[lite]\nDriver = SQLite3\nDatabase = {tmp_path}/x.sqlite\n")
    found = probed("DSN=lite")
    assert (found.ok, str(found.database)[:6]) == (True, "sqlite"), found.detail


@pytest.mark.parametrize("place", ["mariadb-odbc"], indirect=True)
def test_a_data_source_of_mariadb_is_bounded_too(place: Place, data_sources: Path) -> None:
    """A DSN gets the same time-out as a whole string, and connects."""
    lines = "\n".join(place.connection.split(";"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        other = re.sub(r"Port=\d+", f"Port={silent.getsockname()[1]}", lines)
        data_sources.write_text(f"[maria]\n{lines}\n[silent]\n{other}\n")
        assert probed("DSN=maria").ok
        assert probed("DSN=silent").failed_step is Step.TIMEOUT


def test_a_string_is_taken_apart_as_odbc_does() -> None:
    """Braces keep semicolons and equal signs; keys have no case; the first of two counts."""
    found = pairs("Driver={MariaDB Unicode}; PWD={a;b=c}}d};Server=h;server=i;")
    assert found == {"driver": "MariaDB Unicode", "pwd": "a;b=c}d", "server": "h"}


@pytest.mark.parametrize(
    ("driver", "system"),
    [
        ("{MariaDB ODBC 3.2 Driver}", "mysql"),
        ("/usr/lib/x86_64-linux-gnu/odbc/libmaodbc.so", "mysql"),
        ("PostgreSQL Unicode", "postgresql"),
        ("/usr/lib/psqlodbcw.so", "postgresql"),
        ("/usr/lib/libsqlite3odbc.so", "sqlite"),
        ("Oracle", None),
    ],
)
def test_the_driver_tells_the_system(driver: str, system: str | None) -> None:
    """Names and files of drivers tell their database system."""
    assert system_of(described(f"driver = {driver}")) == system


def test_options_that_are_given_stay() -> None:
    """What the user set is not set again, whatever its case."""
    text = with_options("Driver=MariaDB;conn_timeout=7;", "mysql", Limits(connect_timeout=2))
    assert text == "Driver=MariaDB;conn_timeout=7;CHARSET=utf8mb4"


def test_odbc_is_loaded_only_when_a_source_needs_it() -> None:
    """Importing the package and using SQLite load neither arrow-odbc nor unixODBC."""
    code = (
        "import sys; import app.sources.probe, app.sources.deliver; "
        "from app.sources import connect, Limits; "
        "connect('s', 'sqlite://', Limits()); "
        "sys.exit('arrow_odbc' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_unixodbc_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library is missing, the error says what to install."""
    monkeypatch.setitem(sys.modules, "arrow_odbc", None)
    found = probed("Driver=MariaDB;Server=h")
    assert found.failed_step is Step.DRIVER
    assert "apt-get install unixodbc odbc-mariadb" in found.detail
