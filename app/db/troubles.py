"""The store of troubles: what rules have told of and is not over."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db.alert_tables import alert_troubles
from app.values.base import Instant, Value
from app.values.notice import Notice, Subject


class StoredTrouble(Value):
    """What one rule has told of one thing."""

    id: int
    rule: str
    subject: Subject
    name: str
    state: str
    """The newest, also one that the rule is not about."""
    notice: Notice
    """The newest that the rule told of."""
    reminders: int
    """How many were sent of that notice."""
    remind_at: Instant | None


class TroubleStore:
    """Troubles, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of(self, subject: Subject, name: str) -> dict[str, StoredTrouble]:
        """Return what is told of a thing and not over, by rule."""
        query = sa.select(alert_troubles).where(*_about(subject, name))
        return {row.rule: _value(row) for row in self._connection.execute(query)}

    def put(self, rule: str, notice: Notice, remind_at: datetime | None) -> None:
        """Note that a rule has told of this, whatever it told of the same thing before."""
        fields = {
            "state": notice.after,
            "notice": notice.model_dump_json(),
            "reminders": 0,
            "remind_at": remind_at,
        }
        key = {"subject": notice.subject, "name": notice.name, "rule": rule}
        where = [alert_troubles.c[column] == value for column, value in key.items()]
        if self._connection.execute(alert_troubles.update().where(*where).values(fields)).rowcount:
            return
        try:
            with self._connection.begin_nested():
                self._connection.execute(alert_troubles.insert().values(**key, **fields))
        except sa.exc.IntegrityError:  # another told of the same thing at the same time
            self._connection.execute(alert_troubles.update().where(*where).values(fields))

    def left(self, trouble: StoredTrouble, state: str) -> None:
        """Note that the thing has come to a state that the rule is not about, and is not well."""
        self._change(trouble.id, state=state, remind_at=None)

    def end(self, subject: Subject, name: str) -> None:
        """Forget all that was told of a thing: it is well again, or gone."""
        self._connection.execute(alert_troubles.delete().where(*_about(subject, name)))

    def quiet(self, subject: Subject, name: str) -> None:
        """Send no more reminders of a thing; of its recovery people are told."""
        change = alert_troubles.update().where(*_about(subject, name))
        self._connection.execute(change.values(remind_at=None))

    def forget_rule(self, rule: str) -> None:
        """Forget all that a rule has told of."""
        self._connection.execute(alert_troubles.delete().where(alert_troubles.c.rule == rule))

    def due(self, now: datetime, limit: int) -> Sequence[StoredTrouble]:
        """Return those of which people are to be reminded by now, the oldest first."""
        query = sa.select(alert_troubles).where(alert_troubles.c.remind_at <= now)
        rows = self._connection.execute(query.order_by(alert_troubles.c.remind_at).limit(limit))
        return [_value(row) for row in rows]

    def put_off(self, seen: StoredTrouble, remind_at: datetime | None) -> None:
        """Remind of it later, if it lasts."""
        if seen.remind_at is not None:
            self._change(seen.id, remind_at=remind_at)

    def claim(self, seen: StoredTrouble, remind_at: datetime | None) -> bool:
        """Count one more reminder; False: another was faster, or it is over."""
        change = alert_troubles.update().where(
            alert_troubles.c.id == seen.id,
            alert_troubles.c.reminders == seen.reminders,
            alert_troubles.c.remind_at == seen.remind_at,
        )
        new = change.values(reminders=seen.reminders + 1, remind_at=remind_at)
        return self._connection.execute(new).rowcount == 1

    def _change(self, trouble_id: int, **fields: object) -> None:
        change = alert_troubles.update().where(alert_troubles.c.id == trouble_id)
        self._connection.execute(change.values(**fields))


def _about(subject: Subject, name: str) -> Sequence[sa.ColumnElement[bool]]:
    return (alert_troubles.c.subject == subject, alert_troubles.c.name == name)


def _value(row: sa.Row[tuple[object, ...]]) -> StoredTrouble:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    return StoredTrouble(notice=Notice.model_validate_json(fields.pop("notice")), **fields)
