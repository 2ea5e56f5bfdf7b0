"""The databases: each holds the flights, and each is reached as a user may reach it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
import sqlalchemy as sa

from tests import flights, servers

SYSTEMS = ("mariadb", "postgresql", "sqlite")
WAYS = ("sqlalchemy", "odbc")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database with flights, a way to it, and its server."""

    system: str
    way: str
    connection: str
    engine: sa.Engine
    server: psutil.Process | None = None

    def drop(self, table: str) -> None:
        """Begin without a table, as pandas does: what a former run left costs a later one more."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")


def many(rows: int) -> pd.DataFrame:
    """Return so many flights: beyond those of the year, the same once more with other keys."""
    known = flights.all_flights()
    copies = -(-rows // len(known))
    shifted = [known.assign(id=known["id"] + n * 10**7) for n in range(copies)]
    return pd.concat(shifted, ignore_index=True).head(rows)


@contextmanager
def place(system: str, way: str, rows: pd.DataFrame, directory: Path) -> Iterator[Place]:
    """Run a private server, where there is one, and fill it."""
    if system == "sqlite":
        file = directory / "flights.sqlite"
        url, odbc, server = f"sqlite:///{file}", f"Driver=SQLite3;Database={file}", None
        with _filled(url, rows) as engine:
            yield Place(system=system, way=way, connection=_one(way, url, odbc), engine=engine)
        return
    with (servers.mariadb if system == "mariadb" else servers.postgresql)() as running:
        first = {"mariadb": "mysql", "postgresql": "postgres"}[system]
        maker = sa.create_engine(running.url.format(database=first), isolation_level="AUTOCOMMIT")
        with maker.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE flights")
        url, odbc = (one.format(database="flights") for one in (running.url, running.odbc))
        server = psutil.Process(running.process.pid)
        with _filled(url, rows) as engine:
            yield Place(
                system=system,
                way=way,
                connection=_one(way, url, odbc),
                engine=engine,
                server=server,
            )


def _one(way: str, url: str, odbc: str) -> str:
    return odbc if way == "odbc" else url


@contextmanager
def _filled(url: str, rows: pd.DataFrame) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url)
    flights.write(rows, engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX flights_id ON flights (id)")
    yield engine
    engine.dispose()
