"""What versions answer to the samples that they were registered with."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LONG_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("model_versions", sa.Column("sample_answers", LONG_TEXT))


def downgrade() -> None:
    op.drop_column("model_versions", "sample_answers")
