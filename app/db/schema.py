"""The schema's releases: upgrade, downgrade, and the check that a start makes."""

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from alembic import command
from app.errors import OutdatedSchemaError


def _migrations() -> Path:
    packaged = Path(__file__).resolve().parent.parent / "_alembic"
    return packaged if packaged.exists() else packaged.parent.parent / "alembic"


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`, by default the newest."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Take the schema back to `revision`; `base` is the empty database."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def current(engine: sa.Engine) -> str | None:
    """Return the schema's revision, None for an empty database."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check(engine: sa.Engine) -> None:
    """Raise OutdatedSchemaError unless the schema is the one that this release works with."""
    found, wanted = current(engine), ScriptDirectory.from_config(_config()).get_current_head()
    if found != wanted:
        raise OutdatedSchemaError(
            f"the database's schema is at revision {found or 'none'}, this release of Disparo "
            f"needs {wanted}; run `disparo db upgrade`",
            found=found,
            wanted=wanted,
        )
