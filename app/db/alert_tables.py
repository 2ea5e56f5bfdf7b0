"""The tables of alerts: channels, rules, the troubles that people were told of, the outbox."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.db.tables import Id, LongText, UtcDateTime, metadata, name_column, time_columns

# Random digits, told apart by each of them.
Key = sa.String(32).with_variant(
    mysql.CHAR(32, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)


def _specs(name: str) -> sa.Table:
    """Return a table of things that people declare."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", Id, primary_key=True),
        name_column("name", unique=True),
        sa.Column("spec", LongText, nullable=False),
        sa.Column("declared_in", sa.String(1000)),
        *time_columns("created_at", "updated_at"),
        sa.Column("revision", sa.Integer, nullable=False),
    )


# A channel's spec is encrypted whole.
alert_channels = _specs("alert_channels")
alert_rules = _specs("alert_rules")

# What a rule has told of and is not over: whom it tells of the recovery, and reminds until then.
alert_troubles = sa.Table(
    "alert_troubles",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("rule"),
    sa.Column("subject", sa.String(20), nullable=False),
    name_column("name"),
    # The newest state, and the notice that told of it.
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("notice", LongText, nullable=False),
    sa.Column("reminders", sa.Integer, nullable=False),
    # NULL: nobody is to be reminded.
    sa.Column("remind_at", UtcDateTime, index=True),
    sa.UniqueConstraint("subject", "name", "rule"),
)

# The outbox, and the record of what was sent.
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("key", Key, nullable=False),
    sa.Column("notice_key", sa.String(100), nullable=False),
    name_column("channel"),
    # 0: the notice itself; from 1 on, its reminders.
    sa.Column("reminder", sa.Integer, nullable=False),
    name_column("rule"),
    sa.Column("subject", sa.String(20), nullable=False),
    name_column("name"),
    sa.Column("notice", LongText, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("refusals", sa.Integer, nullable=False),
    *time_columns("created_at"),
    # When it is tried; while somebody tries it, when another may take it over.
    *time_columns("due_at"),
    sa.Column("claim", Key),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("detail", LongText),
    # Of several receivers, those who are still to be told, as JSON; NULL: all.
    sa.Column("remaining", LongText),
    sa.UniqueConstraint("notice_key", "channel", "reminder"),
    sa.Index("ix_alerts_state_channel_due_at", "state", "channel", "due_at"),
    sa.Index("ix_alerts_state_ended_at", "state", "ended_at"),
    sa.Index("ix_alerts_subject_name", "subject", "name"),
)
