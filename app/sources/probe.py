"""Test a source: try every step of a connection, and tell in words which one failed."""

import time

import sqlalchemy as sa

from app.errors import AppError
from app.sources.connection import Connection, connect
from app.sources.limits import Limits
from app.values.source import Probe, Source, Step


def probe(source: Source, limits: Limits) -> Probe:
    """Connect to the source and ask it for its release. Never raises for a source that fails."""
    start = time.monotonic()
    try:
        connection = connect(source.name, source.connection.get_secret_value(), limits)
        try:
            system = _system(connection)
        finally:
            connection.close()
    except AppError as error:
        step = Step(str(error.facts.get("step", Step.CONFIGURATION)))
        return Probe(
            source=source.name,
            ok=False,
            failed_step=step,
            detail=error.detail,
            seconds=time.monotonic() - start,
        )
    return Probe(
        source=source.name,
        ok=True,
        detail=f"connected to {system} and read a row",
        database=system,
        seconds=time.monotonic() - start,
    )


def _system(connection: Connection) -> str:
    """Ask for the release, which needs every step of a connection."""
    name = connection.dialect.name
    version = sa.func.sqlite_version() if name == "sqlite" else sa.func.version()
    row = connection.fetch(sa.select(version.label("release")))[0]
    return f"{name} {str(row['release']).removeprefix('PostgreSQL ').split(' ')[0]}"
