"""The outbox: who sends which alert, what becomes of it, and when people are reminded."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db.alert_specs import SpecStore
from app.db.alert_tables import alert_rules
from app.db.alerts import AlertStore, Taken
from app.db.engine import reading
from app.db.events import EventStore
from app.db.maintenance import MaintenanceStore
from app.db.troubles import StoredTrouble, TroubleStore
from app.errors import ConfigurationError
from app.services.alert_channels import ChannelService
from app.services.alert_rules import read_rule
from app.services.alerts import AlertService
from app.settings_sections import Alerts
from app.values.alert import AlertState, Delivery, Outcome, Rule, wait_after
from app.values.channel import Channel
from app.values.notice import Subject
from app.values.tally import ALERT_FAILED

logger = logging.getLogger(__name__)
_AT_ONCE = 100
"""Most reminders that one look writes."""
_REMOVED = 1000
"""Most alerts of a kind that are removed in one transaction."""


@dataclass(frozen=True, kw_only=True)
class Errand:
    """An alert that this service has claimed, and the channel to take it to."""

    taken: Taken
    channel: Channel


class OutboxService:
    """The use cases of who sends."""

    def __init__(
        self, engine: sa.Engine, channels: ChannelService, alerts: AlertService, bounds: Alerts
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._channels = channels
        self._alerts = alerts
        self._bounds = bounds

    def claim(self, busy: Mapping[str, int], *, now: datetime) -> list[Errand]:
        """Claim what may be sent now, beside what is under way: so many for each channel.

        A claim ends by itself, a while after the channel's time-out: so that what a service took
        that was killed is sent by another.
        """
        with self._reading.begin() as connection:
            due = AlertStore(connection).due_channels(now)
        errands: list[Errand] = []
        for name in due:
            room = self._bounds.at_once - sum(busy.values()) - len(errands)
            each = min(room, self._bounds.at_once_each - busy.get(name, 0))
            if each > 0:
                with self._engine.begin() as connection:
                    errands += self._of_channel(connection, name, each, now)
        return errands

    def _of_channel(
        self, connection: sa.Connection, name: str, most: int, now: datetime
    ) -> list[Errand]:
        store, channel, fault = AlertStore(connection), None, f"there is no channel {name!r}"
        try:
            channel = self._channels.find(connection, name)
        except ConfigurationError as error:
            fault = error.detail
        until = timedelta(seconds=self._bounds.claim_seconds + (channel.timeout if channel else 0))
        claims = [store.claim(seen, now + until) for seen in store.due(name, now, most)]
        taken = [one for one in claims if one is not None]
        if channel is not None:
            return [Errand(taken=one, channel=channel) for one in taken]
        for one in taken:
            delivery = Delivery(outcome=Outcome.REFUSED, detail=fault)
            self._settle(connection, one, delivery, now)
        return []

    def settle(self, taken: Taken, delivery: Delivery, *, now: datetime) -> bool:
        """Write what came of an attempt; False: the claim has ended, and another has the alert."""
        with self._engine.begin() as connection:
            return self._settle(connection, taken, delivery, now)

    def _settle(
        self, connection: sa.Connection, taken: Taken, delivery: Delivery, now: datetime
    ) -> bool:
        store = AlertStore(connection)
        if delivery.outcome is Outcome.ACCEPTED:
            return store.end(taken, AlertState.SENT, delivery.detail, now)
        if not self._is_over(taken, delivery, now):
            return store.postpone(taken, delivery, now + self._wait(taken, delivery))
        told = store.end(taken, AlertState.FAILED, delivery.detail, now)
        if told:
            _note_failure(connection, taken, delivery, now)
        return told

    def _is_over(self, taken: Taken, delivery: Delivery, now: datetime) -> bool:
        refused = taken.refusals + (delivery.outcome is Outcome.REFUSED)
        late = taken.alert.created_at + timedelta(seconds=self._bounds.give_up_seconds)
        return refused >= self._bounds.refusals or now >= late

    def _wait(self, taken: Taken, delivery: Delivery) -> timedelta:
        longest = self._bounds.longest_retry_seconds
        first = self._bounds.retry_seconds
        own = wait_after(taken.alert.attempts, first=first, longest=longest)
        asked = timedelta(seconds=min(delivery.retry_after or 0.0, longest))
        return max(own, asked)

    def hand_back(self, taken: Taken, *, now: datetime) -> None:
        """Let another service send it at once: this one stops."""
        with self._engine.begin() as connection:
            AlertStore(connection).hand_back(taken, now)

    def remind(self, *, now: datetime) -> int:
        """Write the reminders that are due; return how many. Those that were missed are one."""
        with self._reading.begin() as connection:
            due = TroubleStore(connection).due(now, _AT_ONCE)
        written = 0
        for trouble in due:
            with self._engine.begin() as connection:
                written += self._remind(connection, trouble, now)
        return written

    def _remind(self, connection: sa.Connection, trouble: StoredTrouble, now: datetime) -> int:
        rule = _rule(connection, trouble.rule)
        every = rule.reminder if rule else None
        following = None if every is None else now + timedelta(seconds=every)
        if every is not None and _is_muted(connection, trouble, now):
            TroubleStore(connection).put_off(trouble, following)
            return 0
        if not TroubleStore(connection).claim(trouble, following) or rule is None or not every:
            return 0
        channels = dict.fromkeys(rule.channels, rule.name)
        number = trouble.reminders + 1
        return self._alerts.post(connection, trouble.notice, channels, now=now, reminder=number)

    def remove_old(self, *, now: datetime) -> int:
        """Remove some of the alerts that are kept no longer; return how many, 0 at the end."""
        before = now - timedelta(days=self._bounds.keep_days)
        with self._reading.begin() as connection:
            ids = AlertStore(connection).old(before, _REMOVED)
        if ids:
            with self._engine.begin() as connection:
                AlertStore(connection).remove(ids)
        return len(ids)


def _rule(connection: sa.Connection, name: str) -> Rule | None:
    stored = SpecStore(connection, alert_rules).get(name)
    try:
        return None if stored is None else read_rule(stored)
    except ConfigurationError:
        return None


def _is_muted(connection: sa.Connection, trouble: StoredTrouble, now: datetime) -> bool:
    """Tell whether a maintenance window is open for a check: nobody is reminded of it then."""
    if trouble.subject is not Subject.CHECK:
        return False
    windows = MaintenanceStore(connection).sound()
    return any(window.covers(trouble.name, now) for window in windows)


def _note_failure(
    connection: sa.Connection, taken: Taken, delivery: Delivery, now: datetime
) -> None:
    alert = taken.alert
    detail = {
        "alert": alert.id,
        "notice": alert.notice.key,
        "attempts": alert.attempts,
        "detail": delivery.detail,
    }
    EventStore(connection).add(
        f"channel:{alert.channel}", ALERT_FAILED, now, actor="sender", detail=detail
    )
