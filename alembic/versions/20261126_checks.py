"""The Monitor: checks, their results, roll-ups and flips, maintenance windows, switches."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from alembic import op
from app.db import tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
TIME = tables.UtcDateTime()
COUNTS = ("looks", "failures", "up", "degraded", "down")


def upgrade() -> None:
    op.create_table(
        "checks",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("spec", LONG_TEXT, nullable=False),
        sa.Column("declared_in", sa.String(1000)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
        sa.UniqueConstraint("name", name=op.f("uq_checks_name")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_checks_kind", "checks", ["kind"])
    op.create_table(
        "check_standings",
        sa.Column("check", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("standing", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("check", name=op.f("pk_check_standings")),
    )
    op.create_table(
        "check_results",
        sa.Column("check", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("reading", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("check", "at", name=op.f("pk_check_results")),
    )
    op.create_index("ix_check_results_at", "check_results", ["at"])
    op.create_table(
        "check_rollups",
        sa.Column("check", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("width", sa.String(4), nullable=False),
        sa.Column("start", TIME, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("seconds_sum", sa.Double(), nullable=False),
        sa.Column("seconds_max", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("check", "width", "start", name=op.f("pk_check_rollups")),
    )
    op.create_index("ix_check_rollups_width_start", "check_rollups", ["width", "start"])
    op.create_table(
        "flips",
        sa.Column("id", ID, nullable=False),
        sa.Column("check", sa.String(100), nullable=False),
        sa.Column("before", sa.String(20), nullable=False),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("detail", LONG_TEXT, nullable=False),
        sa.Column("told", sa.String(20)),
        sa.Column("muted_by", sa.String(500)),
        sa.Column("claimed_at", TIME),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flips")),
    )
    op.create_index("ix_flips_check", "flips", ["check"])
    op.create_index("ix_flips_claimed_at", "flips", ["claimed_at"])
    op.create_table(
        "maintenance_windows",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("spec", LONG_TEXT, nullable=False),
        sa.Column("declared_in", sa.String(1000)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_windows")),
        sa.UniqueConstraint("name", name=op.f("uq_maintenance_windows_name")),
    )
    op.create_table(
        "switches",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    op.execute("INSERT INTO counters (name, value) VALUES ('checks', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM counters WHERE name = 'checks'")
    op.drop_table("switches")
    op.drop_table("maintenance_windows")
    op.drop_table("flips")
    op.drop_table("check_rollups")
    op.drop_table("check_results")
    op.drop_table("check_standings")
    op.drop_table("checks")
