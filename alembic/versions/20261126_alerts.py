"""Alerts: channels, rules, the troubles that people were told of, the outbox."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from alembic import op
from app.db import tables

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
KEY = sa.String(32).with_variant(
    mysql.CHAR(32, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)
TIME = tables.UtcDateTime()


def upgrade() -> None:
    for name in ("alert_channels", "alert_rules"):
        op.create_table(
            name,
            sa.Column("id", ID, nullable=False),
            sa.Column("name", sa.String(100), nullable=False),
            sa.Column("spec", LONG_TEXT, nullable=False),
            sa.Column("declared_in", sa.String(1000)),
            sa.Column("created_at", TIME, nullable=False),
            sa.Column("updated_at", TIME, nullable=False),
            sa.Column("revision", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sa.UniqueConstraint("name", name=op.f(f"uq_{name}_name")),
        )
    op.create_table(
        "alert_troubles",
        sa.Column("id", ID, nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("notice", LONG_TEXT, nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("remind_at", TIME),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_troubles")),
        sa.UniqueConstraint(
            "subject", "name", "rule", name=op.f("uq_alert_troubles_subject_name_rule")
        ),
    )
    op.create_index("ix_alert_troubles_remind_at", "alert_troubles", ["remind_at"])
    op.create_table(
        "alerts",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("notice_key", sa.String(100), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("reminder", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("notice", LONG_TEXT, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("claim", KEY),
        sa.Column("ended_at", TIME),
        sa.Column("detail", LONG_TEXT),
        sa.Column("remaining", LONG_TEXT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "notice_key", "channel", "reminder", name=op.f("uq_alerts_notice_key_channel_reminder")
        ),
    )
    op.create_index("ix_alerts_state_channel_due_at", "alerts", ["state", "channel", "due_at"])
    op.create_index("ix_alerts_state_ended_at", "alerts", ["state", "ended_at"])
    op.create_index("ix_alerts_subject_name", "alerts", ["subject", "name"])


def downgrade() -> None:
    for table in ("alerts", "alert_troubles", "alert_rules", "alert_channels"):
        op.drop_table(table)
