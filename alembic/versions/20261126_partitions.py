"""Dispatches that are split: tasks are dispatches too, each with the one that it belongs to."""

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEXES = {
    "ran": ["started_at", "finished_at", "schedule"],
    "ended": ["finished_at", "started_at", "schedule"],
    "slot": ["slot", "schedule", "state", "kind"],
}
"""Those that answer alone, and so have to know what is a task."""


def upgrade() -> None:
    op.add_column("dispatches", sa.Column("parent", sa.BigInteger()))
    op.add_column("dispatches", sa.Column("partition", sa.Integer()))
    op.add_column("dispatches", sa.Column("tasks", sa.Integer()))
    op.create_index("ix_dispatches_parent", "dispatches", ["parent"])
    for name, columns in INDEXES.items():
        op.drop_index(f"ix_dispatches_{name}", "dispatches")
        op.create_index(f"ix_dispatches_{name}", "dispatches", [*columns, "parent"])


def downgrade() -> None:
    for name, columns in INDEXES.items():
        op.drop_index(f"ix_dispatches_{name}", "dispatches")
        op.create_index(f"ix_dispatches_{name}", "dispatches", columns)
    op.execute("DELETE FROM dispatches WHERE parent IS NOT NULL")
    op.drop_index("ix_dispatches_parent", "dispatches")
    with op.batch_alter_table("dispatches") as table:
        table.drop_column("tasks")
        table.drop_column("partition")
        table.drop_column("parent")
