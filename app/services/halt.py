"""The halt: the whole scheduler is paused, for all services and over restarts, until resumed."""

from datetime import datetime

import sqlalchemy as sa

from app.db.engine import reading
from app.db.events import EventStore
from app.db.switches import PAUSE, SwitchStore
from app.values.switch import Switch


class HaltService:
    """The use case of pausing the scheduler as a whole.

    While it is paused no slot is claimed; runs by hand, retries and backfills go on. When it is
    resumed, each schedule's policies decide what becomes of the slots since.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def get(self) -> Switch | None:
        """Return the switch; None: it was never paused."""
        with self._reading.begin() as connection:
            return SwitchStore(connection).get(PAUSE)

    def turn(self, *, paused: bool, actor: str, now: datetime) -> Switch:
        """Pause the scheduler, or let it go on; once more changes nothing."""
        with self._engine.begin() as connection:
            store = SwitchStore(connection)
            if store.turn(PAUSE, is_on=paused, actor=actor, now=now):
                event = "paused" if paused else "resumed"
                EventStore(connection).add("scheduler", event, now, actor=actor)
            found = store.get(PAUSE)
        return found or Switch(name=PAUSE, is_on=False, changed_at=now, actor=actor)
