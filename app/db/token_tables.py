"""The table of tokens."""

import sqlalchemy as sa

from app.db.tables import (
    NAME_LENGTH,
    Id,
    LongText,
    UtcDateTime,
    metadata,
    name_column,
    time_columns,
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("name", unique=True),
    # SHA-256 of the token, which is not kept.
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("scope", sa.String(20), nullable=False),
    # The models that may be asked, as JSON.
    sa.Column("models", LongText, nullable=False),
    sa.Column("created_by", sa.String(NAME_LENGTH), nullable=False),
    *time_columns("created_at"),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("last_used_at", UtcDateTime),
    sa.Column("revoked_at", UtcDateTime),
    sqlite_autoincrement=True,
)
