"""The schema's releases: upgrade, downgrade, and the check that a start makes.

Alembic is imported by what changes the schema alone: it would be a good part of each start.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app.errors import OutdatedSchemaError

if TYPE_CHECKING:
    from alembic.config import Config

REVISION = "0017"
"""The revision that this release works with: the newest migration's, as a test shows."""


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
    """Bring the schema up to `revision`, by default the newest."""
    from alembic import command

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
    """Raise OutdatedSchemaError unless the schema is the one that this release works with."""
    if (found := current(engine)) != REVISION:
        raise OutdatedSchemaError(
            f"the database's schema is at revision {found or 'none'}, this release of Disparo "
            f"needs {REVISION}; run `disparo db upgrade`",
            found=found,
            wanted=REVISION,
        )
