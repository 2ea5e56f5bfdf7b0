"""The health of models, as their dispatches find it."""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("model_health", sa.Column("schedule", sa.String(100)))
    op.add_column("model_health", sa.Column("dispatch", ID))


def downgrade() -> None:
    op.drop_column("model_health", "dispatch")
    op.drop_column("model_health", "schedule")
