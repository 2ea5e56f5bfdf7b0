"""Databases: a source is well once it lets its table be queried."""

import threading
import time
from typing import Protocol

import sqlalchemy as sa

from app.errors import AppError
from app.monitor.calls import Calls
from app.monitor.look import Look, ProbeError, Step
from app.values.check import DatabaseTarget, Reading


class Session(Protocol):
    """What is needed of a connection to a source. Its methods raise AppError."""

    dialect: sa.Dialect

    def fetch(self, statement: sa.Select[tuple[object, ...]]) -> list[dict[str, object]]:
        """Return all rows of a small result."""
        ...

    def interrupt(self) -> None:
        """Make a call that another thread waits in return soon, where the driver can."""
        ...

    def close(self) -> None:
        """Close."""
        ...


class Sources(Protocol):
    """What connects to sources."""

    def prepare(self) -> None:
        """Load what connecting needs, which takes time once."""
        ...

    def session(self, name: str, seconds: float) -> Session:
        """Connect, waiting for no answer longer than so many seconds.

        Raises AppError, whose fact `step` names the step that failed.
        """
        ...


class DatabaseProbe:
    """Connects to a source, and asks its table for no row."""

    def __init__(self, sources: Sources, calls: Calls) -> None:
        self._sources = sources
        self._calls = calls

    def look(self, target: DatabaseTarget, *, timeout: float) -> Reading:
        """Return whether the source can be used within `timeout` seconds.

        Drivers keep to no time-out, or to their own: the visit has a thread of its own.
        """
        self._sources.prepare()
        look = Look(timeout)
        visit = _Visit(target, self._sources, timeout)
        try:
            visit = self._calls.run(target, visit.make, look.left)  # maybe another's, just begun
        except TimeoutError:
            reading = visit.tell(look).failed(ProbeError(Step.TIMEOUT, visit.late()))
            visit.give_up()
            return reading
        except ProbeError as error:
            return look.failed(error)
        if visit.error is not None:
            step = str(visit.error.facts.get("step", Step.CONFIGURATION))
            return visit.tell(look).failed(ProbeError(step, visit.error.detail))
        return visit.tell(look).well(visit.found())


class _Visit:
    """One visit to a source: connect, query, and leave."""

    def __init__(self, target: DatabaseTarget, sources: Sources, seconds: float) -> None:
        self._target = target
        self._sources = sources
        self._seconds = seconds
        self._took: dict[str, float] = {}
        self._session: Session | None = None
        self._system: str | None = None
        self.error: AppError | None = None

    def make(self) -> "_Visit":
        """Go through all steps; a failure is kept."""
        try:
            self._go()
        except AppError as error:
            self.error = error
        return self

    def _go(self) -> None:
        start = time.monotonic()
        try:
            session = self._session = self._sources.session(self._target.source, self._seconds)
        finally:
            self._took["connect"] = time.monotonic() - start
        self._system = session.dialect.name
        start = time.monotonic()
        try:
            session.fetch(_question(self._target.table))
        finally:
            self._took["query"] = time.monotonic() - start
            session.close()

    def give_up(self) -> None:
        """Make the query return, where the driver can: by a thread, since it may hang as well."""
        if self._session is not None:
            threading.Thread(target=self._session.interrupt, daemon=True).start()

    def tell(self, look: Look) -> Look:
        """Add to a look what is known of the steps."""
        for step, seconds in list(self._took.items()):
            look.took(step, seconds)
        if self._system:
            look.facts["system"] = self._system
        return look

    def found(self) -> str:
        """Return in words what was reached."""
        table = self._target.table
        what = f"its table {table} can be queried" if table else "it answers a query"
        return f"connected to source {self._target.source!r} ({self._system}), and {what}"

    def late(self) -> str:
        """Return in words what did not end in time."""
        source, table = f"source {self._target.source!r}", self._target.table
        if self._session is None:
            return (
                f"{source}: there was no connection within {self._seconds:g} s; check that the "
                "host is up, that no firewall drops the packets, and that the database is not "
                "too busy"
            )
        query = f"a query of table {table} that returns no row" if table else "the smallest query"
        return (
            f"{source}: connected, but {query} did not end within {self._seconds:g} s; see what "
            "the database is busy with, or what locks the table"
        )


def _question(table: str | None) -> sa.Select[tuple[object, ...]]:
    """Return a query that needs the table and the right to read it, and returns no row of it."""
    one: sa.Select[tuple[object, ...]] = sa.select(sa.literal_column("1").label("one"))
    if table is None:
        return one
    schema, _, name = table.rpartition(".")
    return one.select_from(sa.table(name, schema=schema or None)).where(sa.false())
