"""The schema's releases: upgrade, downgrade, and the check that a start makes.

Alembic is imported by what changes the schema alone: it would be a good part of each start.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.db.schema_tables import schema_support
from app.errors import OutdatedSchemaError

if TYPE_CHECKING:
    from alembic.config import Config

REVISION = "0018"
"""The revision of this release: the newest migration's, as a test shows. In order as texts."""


def migrations() -> Path:
    """Return the directory of the migrations, in a checkout or in an installed package."""
    packaged = Path(__file__).resolve().parent.parent / "_alembic"
    return packaged if packaged.exists() else packaged.parent.parent / "alembic"


def _config(connection: sa.Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`, by default the newest of this release.

    One of a later release that this one works with is left as it is. Raises OutdatedSchemaError.
    """
    from alembic import command

    if _is_later(current(engine)):
        check(engine)
        return
    with engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Take the schema back to `revision`; `base` is the empty database."""
    from alembic import command

    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def current(engine: sa.Engine) -> str | None:
    """Return the schema's revision, None for an empty database."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found


def check(engine: sa.Engine) -> None:
    """Raise OutdatedSchemaError unless the schema is one that this release works with.

    It is that of this release, or of a later one that says that it works with this one too: so
    services of two releases run side by side while they are replaced one by one.
    """
    found = current(engine)
    if found == REVISION or (_is_later(found) and _oldest(engine) <= REVISION):
        return
    what_to_do = "install that release" if _is_later(found) else "run `disparo db upgrade`"
    raise OutdatedSchemaError(
        f"the database's schema is at revision {found or 'none'}, this release of Disparo "
        f"needs {REVISION}; {what_to_do}",
        found=found,
        wanted=REVISION,
    )


def _is_later(revision: str | None) -> bool:
    return revision is not None and revision > REVISION


def _oldest(engine: sa.Engine) -> str:
    """Return the revision of the oldest release that works with the schema."""
    with engine.connect() as connection:
        found: str = connection.scalars(sa.select(schema_support.c.oldest)).one()
        return found
