"""What a schema says of itself, beside Alembic's own table: whom it still works with."""

import sqlalchemy as sa

from app.db.tables import metadata

schema_support = sa.Table(
    "schema_support",
    metadata,
    # The revision of the oldest release that works with this schema. A migration that only adds
    # leaves it; one that takes something away, or gives it another meaning, sets it to its own.
    sa.Column("oldest", sa.String(32), primary_key=True),
)
