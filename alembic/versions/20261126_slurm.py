"""Slurm: where a dispatch is to run, and the jobs that dispatches are submitted as."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("dispatches", sa.Column("wanted_launcher", sa.String(20)))
    op.add_column("dispatches", sa.Column("submitted_at", TIME))
    op.create_table(
        "slurm_jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("dispatch", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(32)),
        sa.Column("claim_restarts", sa.Integer(), nullable=False),
        sa.Column("job", sa.BigInteger()),
        sa.Column("state", sa.String(20)),
        sa.Column("reason", sa.String(255)),
        sa.Column("node", sa.String(255)),
        sa.Column("restarts", sa.Integer(), nullable=False),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("output", sa.String(1000)),
        sa.Column("taken_at", TIME, nullable=False),
        sa.Column("tried_at", TIME),
        sa.Column("submitted_at", TIME),
        sa.Column("seen_at", TIME),
        sa.Column("fault", LONG_TEXT),
        sa.Column("closed_at", TIME),
        sa.Column("copied_at", TIME),
        sa.Column("log_start", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_slurm_jobs"),
        sa.UniqueConstraint("name", name="uq_slurm_jobs_name"),
    )
    for column in ("dispatch", "closed_at", "copied_at"):
        op.create_index(f"ix_slurm_jobs_{column}", "slurm_jobs", [column])


def downgrade() -> None:
    op.drop_table("slurm_jobs")
    with op.batch_alter_table("dispatches") as table:
        table.drop_column("submitted_at")
        table.drop_column("wanted_launcher")
