"""The tables of the Showroom: predictions on record, what turned out to be true, and cases."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.db.tables import (
    NAME_LENGTH,
    ExactText,
    Id,
    LongText,
    metadata,
    name_column,
    time_columns,
)

# A UUID of version 7: those of one process are in the order of their making.
RequestId = sa.String(32).with_variant(
    mysql.CHAR(32, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)

prediction_requests = sa.Table(
    "prediction_requests",
    metadata,
    sa.Column("id", RequestId, primary_key=True),
    name_column("model"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("caller", sa.String(NAME_LENGTH), nullable=False),
    *time_columns("received_at"),
    sa.Column("cases", sa.Integer, nullable=False),
    sa.Column("queue_seconds", sa.Double, nullable=False),
    sa.Column("infer_seconds", sa.Double, nullable=False),
    # The request that a shadow version answered too, or that was replayed.
    sa.Column("shadow_of", RequestId, index=True),
    sa.Column("replay_of", RequestId),
    # Whether it was only tried out: it counts nowhere.
    sa.Column("trial", sa.Boolean, nullable=False, server_default=sa.false()),
    # Each index costs every answer: times are found by the id, which begins with one.
    sa.Index("ix_prediction_requests_model_id", "model", "id"),
)

prediction_cases = sa.Table(
    "prediction_cases",
    metadata,
    sa.Column("request", RequestId, primary_key=True),
    # The place of the case in its request, from 0.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("inputs", LongText, nullable=False),
    # The prediction as it was answered.
    sa.Column("output", LongText, nullable=False),
    sa.Column("label", ExactText),
)

# What turned out to be true, and how good the prediction was: apart from the cases, so that it is
# read in a time that goes with the outcomes, not with the predictions.
prediction_outcomes = sa.Table(
    "prediction_outcomes",
    metadata,
    sa.Column("request", RequestId, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    # The outcome as JSON, when it was told, and by whom.
    sa.Column("outcome", LongText, nullable=False),
    *time_columns("outcome_at"),
    sa.Column("actor", sa.String(NAME_LENGTH), nullable=False),
    # Of the request, again.
    name_column("model"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    *time_columns("received_at"),
    # Of a classifier: the class that was predicted, and the one that is true.
    sa.Column("label", ExactText),
    sa.Column("truth", ExactText),
    # The probability whose calibration is looked at, whether it came true, and the Brier score.
    sa.Column("chance", sa.Double),
    sa.Column("hit", sa.Boolean),
    sa.Column("brier", sa.Double),
    # Of a regressor: the prediction less the outcome.
    sa.Column("error", sa.Double),
    sa.Index("ix_prediction_outcomes_model_received_at", "model", "received_at"),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("model", index=True),
    sa.Column("title", sa.String(255), nullable=False),
    sa.Column("inputs", LongText, nullable=False),
    # The label, or the value, that a version must answer; NULL: none is known.
    sa.Column("expected", LongText),
    sa.Column("tags", LongText, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    *time_columns("created_at", "updated_at"),
    sqlite_autoincrement=True,
)
