"""The tables of people: users, their sessions, one-time links, and how often log-in was tried."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from app.db.tables import ExactText, Id, UtcDateTime, metadata, name_column, time_columns

# The SHA-256 of something random that its owner alone has, in hexadecimal digits.
Digest = sa.String(64).with_variant(
    mysql.CHAR(64, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", Id, primary_key=True),
    name_column("name", unique=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("is_enabled", sa.Boolean, nullable=False),
    # As argon2 writes it; NULL: there is none yet, or single sign-on is the way in.
    sa.Column("password", sa.String(255)),
    # Who vouches for the user, and by which name: of single sign-on.
    sa.Column("issuer", ExactText),
    sa.Column("subject", ExactText),
    *time_columns("created_at", "updated_at"),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.UniqueConstraint("issuer", "subject"),
    # What refers to a removed user is never another's.
    sqlite_autoincrement=True,
)

user_sessions = sa.Table(
    "user_sessions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("digest", Digest, nullable=False, unique=True),
    sa.Column("user", sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("way", sa.String(20), nullable=False),
    sa.Column("address", sa.String(100), nullable=False),
    sa.Column("agent", sa.String(255), nullable=False),
    # When it was used last, at most a minute behind; when it ends, used or not.
    *time_columns("created_at", "seen_at"),
    sa.Column("ends_at", UtcDateTime, nullable=False, index=True),
    sqlite_autoincrement=True,
)

user_links = sa.Table(
    "user_links",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("digest", Digest, nullable=False, unique=True),
    sa.Column("purpose", sa.String(20), nullable=False),
    # Whose password it sets; NULL: the first admin's, who is nobody yet.
    sa.Column("user", sa.ForeignKey("users.id"), index=True),
    *time_columns("created_at", "ends_at"),
)

# How often log-in was tried by account and by address, as the time at which all is forgotten.
login_tries = sa.Table(
    "login_tries",
    metadata,
    sa.Column("digest", Digest, primary_key=True),
    # Seconds since 1970, so that one statement counts on every database. It has no index: InnoDB
    # would lock that one too, in another order, and tries at once would be deadlocks.
    sa.Column("forgotten_at", sa.Double, nullable=False),
)
