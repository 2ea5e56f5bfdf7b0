"""The store of alerts: the outbox, and the record of what was sent."""

import json
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from app.db.alert_tables import alerts
from app.values.alert import Alert, AlertFilter, AlertState, Delivery, Outcome
from app.values.base import Value
from app.values.notice import Notice

_COLUMNS = [alerts.c[name] for name in Alert.model_fields]


class NewAlert(Value):
    """An alert to write."""

    notice: Notice
    channel: str
    rule: str
    reminder: int = 0


class Taken(Value):
    """An alert that somebody has claimed to send it, and until when nobody else does."""

    alert: Alert
    claim: str
    refusals: int
    """How often the receiver has refused it before."""
    remaining: tuple[str, ...] | None
    """Of several receivers, those who are still to be told; None: all."""


class AlertStore:
    """Alerts, within the transaction of `connection`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, new: NewAlert, now: datetime, *, refused: str | None = None) -> bool:
        """Write an alert that waits, or by `refused` one that has failed; False: it is there."""
        row = {
            "key": uuid.uuid4().hex,
            "notice_key": new.notice.key,
            "subject": new.notice.subject,
            "name": new.notice.name,
            **new.model_dump(exclude={"notice"}),
            "notice": new.notice.model_dump_json(),
            "state": AlertState.FAILED if refused else AlertState.WAITING,
            "attempts": 0,
            "refusals": 0,
            "created_at": now,
            "due_at": now,
            "ended_at": now if refused else None,
            "detail": refused,
        }
        if self._is_there(new):
            return False
        try:
            with self._connection.begin_nested():
                self._connection.execute(alerts.insert().values(row))
        except sa.exc.IntegrityError:  # another was faster
            return False
        return True

    def _is_there(self, new: NewAlert) -> bool:
        query = sa.select(alerts.c.id).where(
            alerts.c.notice_key == new.notice.key,
            alerts.c.channel == new.channel,
            alerts.c.reminder == new.reminder,
        )
        return self._connection.execute(query).first() is not None

    def count_waiting(self) -> int:
        """Return how many wait."""
        query = sa.select(sa.func.count()).where(alerts.c.state == AlertState.WAITING)
        return self._connection.execute(query).scalar_one()

    def get(self, alert_id: int) -> Alert | None:
        """Return one alert."""
        row = self._connection.execute(sa.select(*_COLUMNS).where(alerts.c.id == alert_id)).first()
        return None if row is None else _value(row)

    def page(
        self, wanted: AlertFilter, *, before: int | None = None, limit: int = 50
    ) -> list[Alert]:
        """Return alerts that fit, the newest first; `before` is the cursor."""
        query = sa.select(*_COLUMNS).order_by(alerts.c.id.desc()).limit(limit)
        for name, value in wanted.model_dump(exclude_none=True).items():
            query = query.where(alerts.c[name] == value)
        if before is not None:
            query = query.where(alerts.c.id < before)
        return [_value(row) for row in self._connection.execute(query)]

    def due_channels(self, now: datetime) -> list[str]:
        """Return the channels for which an alert waits whose time has come."""
        query = sa.select(alerts.c.channel).where(*_due(now)).distinct()
        return list(self._connection.scalars(query.order_by(alerts.c.channel)))

    def due(self, channel: str, now: datetime, limit: int) -> list[Alert]:
        """Return what may be sent to a channel now, the oldest first.

        What is told of one thing is told in its order: an alert waits for the ones before it.
        """
        earlier = alerts.alias()
        waits = sa.exists().where(
            earlier.c.state == AlertState.WAITING,
            earlier.c.channel == channel,
            earlier.c.subject == alerts.c.subject,
            earlier.c.name == alerts.c.name,
            earlier.c.id < alerts.c.id,
        )
        query = sa.select(*_COLUMNS).where(*_due(now), alerts.c.channel == channel, ~waits)
        rows = self._connection.execute(query.order_by(alerts.c.id).limit(limit))
        return [_value(row) for row in rows]

    def claim(self, seen: Alert, until: datetime) -> Taken | None:
        """Claim an alert until an instant; None: another was faster."""
        token = uuid.uuid4().hex
        change = alerts.update().where(
            alerts.c.id == seen.id,
            alerts.c.state == AlertState.WAITING,
            alerts.c.attempts == seen.attempts,
            alerts.c.due_at == seen.due_at,
        )
        new = change.values(claim=token, due_at=until, attempts=seen.attempts + 1)
        if self._connection.execute(new).rowcount == 0:
            return None
        query = sa.select(alerts.c.refusals, alerts.c.remaining).where(alerts.c.id == seen.id)
        row = self._connection.execute(query).one()
        return Taken(
            alert=seen.model_copy(update={"attempts": seen.attempts + 1}),
            claim=token,
            refusals=row.refusals,
            remaining=None if row.remaining is None else tuple(json.loads(row.remaining)),
        )

    def end(self, taken: Taken, state: AlertState, detail: str, now: datetime) -> bool:
        """Write how it ended; False: the claim is gone."""
        return self._settle(taken, state=state, ended_at=now, detail=detail, remaining=None)

    def postpone(self, taken: Taken, delivery: Delivery, due_at: datetime) -> bool:
        """Let it wait for another attempt; False: the claim is gone."""
        rest = delivery.remaining if delivery.remaining is not None else taken.remaining
        return self._settle(
            taken,
            due_at=due_at,
            detail=delivery.detail,
            refusals=taken.refusals + (delivery.outcome is Outcome.REFUSED),
            remaining=None if rest is None else json.dumps(rest),
        )

    def hand_back(self, taken: Taken, now: datetime) -> bool:
        """Let another send it at once; False: the claim is gone."""
        return self._settle(taken, due_at=now)

    def _settle(self, taken: Taken, **fields: object) -> bool:
        change = alerts.update().where(
            alerts.c.id == taken.alert.id,
            alerts.c.claim == taken.claim,
            alerts.c.state == AlertState.WAITING,
        )
        return self._connection.execute(change.values(claim=None, **fields)).rowcount == 1

    def try_again(self, alert_id: int, now: datetime) -> bool:
        """Let an alert that has failed wait again, as if it were new; False: it has not failed."""
        change = alerts.update().where(alerts.c.id == alert_id, alerts.c.state == AlertState.FAILED)
        fields = {"attempts": 0, "refusals": 0, "created_at": now, "due_at": now}
        new = change.values(state=AlertState.WAITING, ended_at=None, detail=None, **fields)
        return self._connection.execute(new).rowcount == 1

    def old(self, before: datetime, limit: int) -> list[int]:
        """Return the ids of alerts that ended before an instant, the oldest first."""
        ids: list[int] = []
        for state in (AlertState.SENT, AlertState.FAILED):
            query = sa.select(alerts.c.id).where(
                alerts.c.state == state, alerts.c.ended_at < before
            )
            ids += self._connection.scalars(query.order_by(alerts.c.ended_at).limit(limit))
        return ids

    def remove(self, ids: Collection[int]) -> None:
        """Remove alerts."""
        self._connection.execute(alerts.delete().where(alerts.c.id.in_(ids)))


def _due(now: datetime) -> Sequence[sa.ColumnElement[bool]]:
    return (alerts.c.state == AlertState.WAITING, alerts.c.due_at <= now)


def _value(row: sa.Row[tuple[object, ...]]) -> Alert:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    return Alert(**{**fields, "notice": Notice.model_validate_json(fields["notice"])})
