"""The table of how far models have drifted."""

import sqlalchemy as sa

from app.db.tables import NAME_LENGTH, Id, LongText, metadata, name_column, time_columns

# One row for each version and look at it, and for each dispatch.
model_health = sa.Table(
    "model_health",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("model"),
    sa.Column("version", sa.Integer, nullable=False),
    # Whether it was the live version then.
    sa.Column("is_live", sa.Boolean, nullable=False),
    # Whose dispatch it was; NULL: the cases are those of requests.
    sa.Column("schedule", sa.String(NAME_LENGTH)),
    sa.Column("dispatch", Id),
    sa.Column("state", sa.String(20), nullable=False),
    *time_columns("computed_at"),
    # All that was found, as JSON.
    sa.Column("document", LongText, nullable=False),
    sa.Index("ix_model_health_model_id", "model", "id"),
)
