"""The audit: events that somebody brought about tell whence, and by which request."""

import sqlalchemy as sa

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = (
    "UPDATE events SET is_audited = 1 WHERE actor IN ('api', 'command line') OR actor LIKE 'file:%'"
)


def upgrade() -> None:
    op.add_column("events", sa.Column("address", sa.String(60)))
    op.add_column("events", sa.Column("request", sa.String(128)))
    op.add_column(
        "events", sa.Column("is_audited", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(BEFORE)
    op.create_index("ix_events_is_audited_id", "events", ["is_audited", "id"])


def downgrade() -> None:
    op.drop_index("ix_events_is_audited_id", "events")
    op.drop_column("events", "is_audited")
    op.drop_column("events", "request")
    op.drop_column("events", "address")
