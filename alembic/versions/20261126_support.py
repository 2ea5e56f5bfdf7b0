"""Which releases work with the schema, so that services of two releases run side by side."""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table("schema_support", sa.Column("oldest", sa.String(32), primary_key=True))
    op.bulk_insert(table, [{"oldest": revision}])


def downgrade() -> None:
    op.drop_table("schema_support")
