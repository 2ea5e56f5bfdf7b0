"""The engine of Disparo's own database, and the one boundary of its transactions."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.connection_string import expand
from app.errors import ConfigurationError
from app.mysql_tls import connect_quickly
from app.redaction import learn, passwords_in
from app.settings_sections import Database

AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
"""What is raised when the database does not answer, or is too busy to: it may later."""


_DEADLOCK = 1213
"""As MySQL and MariaDB number it; SQLite knows none, for there one writes at a time."""


def is_deadlock(error: sa.exc.OperationalError) -> bool:
    """Tell whether a transaction gave way to another one: the same again may succeed at once."""
    arguments: tuple[object, ...] = getattr(error.orig, "args", ())
    return bool(arguments) and arguments[0] == _DEADLOCK


def database_url(settings: Database, state: Path) -> URL:
    """Return the URL of Disparo's database; an SQLite file's relative path starts at `state`."""
    text = expand(settings.url.get_secret_value(), "database.url")
    learn(passwords_in(text))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:  # a port that is no number is a ValueError
        raise ConfigurationError(
            "database.url is not an SQLAlchemy URL; write sqlite:///file or "
            "mysql+pymysql://user:password@host:port/name"
        ) from error
    if url.get_backend_name() == "sqlite" and url.database:
        return url.set(database=str(state / url.database))
    return url


def make_engine(settings: Database, state: Path) -> sa.Engine:
    """Make the engine: WAL and full synchronisation on SQLite, utf8mb4 on MySQL and MariaDB."""
    url = database_url(settings, state)
    match url.get_backend_name():
        case "sqlite":
            state.mkdir(parents=True, exist_ok=True)
            engine = sa.create_engine(
                url,
                pool_size=settings.pool_size,
                pool_timeout=settings.pool_timeout,
                connect_args={"timeout": settings.busy_timeout},
            )
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_at_once)
            return engine
        case "mysql" | "mariadb":
            engine = sa.create_engine(
                url.update_query_dict({"charset": "utf8mb4"}),
                pool_size=settings.pool_size,
                pool_timeout=settings.pool_timeout,
                pool_pre_ping=True,
                isolation_level="READ COMMITTED",
                connect_args={
                    "connect_timeout": min(10, settings.answer_timeout),
                    "read_timeout": settings.answer_timeout,
                    "write_timeout": settings.answer_timeout,
                    "init_command": "SET time_zone = '+00:00'",
                },
            )
            if engine.driver == "pymysql":
                connect_quickly(engine)
            return engine
        case other:
            raise ConfigurationError(
                f"database.url names {other!r}; Disparo keeps its records on SQLite, "
                "MariaDB 10.6+ or MySQL 8+"
            )


def reading(engine: sa.Engine) -> sa.Engine:
    """Return the engine for transactions that only read: on SQLite they hold up no writer."""
    return engine.execution_options(only_reads=True)


def _prepare_sqlite(connection: sa.engine.interfaces.DBAPIConnection, _: object) -> None:
    # Transactions are begun by _begin_at_once, not by the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_at_once(connection: sa.Connection) -> None:
    # A deferred transaction that turns into a writer fails at once if another wrote meanwhile;
    # an immediate one waits for its turn.
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
