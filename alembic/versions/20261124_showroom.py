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
    op.create_index("ix_prediction_requests_received_at", "prediction_requests", ["received_at"])
    op.create_table(
        "prediction_cases",
        sa.Column("request", REQUEST_ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("inputs", LONG_TEXT, nullable=False),
        sa.Column("output", LONG_TEXT, nullable=False),
        sa.Column("label", sa.String(255)),
        sa.Column("outcome", LONG_TEXT),
        sa.Column("outcome_at", TIME),
        sa.PrimaryKeyConstraint("request", "number", name=op.f("pk_prediction_cases")),
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
    for table in ("cases", "prediction_cases", "prediction_requests"):
        op.drop_table(table)
    op.execute("DELETE FROM counters WHERE name = 'models'")
    with op.batch_alter_table("model_versions") as batch:
        batch.drop_column("sample")
    with op.batch_alter_table("models") as batch:
        batch.drop_column("serving")
