"""What files declare, of whichever noun: which of it a file does not declare any more."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from app.db.alert_tables import alert_channels, alert_rules
from app.db.check_tables import checks, windows
from app.db.tables import schedules, sources

_TABLES = {
    "source": sources,
    "schedule": schedules,
    "check": checks,
    "window": windows,
    "channel": alert_channels,
    "rule": alert_rules,
}


class DeclaredStore:
    """Things that files declare, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def release(
        self, noun: str, place: str, declared: Collection[str], *, now: datetime
    ) -> list[str]:
        """Let what `place` declared, and no more, belong to no file; return its names."""
        table = _TABLES[noun]
        query = sa.select(table.c.name).where(table.c.declared_in == place).order_by(table.c.name)
        names = [name for name in self._connection.scalars(query) if name not in declared]
        values: dict[str, object] = {"declared_in": None, "updated_at": now}
        if "revision" in table.c:
            values["revision"] = table.c.revision + 1
        for name in names:
            mine = (table.c.name == name) & (table.c.declared_in == place)
            self._connection.execute(table.update().where(mine).values(values))
        return names
