"""Test a source: try every step of a connection, and tell in words which one failed."""

import time

import sqlalchemy as sa

from app.errors import AppError
from app.sources.connection import connect
from app.sources.limits import Limits
from app.values.source import Probe, Source, Step


def probe(source: Source, limits: Limits) -> Probe:
    """Connect to the source and ask it for one row. Never raises for a source that fails."""
    start = time.monotonic()
    try:
        connection = connect(source.name, source.connection.get_secret_value(), limits)
        try:
            connection.fetch(sa.select(sa.literal_column("1").label("one")))
            system = connection.dialect.name
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
