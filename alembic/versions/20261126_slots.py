"""Dispatches are found by their slot, and by when they ended, without reading all of them."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_dispatches_ended", "dispatches", ["finished_at", "started_at", "schedule"])
    op.create_index("ix_dispatches_slot", "dispatches", ["slot", "schedule", "state", "kind"])


def downgrade() -> None:
    op.drop_index("ix_dispatches_slot", "dispatches")
    op.drop_index("ix_dispatches_ended", "dispatches")
