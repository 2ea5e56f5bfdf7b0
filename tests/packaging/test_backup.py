"""A backup taken while services run, restored elsewhere: docs/deploy.md, step by step."""

import shutil
import sqlite3
import subprocess
import uuid
from pathlib import Path

import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from tests import casework, servers
from tests.conftest import require
from tests.records import create_database
from tests.replicas import factory_of

SECRET = "s3cret-of-the-crm"


def made(url: str, state: Path) -> Factory:
    """Return the parts of a service with its state here."""
    return factory_of({"DISPARO_DATABASE__URL": url, "DISPARO_VAR": str(state)})


def fill(factory: Factory, directory: Path) -> None:
    """Register a model and a source, whose secret is encrypted by the key file."""
    factory.upgrade_schema()
    casework.register(factory, directory)
    url = f"mysql+pymysql://reader:{SECRET}@127.0.0.1/crm"
    factory.sources.add("crm", url, "", actor="test", now=utc_now())


def require_whole(factory: Factory) -> None:
    """See that the schema is taken, the secret is read, and the model answers."""
    factory.check_schema()
    assert SECRET in factory.sources.get("crm").connection.get_secret_value()
    version = factory.models.version("m", None)
    assert factory.models.load(version)
    assert factory.models.sample(version).cases


def take_state(state: Path, to: Path) -> None:
    """Take the models and the key, as the archive does, and put them into another directory."""
    archive = to.with_suffix(".tar")
    to.mkdir()
    command = ["tar", "-C", str(state), "-cf", str(archive), "models", "secret.key"]
    subprocess.run(command, check=True)
    command = ["tar", "-C", str(to), "-xf", str(archive)]
    subprocess.run(command, check=True)


def test_sqlite(tmp_path: Path) -> None:
    """The database is copied by VACUUM INTO, beside a transaction that is not committed."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    factory = made("sqlite:///disparo.sqlite", before)
    fill(factory, tmp_path)
    with factory.engine.begin() as writing:
        writing.exec_driver_sql("DELETE FROM sources")
        copying = sqlite3.connect(before / "disparo.sqlite")
        copying.execute(f"VACUUM INTO '{tmp_path}/disparo.backup'")
        copying.close()
        take_state(before, after)
    shutil.copy(tmp_path / "disparo.backup", after / "disparo.sqlite")
    require_whole(made("sqlite:///disparo.sqlite", after))


def client(program: str, url: sa.URL, *options: str) -> list[str]:
    """Return the command line of one of MariaDB's programs, for a database."""
    login = [f"--host={url.host}", f"--port={url.port}", f"--user={url.username}"]
    return [program, *login, f"--password={url.password or ''}", *options, str(url.database)]


def test_mariadb(mariadb: servers.Server, tmp_path: Path) -> None:
    """The dump is of one instant, beside a transaction that is not committed."""
    require("mariadb-client", there=shutil.which("mariadb-dump") is not None)
    first, second = (f"backup{uuid.uuid4().hex}" for _ in range(2))
    for name in (first, second):
        create_database(mariadb.url.format(database="mysql"), name)
    urls = [mariadb.url.format(database=name) for name in (first, second)]
    before, after, dump = tmp_path / "before", tmp_path / "after", tmp_path / "disparo.sql"
    before.mkdir()
    factory = made(urls[0], before)
    fill(factory, tmp_path)
    with factory.engine.begin() as writing:
        writing.exec_driver_sql("DELETE FROM sources")
        asked = ["--single-transaction", "--quick", f"--result-file={dump}"]
        subprocess.run(client("mariadb-dump", sa.make_url(urls[0]), *asked), check=True)
        take_state(before, after)
    with dump.open() as statements:
        subprocess.run(client("mariadb", sa.make_url(urls[1])), stdin=statements, check=True)
    require_whole(made(urls[1], after))
