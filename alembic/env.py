"""Run by Alembic: gives it the tables, and a connection to Disparo's database."""

import sqlalchemy as sa

from alembic import context
from app.db.all_tables import metadata
from app.db.engine import make_engine
from app.settings import load_settings, var


def migrate(connection: sa.Connection) -> None:
    """Run the migrations on `connection`, in one transaction where the database allows it."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: sa.Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with make_engine(load_settings().database, var()).begin() as own:
        migrate(own)
