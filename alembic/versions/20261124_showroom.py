"""The Showroom: predictions on record, stored cases, how a model is served."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from alembic import op
from app.db import tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
REQUEST_ID = sa.String(32).with_variant(
    mysql.CHAR(32, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)
TIME = tables.UtcDateTime()
EXACT_TEXT = sa.String(255).with_variant(
    mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
)


def upgrade() -> None:
    op.add_column("models", sa.Column("serving", LONG_TEXT))
    op.execute("UPDATE models SET serving = '{}'")
    with op.batch_alter_table("models") as batch:
        batch.alter_column("serving", existing_type=LONG_TEXT, nullable=False)
    op.add_column("model_versions", sa.Column("sample", LONG_TEXT))
    op.execute("INSERT INTO counters (name, value) VALUES ('models', 0)")
    op.create_table(
        "prediction_requests",
        sa.Column("id", REQUEST_ID, nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("caller", sa.String(100), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("queue_seconds", sa.Double(), nullable=False),
        sa.Column("infer_seconds", sa.Double(), nullable=False),
        sa.Column("shadow_of", REQUEST_ID),
        sa.Column("replay_of", REQUEST_ID),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prediction_requests")),
    )
    op.create_index("ix_prediction_requests_model_id", "prediction_requests", ["model", "id"])
    op.create_index("ix_prediction_requests_shadow_of", "prediction_requests", ["shadow_of"])
    op.create_table(
        "prediction_cases",
        sa.Column("request", REQUEST_ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("inputs", LONG_TEXT, nullable=False),
        sa.Column("output", LONG_TEXT, nullable=False),
        sa.Column("label", EXACT_TEXT),
        sa.PrimaryKeyConstraint("request", "number", name=op.f("pk_prediction_cases")),
    )
    op.create_table(
        "prediction_outcomes",
        sa.Column("request", REQUEST_ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", LONG_TEXT, nullable=False),
        sa.Column("outcome_at", TIME, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("label", EXACT_TEXT),
        sa.Column("truth", EXACT_TEXT),
        sa.Column("chance", sa.Double()),
        sa.Column("hit", sa.Boolean()),
        sa.Column("brier", sa.Double()),
        sa.Column("error", sa.Double()),
        sa.PrimaryKeyConstraint("request", "number", name=op.f("pk_prediction_outcomes")),
    )
    op.create_index(
        "ix_prediction_outcomes_model_received_at", "prediction_outcomes", ["model", "received_at"]
    )
    op.create_table(
        "cases",
        sa.Column("id", ID, nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("inputs", LONG_TEXT, nullable=False),
        sa.Column("expected", LONG_TEXT),
        sa.Column("tags", LONG_TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index("ix_cases_model", "cases", ["model"])


def downgrade() -> None:
    op.drop_index("ix_cases_model", "cases")
    for table in ("cases", "prediction_outcomes", "prediction_cases", "prediction_requests"):
        op.drop_table(table)
    op.execute("DELETE FROM counters WHERE name = 'models'")
    with op.batch_alter_table("model_versions") as batch:
        batch.drop_column("sample")
    with op.batch_alter_table("models") as batch:
        batch.drop_column("serving")
