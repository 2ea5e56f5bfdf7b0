"""The store of counters: numbers of changes, by which others see that there is one."""

import sqlalchemy as sa

from app.db.tables import counters


class CounterStore:
    """Counters, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def bump(self, name: str) -> None:
        """Take the next number. The row's lock puts changes in the order of their commits."""
        change = counters.update().where(counters.c.name == name)
        self._connection.execute(change.values(value=counters.c.value + 1))

    def get(self, name: str) -> int:
        """Return the newest number."""
        query = sa.select(counters.c.value).where(counters.c.name == name)
        return int(self._connection.execute(query).scalar_one())
