"""Databases: a source is well once it lets its table be queried."""

from collections.abc import Callable
from typing import Protocol

import sqlalchemy as sa

from app.monitor.calls import Calls
from app.monitor.look import Look, ProbeError, Step
from app.values.check import DatabaseTarget, Reading


class Session(Protocol):
    """What is needed of a connection to a source. Its methods raise AppError."""

    def fetch(self, statement: sa.Select[tuple[object, ...]]) -> list[dict[str, object]]:
        """Return all rows of a small result."""
        ...

    def interrupt(self) -> None:
        """Make a call that another thread waits in return soon, where the driver can."""
        ...

    def close(self) -> None:
        """Close."""
        ...


Connect = Callable[[str, float], Session]
"""Connects to the source of that name, waiting for its answers no longer than so many seconds."""


class DatabaseProbe:
    """Connects to a source, and asks its table for no row."""

    def __init__(self, connect: Connect, calls: Calls) -> None:
        self._connect = connect
        self._calls = calls

    def look(self, target: DatabaseTarget, *, timeout: float) -> Reading:
        """Return whether the source can be used within `timeout` seconds."""
        del target
        return Look(timeout).failed(ProbeError(Step.OWN, "this probe is not there yet"))
