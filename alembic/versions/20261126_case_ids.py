"""Ids of cases: SQLite gives that of a removed case to no other, whose history it would share."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _recreate(sqlite_autoincrement=True)


def downgrade() -> None:
    _recreate(sqlite_autoincrement=False)


def _recreate(*, sqlite_autoincrement: bool) -> None:
    # MySQL and MariaDB have always kept to this.
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table(
            "cases", recreate="always", table_kwargs={"sqlite_autoincrement": sqlite_autoincrement}
        ):
            pass
