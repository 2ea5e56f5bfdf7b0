"""The table of jobs in Slurm: what dispatches were submitted as."""

import sqlalchemy as sa

from app.db.tables import Id, LongText, UtcDateTime, metadata, time_columns

slurm_jobs = sa.Table(
    "slurm_jobs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("dispatch", sa.BigInteger, nullable=False, index=True),
    # By which Slurm knows it whatever becomes of ids, and how often the work was submitted.
    sa.Column("name", sa.String(100), nullable=False, unique=True),
    sa.Column("submission", sa.Integer, nullable=False),
    # The claim under which its program runs the dispatch, and the job's restarts by then.
    sa.Column("claim", sa.String(32)),
    sa.Column("claim_restarts", sa.Integer, nullable=False),
    # As Slurm told last.
    sa.Column("job", sa.BigInteger),
    sa.Column("state", sa.String(20)),
    sa.Column("reason", sa.String(255)),
    sa.Column("node", sa.String(255)),
    sa.Column("restarts", sa.Integer, nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.Column("output", sa.String(1000)),
    *time_columns("taken_at"),
    # When it was last tried to submit it, and when Slurm said that it has it.
    sa.Column("tried_at", UtcDateTime),
    sa.Column("submitted_at", UtcDateTime),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("fault", LongText),
    # When nothing more was to be done about the job, and when its output was copied whole.
    sa.Column("closed_at", UtcDateTime, index=True),
    sa.Column("copied_at", UtcDateTime, index=True),
    # Where its output begins in the dispatch's whole log, in bytes; NULL: nothing was copied.
    sa.Column("log_start", sa.BigInteger),
)
