"""The store of switches: what is on or off for all services, over restarts."""

from datetime import datetime

import sqlalchemy as sa

from app.db.check_tables import switches
from app.values.switch import Switch

PAUSE = "scheduler paused"


class SwitchStore:
    """Switches, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Switch | None:
        """Return a switch; None: nobody has ever turned it."""
        query = sa.select(switches).where(switches.c.name == name)
        row = self._connection.execute(query).first()
        return None if row is None else Switch(**row._mapping)  # noqa: SLF001 - documented name

    def is_on(self, name: str) -> bool:
        """Tell whether a switch is on."""
        query = sa.select(switches.c.is_on).where(switches.c.name == name)
        return bool(self._connection.execute(query).scalar())

    def turn(self, name: str, *, is_on: bool, actor: str, now: datetime) -> bool:
        """Turn a switch; tell whether that changes anything."""
        fields = {"is_on": is_on, "actor": actor, "changed_at": now}
        change = switches.update().where(switches.c.name == name, switches.c.is_on != is_on)
        if self._connection.execute(change.values(fields)).rowcount:
            return True
        if not is_on or self.get(name) is not None:
            return False
        self._connection.execute(switches.insert().values(name=name, **fields))
        return True
