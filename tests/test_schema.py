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
from app.db.schema_tables import schema_support
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


def claim_later(engine: sa.Engine, oldest: str) -> None:
    """Let the schema be of a later release, which works with this one from `oldest` on."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.execute(schema_support.update().values(oldest=oldest))


def test_a_later_schema_is_taken_if_it_says_so(engine: sa.Engine) -> None:
    """So a service of this release goes on, and starts, while others are replaced already."""
    schema.upgrade(engine)
    claim_later(engine, schema.REVISION)
    schema.check(engine)
    schema.upgrade(engine)
    assert schema.current(engine) == "9999"


def test_a_later_schema_that_is_too_new_is_refused(engine: sa.Engine) -> None:
    """Neither a start nor an upgrade touches what this release would get wrong."""
    schema.upgrade(engine)
    claim_later(engine, "9999")
    for refused in (schema.check, schema.upgrade):
        with pytest.raises(OutdatedSchemaError, match=r"9999.*install that release"):
            refused(engine)
    assert schema.current(engine) == "9999"


def test_revisions_are_numbers_in_their_order() -> None:
    """A release compares them as texts."""
    script = ScriptDirectory(str(schema.migrations()))
    found = [one.revision for one in script.walk_revisions()][::-1]
    assert found == [f"{number:04}" for number in range(1, len(found) + 1)]
