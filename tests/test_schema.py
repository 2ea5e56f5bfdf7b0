"""The schema: migrations and tables agree, on each database that Disparo keeps its records on."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.db import schema
from app.db.all_tables import metadata
from app.db.engine import make_engine
from app.errors import OutdatedSchemaError
from app.settings_sections import Database
from tests import servers


@pytest.fixture(params=["sqlite", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """Give an engine on an empty database of Disparo's own."""
    url = "sqlite:///own.sqlite"
    if request.param == "mariadb":
        server: servers.Server = request.getfixturevalue("mariadb")
        name = f"own{uuid.uuid4().hex}"
        admin = sa.create_engine(server.url.format(database="mysql"))
        with admin.begin() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        admin.dispose()
        url = server.url.format(database=name)
    made = make_engine(Database.model_validate({"url": url}), tmp_path)
    yield made
    made.dispose()


def test_migrations_and_tables_agree(engine: sa.Engine) -> None:
    """After all migrations, nothing is left that the tables would change."""
    schema.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_start_asks_for_the_newest_migration(engine: sa.Engine) -> None:
    """The revision that a start checks for is the one that an upgrade leads to."""
    script = ScriptDirectory(str(schema.migrations()))
    assert script.get_current_head() == schema.REVISION
    assert schema.current(engine) is None
    schema.upgrade(engine)
    assert schema.current(engine) == schema.REVISION


def test_downgrade_leaves_an_empty_database(engine: sa.Engine) -> None:
    """Down to base and up again works, and base holds none of our tables."""
    schema.upgrade(engine)
    schema.downgrade(engine, "base")
    assert set(sa.inspect(engine).get_table_names()) == {"alembic_version"}
    schema.upgrade(engine)
    schema.check(engine)


def test_an_outdated_schema_is_refused(engine: sa.Engine) -> None:
    """An empty database is refused with the command that mends it."""
    with pytest.raises(OutdatedSchemaError, match="disparo db upgrade"):
        schema.check(engine)
