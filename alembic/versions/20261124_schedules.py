"""Schedules that tick: policies, claims, the lease, backfills, logs, APScheduler's jobs."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from alembic import op
from app.db import tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
TIME = tables.UtcDateTime()

# What each new column holds in the rows that are there already, as SQL.
SCHEDULES = {
    "paused": (sa.Boolean(), "0"),
    "revision": (sa.Integer(), "1"),
    "changed": (sa.BigInteger(), "0"),
    "claimed_until": (TIME, "updated_at"),
}
DISPATCHES = {
    "not_before": (TIME, "created_at"),
    "priority": (sa.Integer(), "0"),
    "lane": (sa.String(150), "schedule"),
    "lane_width": (sa.Integer(), "1"),
    "collect_source": (sa.String(100), "''"),
    "deliver_source": (sa.String(100), "''"),
}


def upgrade() -> None:
    op.create_table(
        "backfills",
        sa.Column("id", ID, nullable=False),
        sa.Column("schedule", sa.String(100), nullable=False),
        sa.Column("first", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
    )
    op.create_index("ix_backfills_schedule", "backfills", ["schedule"])
    op.create_table(
        "dispatch_logs",
        sa.Column("dispatch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("dispatch", "start", name=op.f("pk_dispatch_logs")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("holder", sa.String(100), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.bulk_insert(counters, [{"name": "schedules", "value": 0}, {"name": "queue", "value": 0}])
    op.create_table(
        "apscheduler_jobs",
        sa.Column("id", sa.Unicode(191), nullable=False),
        sa.Column("next_run_time", sa.Double()),
        sa.Column("job_state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apscheduler_jobs")),
    )
    op.create_index("ix_apscheduler_jobs_next_run_time", "apscheduler_jobs", ["next_run_time"])

    op.add_column("sources", sa.Column("concurrency", sa.Integer()))
    _add_filled("schedules", SCHEDULES)
    op.add_column("schedules", sa.Column("due_at", TIME))
    op.add_column("schedules", sa.Column("fault", LONG_TEXT))
    op.create_index("ix_schedules_changed", "schedules", ["changed"])
    op.create_index("ix_schedules_due_at", "schedules", ["due_at"])
    # The scheduler computes when the ones that are there are due for the first time.
    op.execute("UPDATE schedules SET due_at = updated_at")

    _add_filled("dispatches", DISPATCHES)
    for column in (
        sa.Column("claim", sa.String(32)),
        sa.Column("start_by", TIME),
        sa.Column("retry_of", sa.BigInteger()),
        sa.Column("backfill", sa.BigInteger()),
    ):
        op.add_column("dispatches", column)
    with op.batch_alter_table("dispatches") as batch:
        batch.create_unique_constraint("uq_dispatches_retry_of", ["retry_of"])
    op.create_index("ix_dispatches_backfill", "dispatches", ["backfill"])
    op.create_index("ix_dispatches_waiting", "dispatches", ["state", "priority", "slot", "id"])
    op.create_index("ix_dispatches_lane_state", "dispatches", ["lane", "state"])


def _add_filled(table: str, columns: dict[str, tuple[sa.types.TypeEngine, str]]) -> None:
    for name, (kind, _) in columns.items():
        op.add_column(table, sa.Column(name, kind))
    op.execute(f"UPDATE {table} SET {', '.join(f'{n} = {v}' for n, (_, v) in columns.items())}")  # noqa: S608 - constants
    with op.batch_alter_table(table) as batch:
        for name, (kind, _) in columns.items():
            batch.alter_column(name, existing_type=kind, nullable=False)


def downgrade() -> None:
    for index in ("lane_state", "waiting", "backfill"):
        op.drop_index(f"ix_dispatches_{index}", "dispatches")
    with op.batch_alter_table("dispatches") as batch:
        batch.drop_constraint("uq_dispatches_retry_of", type_="unique")
        for name in (*DISPATCHES, "claim", "start_by", "retry_of", "backfill"):
            batch.drop_column(name)
    for index in ("due_at", "changed"):
        op.drop_index(f"ix_schedules_{index}", "schedules")
    with op.batch_alter_table("schedules") as batch:
        for name in (*SCHEDULES, "due_at", "fault"):
            batch.drop_column(name)
    with op.batch_alter_table("sources") as batch:
        batch.drop_column("concurrency")
    op.drop_index("ix_apscheduler_jobs_next_run_time", "apscheduler_jobs")
    for table in ("apscheduler_jobs", "counters", "leases", "dispatch_logs"):
        op.drop_table(table)
    op.drop_index("ix_backfills_schedule", "backfills")
    op.drop_table("backfills")
