"""Lists of 100,000 dispatches: what ran when, and filters that few of them fit."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_dispatches_ran", "dispatches", ["started_at", "finished_at", "schedule"])
    op.create_index("ix_dispatches_kind", "dispatches", ["kind"])
    op.create_index("ix_dispatches_schedule_state", "dispatches", ["schedule", "state"])


def downgrade() -> None:
    op.drop_index("ix_dispatches_schedule_state", "dispatches")
    op.drop_index("ix_dispatches_kind", "dispatches")
    op.drop_index("ix_dispatches_ran", "dispatches")
