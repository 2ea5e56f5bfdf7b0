"""Faults of the programs of dispatches."""

import time
from contextlib import suppress

import psutil
import sqlalchemy as sa

from app.db.tables import dispatches
from app.values.dispatch import DispatchState
from tests.chaos.cast import Cast
from tests.chaos.fault import Fault
from tests.chaos.household import programs

_WAIT_SECONDS = 3.0
"""For a dispatch that runs, where one is to be struck."""
_PAUSE_SECONDS = 0.05


class KillDispatch(Fault):
    """A program of a dispatch crashes."""

    def begin(self) -> str | None:
        """Kill one that runs."""
        found = self._some()
        if found is None:
            return None
        dispatch, process = found
        process.kill()
        return f"dispatch {dispatch}, process {process.pid}"

    def _some(self) -> tuple[int, psutil.Process] | None:
        """Return a dispatch that runs, and its program; wait a moment for one."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not (running := self._running()):
            if time.monotonic() > deadline:
                return None
            time.sleep(_PAUSE_SECONDS)
        return running[int(self.stroke.chance * len(running))]

    def _running(self) -> list[tuple[int, psutil.Process]]:
        known = _running(self.cast)
        if not known:
            return []
        ours = {one.pid: one for one in programs(self.cast.directory)}
        return [(number, ours[process]) for number, process in known if process in ours]


class StopDispatch(KillDispatch):
    """A program of a dispatch falls silent, and comes back: perhaps when another has its work."""

    _stopped: psutil.Process | None = None

    def begin(self) -> str | None:
        """Stop one that runs."""
        found = self._some()
        if found is None:
            return None
        dispatch, self._stopped = found
        self._stopped.suspend()
        return f"dispatch {dispatch}, process {self._stopped.pid}"

    def heal(self) -> None:
        """Let it go on."""
        if self._stopped is not None:
            with suppress(psutil.NoSuchProcess):
                self._stopped.resume()


def _running(cast: Cast) -> list[tuple[int, int]]:
    """Return the dispatches that run, with their processes; none while the database is away."""
    query = sa.select(dispatches.c.id, dispatches.c.process).where(
        dispatches.c.state == DispatchState.RUNNING, dispatches.c.process.is_not(None)
    )
    with suppress(sa.exc.SQLAlchemyError), cast.factory.engine.connect() as connection:
        return [
            (row.id, row.process) for row in connection.execute(query.order_by(dispatches.c.id))
        ]
    return []
