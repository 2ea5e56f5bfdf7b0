"""Disparo's own database on a MariaDB, emptied for each test: a migration takes a second there."""

import time
import uuid
from typing import Any

import sqlalchemy as sa

from app.db import schema
from app.db.all_tables import metadata
from app.mysql_tls import connect_quickly
from tests import servers

_USERS = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = %s"
_NUMBERED = (
    "SELECT table_name FROM information_schema.tables "
    "WHERE table_schema = DATABASE() AND auto_increment > 1"
)
_FILLED = " UNION ALL ".join(
    f"SELECT '{table.name}' FROM DUAL WHERE EXISTS (SELECT 1 FROM `{table.name}`)"  # noqa: S608 - our own names
    for table in metadata.sorted_tables
)
_LEAVE_SECONDS = 1.0


def create_database(url: str, name: str) -> None:
    """Create a database, by way of the server's own one."""
    engine = quick_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()


def quick_engine(url: str, **options: Any) -> sa.Engine:
    """Return an engine whose connections cost little, on MariaDB too."""
    engine = sa.create_engine(url, **options)
    if engine.driver == "pymysql":
        connect_quickly(engine)
    return engine


class Records:
    """A database with the newest schema, which is as new each time it is asked for."""

    def __init__(self, server: servers.Server) -> None:
        self._server = server
        self._admin = _engine(server.url.format(database="mysql"))
        self._create()

    def empty(self) -> str:
        """Return the URL of the database, with what a migration writes and nothing else in it.

        A database that somebody still uses is left to him: then it is another one.
        """
        if not self._is_left():
            self._create()
        with self._engine.begin() as connection:
            filled = set(connection.exec_driver_sql(_FILLED).scalars())
            for table in reversed(metadata.sorted_tables):
                if table.name in filled:
                    connection.execute(table.delete())
            for table in metadata.sorted_tables:
                if rows := self._first[table.name]:
                    connection.execute(table.insert(), rows)
            for name in connection.exec_driver_sql(_NUMBERED).scalars().all():
                connection.exec_driver_sql(f"ALTER TABLE `{name}` AUTO_INCREMENT = 1")
        return self._url

    def _create(self) -> None:
        self._name = f"own{uuid.uuid4().hex}"
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._name}")
        self._url = self._server.url.format(database=self._name)
        self._engine = _engine(self._url)
        schema.upgrade(self._engine)
        with self._engine.begin() as connection:
            self._first = {
                table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
                for table in metadata.sorted_tables
            }

    def _is_left(self) -> bool:
        """Tell whether nobody uses the database; a connection that was closed takes a moment."""
        deadline = time.monotonic() + _LEAVE_SECONDS
        with self._admin.connect() as connection:
            while connection.exec_driver_sql(_USERS, (self._name,)).scalar():
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.01)
        return True


def _engine(url: str) -> sa.Engine:
    """Return an engine that keeps no connection, but what it knows of statements and the server."""
    return quick_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
