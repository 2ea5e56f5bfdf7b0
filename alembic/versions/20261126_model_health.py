"""The health of models: what was found of each version at each look."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from alembic import op
from app.db import tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "model_health",
        sa.Column("id", ID, nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("computed_at", tables.UtcDateTime(), nullable=False),
        sa.Column("document", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_health")),
    )
    op.create_index("ix_model_health_model_id", "model_health", ["model", "id"])


def downgrade() -> None:
    op.drop_table("model_health")
