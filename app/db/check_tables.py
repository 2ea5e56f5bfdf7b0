"""The tables of the Monitor: checks, what became of them, and when nobody is told."""

import sqlalchemy as sa

from app.db.tables import (
    NAME_LENGTH,
    Id,
    LongText,
    UtcDateTime,
    metadata,
    name_column,
    time_columns,
)

checks = sa.Table(
    "checks",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("name", unique=True),
    sa.Column("kind", sa.String(20), nullable=False, index=True),
    sa.Column("spec", LongText, nullable=False),
    sa.Column("declared_in", sa.String(1000)),
    *time_columns("created_at", "updated_at"),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    # What is found late of a removed check belongs to no other.
    sqlite_autoincrement=True,
)

# How a check stands, apart from what a person says of it: edits and looks hold each other up not.
check_standings = sa.Table(
    "check_standings",
    metadata,
    sa.Column("check", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(20), nullable=False),
    *time_columns("since"),
    sa.Column("standing", LongText, nullable=False),
)

check_results = sa.Table(
    "check_results",
    metadata,
    sa.Column("check", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, primary_key=True),
    # The state that the check was in after this look.
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("reading", LongText, nullable=False),
    sa.Index("ix_check_results_at", "at"),
)

# How many looks found what, by hour and by day of UTC.
check_rollups = sa.Table(
    "check_rollups",
    metadata,
    sa.Column("check", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("width", sa.String(4), primary_key=True),
    sa.Column("start", UtcDateTime, primary_key=True),
    sa.Column("looks", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("up", sa.Integer, nullable=False),
    sa.Column("degraded", sa.Integer, nullable=False),
    sa.Column("down", sa.Integer, nullable=False),
    sa.Column("seconds_sum", sa.Double, nullable=False),
    sa.Column("seconds_max", sa.Double, nullable=False),
    sa.Index("ix_check_rollups_width_start", "width", "start"),
)

flips = sa.Table(
    "flips",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("check", index=True),
    sa.Column("before", sa.String(20), nullable=False),
    sa.Column("after", sa.String(20), nullable=False),
    *time_columns("at"),
    sa.Column("detail", LongText, nullable=False),
    # The state that people know of; NULL: none yet.
    sa.Column("told", sa.String(20)),
    # Why nobody is told; NULL: people are.
    sa.Column("muted_by", sa.String(500)),
    # When it was claimed, to be told of.
    sa.Column("claimed_at", UtcDateTime, index=True),
)

windows = sa.Table(
    "maintenance_windows",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("name", unique=True),
    sa.Column("spec", LongText, nullable=False),
    sa.Column("declared_in", sa.String(1000)),
    *time_columns("created_at", "updated_at"),
    sa.Column("revision", sa.Integer, nullable=False),
)

# What is on or off for all services, over restarts.
switches = sa.Table(
    "switches",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("is_on", sa.Boolean, nullable=False),
    *time_columns("changed_at"),
    sa.Column("actor", sa.String(NAME_LENGTH), nullable=False),
)
