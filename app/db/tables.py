"""The tables. Alembic's migrations create them; a test shows that the two agree."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime with microseconds, on databases that store neither."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[datetime]:
        """Keep microseconds on MySQL and MariaDB."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sa.DateTime())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Store UTC; refuse a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a naive datetime reached the database: {value!r}"
            raise ValueError(message)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        return value if value is None else value.replace(tzinfo=UTC)


Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers INTEGER keys alone
LongText = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
# Words that are told apart by every letter, as SQLite does by itself.
ExactText = sa.String(255).with_variant(
    mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb"
)
NAME_LENGTH = 100


def name_column(column: str, *, unique: bool = False, index: bool = False) -> sa.Column[str]:
    """Return a column of names."""
    return sa.Column(column, sa.String(NAME_LENGTH), nullable=False, unique=unique, index=index)


def time_columns(*names: str) -> list[sa.Column[datetime]]:
    """Return columns of instants that are never missing."""
    return [sa.Column(name, UtcDateTime, nullable=False) for name in names]


sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("name", unique=True),
    sa.Column("connection", LongText, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("declared_in", sa.String(1000)),
    *time_columns("created_at", "updated_at"),
    # Dispatches that may use the source at once; NULL: as many as run.
    sa.Column("concurrency", sa.Integer),
)

models = sa.Table(
    "models",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("name", unique=True),
    sa.Column("live", sa.Integer),
    *time_columns("created_at"),
    # How the Showroom serves it.
    sa.Column("serving", LongText, nullable=False),
)

model_versions = sa.Table(
    "model_versions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("model_id", sa.ForeignKey("models.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, index=True),
    sa.Column("filename", sa.String(255), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("estimator", LongText, nullable=False),
    sa.Column("signature", LongText, nullable=False),
    *time_columns("registered_at"),
    # Some rows of the sample, as cases.
    sa.Column("sample", LongText),
    # What the version answers to them.
    sa.Column("sample_answers", LongText),
    sa.UniqueConstraint("model_id", "number"),
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("name", unique=True),
    sa.Column("spec", LongText, nullable=False),
    sa.Column("declared_in", sa.String(1000)),
    *time_columns("created_at", "updated_at"),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    # The number of the newest change of any schedule that changed this one.
    sa.Column("changed", sa.BigInteger, nullable=False, index=True),
    # Slots up to here are decided, and the next one is due then.
    *time_columns("claimed_until"),
    sa.Column("due_at", UtcDateTime, index=True),
    # Why the row is set aside.
    sa.Column("fault", LongText),
)

dispatches = sa.Table(
    "dispatches",
    metadata,
    sa.Column("id", Id, primary_key=True),
    # Tells this execution from those of other services that deliver to the same database.
    sa.Column("run", sa.String(32), nullable=False, unique=True),
    name_column("schedule", index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("slot", UtcDateTime, nullable=False),
    # The slot again for a scheduled dispatch alone, so that each slot has exactly one.
    sa.Column("claimed_slot", UtcDateTime),
    sa.Column("order", LongText, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    *time_columns("created_at"),
    sa.Column("started_at", UtcDateTime),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("heartbeat_at", UtcDateTime),
    name_column("model", index=True),
    sa.Column("version", sa.Integer),
    sa.Column("digest", sa.String(64)),
    sa.Column("launcher", sa.String(20)),
    sa.Column("host", sa.String(255)),
    sa.Column("process", sa.Integer),
    sa.Column("rows_expected", sa.BigInteger),
    sa.Column("rows_collected", sa.BigInteger, nullable=False),
    sa.Column("rows_inferred", sa.BigInteger, nullable=False),
    sa.Column("rows_delivered", sa.BigInteger, nullable=False),
    sa.Column("collect_seconds", sa.Double, nullable=False),
    sa.Column("infer_seconds", sa.Double, nullable=False),
    sa.Column("deliver_seconds", sa.Double, nullable=False),
    sa.Column("peak_memory", sa.BigInteger),
    sa.Column("error", LongText),
    sa.Column("cancel_requested", sa.Boolean, nullable=False),
    sa.UniqueConstraint("schedule", "claimed_slot"),
    # Whoever runs it proves so by this token.
    sa.Column("claim", sa.String(32)),
    *time_columns("not_before"),
    sa.Column("start_by", UtcDateTime),
    sa.Column("priority", sa.Integer, nullable=False),
    # What may not run at once shares a lane; its width is how many may.
    sa.Column("lane", sa.String(150), nullable=False),
    sa.Column("lane_width", sa.Integer, nullable=False),
    # The dispatch that this one tries again: each is tried again once at the most.
    sa.Column("retry_of", sa.BigInteger, unique=True),
    sa.Column("backfill", sa.BigInteger, index=True),
    name_column("collect_source"),
    name_column("deliver_source"),
    # Where it is to run, by its schedule; NULL: as the settings say.
    sa.Column("wanted_launcher", sa.String(20)),
    # When it was handed to Slurm, where it waits on.
    sa.Column("submitted_at", UtcDateTime),
    # Of a task: whose it is, and which one; the publication has no number.
    sa.Column("parent", sa.BigInteger, index=True),
    sa.Column("partition", sa.Integer),
    # Of a dispatch that was split: into how many.
    sa.Column("tasks", sa.Integer),
    sa.Index("ix_dispatches_waiting", "state", "priority", "slot", "id"),
    sa.Index("ix_dispatches_lane_state", "lane", "state"),
    # What ran when is told by these two alone; the others are for filters of long lists.
    sa.Index("ix_dispatches_ran", "started_at", "finished_at", "schedule", "parent"),
    sa.Index("ix_dispatches_ended", "finished_at", "started_at", "schedule", "parent"),
    sa.Index("ix_dispatches_slot", "slot", "schedule", "state", "kind", "parent"),
    sa.Index("ix_dispatches_kind", "kind"),
    sa.Index("ix_dispatches_schedule_state", "schedule", "state"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("subject", sa.String(150), nullable=False, index=True),
    sa.Column("name", sa.String(50), nullable=False),
    sa.Column("actor", sa.String(NAME_LENGTH), nullable=False),
    sa.Column("detail", LongText, nullable=False),
    # Whence somebody brought it about, by which request; the audit are those of somebody.
    sa.Column("address", sa.String(60)),
    sa.Column("request", sa.String(128)),
    sa.Column("is_audited", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_events_is_audited_id", "is_audited", "id"),
)

backfills = sa.Table(
    "backfills",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("schedule", index=True),
    *time_columns("first", "until", "created_at"),
    sa.Column("at_once", sa.Integer, nullable=False),
    sa.Column("slots", sa.Integer, nullable=False),
    sa.Column("actor", sa.String(NAME_LENGTH), nullable=False),
)

dispatch_logs = sa.Table(
    "dispatch_logs",
    metadata,
    sa.Column("dispatch", sa.BigInteger, primary_key=True, autoincrement=False),
    # Where the piece begins in the whole output, in bytes.
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("text", LongText, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("holder", sa.String(100), nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False),
    *time_columns("expires_at"),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.String(50), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)

# Of APScheduler's SQLAlchemyJobStore, which is told to use it.
apscheduler_jobs = sa.Table(
    "apscheduler_jobs",
    metadata,
    sa.Column("id", sa.Unicode(191), primary_key=True),
    sa.Column("next_run_time", sa.Double, index=True),
    sa.Column("job_state", sa.LargeBinary, nullable=False),
)
