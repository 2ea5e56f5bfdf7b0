"""Alerts: a notice becomes one alert for each channel that a rule names, and each is on record."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.connection_string import redacted_lines
from app.db.alert_specs import SpecStore
from app.db.alert_tables import alert_rules
from app.db.alerts import AlertStore, NewAlert
from app.db.engine import reading
from app.db.events import EventStore
from app.db.troubles import StoredTrouble, TroubleStore
from app.errors import ConfigurationError, ConflictError, NotFoundError
from app.services.alert_rules import read_rule
from app.settings_sections import Alerts
from app.values.alert import Alert, AlertFilter, Rule
from app.values.dispatch import Dispatch, DispatchError, DispatchState
from app.values.notice import Notice, Subject

logger = logging.getLogger(__name__)
_DETAIL = 4000
"""Most characters of a notice's detail that are kept."""
_BAD_ENDS = {DispatchState.FAILED, DispatchState.TIMED_OUT, DispatchState.LOST}
_WELL = DispatchState.SUCCEEDED


class AlertService:
    """The use cases of alerts, but for sending them: that is `app.services.outbox`."""

    def __init__(self, engine: sa.Engine, bounds: Alerts) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._bounds = bounds

    def note(self, connection: sa.Connection, notice: Notice) -> int:
        """Write an alert for each channel that is to be told, in the caller's transaction.

        Returns how many. A notice that was noted before writes none: its key tells.
        """
        rules = _rules(connection)
        if not rules:
            return 0
        troubles = TroubleStore(connection)
        told = troubles.of(notice.subject, notice.name)
        telling = [rule for rule in rules if _tells(rule, notice, told.get(rule.name))]
        self._remember(troubles, notice, telling, told)
        channels = {channel: rule.name for rule in reversed(telling) for channel in rule.channels}
        return self.post(connection, notice, channels, now=notice.at)

    def _remember(
        self,
        troubles: TroubleStore,
        notice: Notice,
        telling: list[Rule],
        told: Mapping[str, StoredTrouble],
    ) -> None:
        """Note what rules have told of, as far as it is not over."""
        if notice.is_recovery:
            troubles.end(notice.subject, notice.name)
            return
        for rule in telling:
            remind_at = rule.reminder and notice.at + timedelta(seconds=rule.reminder)
            troubles.put(rule.name, _short(notice), remind_at or None)
        names = {rule.name for rule in telling}
        for name, trouble in told.items():
            if name not in names and trouble.state != notice.after:
                troubles.left(trouble, notice.after)

    def post(
        self,
        connection: sa.Connection,
        notice: Notice,
        channels: Mapping[str, str],
        *,
        now: datetime,
        reminder: int = 0,
    ) -> int:
        """Write an alert for each channel, named with the rule that wants it; return how many."""
        if not channels:
            return 0
        store, notice = AlertStore(connection), _short(notice)
        room, written = self._bounds.queue - store.count_waiting(), 0
        for channel, rule in sorted(channels.items()):
            new = NewAlert(notice=notice, channel=channel, rule=rule, reminder=reminder)
            full = f"{self._bounds.queue} alerts waited already (alerts.queue)"
            written += store.add(new, now, refused=None if written < room else full)
        return written

    def dispatch_ended(
        self,
        connection: sa.Connection,
        dispatch: Dispatch,
        state: DispatchState,
        error: DispatchError | None,
        *,
        now: datetime,
    ) -> None:
        """Note how a dispatch ended that is not tried again: a failure, or the first success after.

        Dry runs, those of a few rows and what people cancel tell nothing of a schedule.
        """
        order = dispatch.order
        if order.dry_run or order.limit is not None or not (state in _BAD_ENDS or state is _WELL):
            return
        told = TroubleStore(connection).of(Subject.SCHEDULE, dispatch.schedule)
        if state is _WELL and not told:
            return
        before = next((one.state for one in told.values()), str(_WELL))
        slot = dispatch.slot.isoformat(" ", "seconds")
        words = error.detail if error else "it succeeded"
        notice = Notice(
            subject=Subject.SCHEDULE,
            name=dispatch.schedule,
            before=before,
            after=state,
            at=now,
            detail=f"dispatch {dispatch.id} of slot {slot}: {words}",
            key=_key(dispatch, now),
            is_recovery=state is _WELL,
            request_id=order.request_id,
        )
        self.note(connection, notice)

    def is_told(self, connection: sa.Connection, subject: Subject, name: str) -> bool:
        """Tell whether somebody was told of a thing's trouble, and not that it is over."""
        return bool(TroubleStore(connection).of(subject, name))

    def forget(self, connection: sa.Connection, subject: Subject, name: str) -> None:
        """Forget what was told of a thing that is removed: no reminders, no recovery."""
        TroubleStore(connection).end(subject, name)

    def quiet(self, connection: sa.Connection, subject: Subject, name: str) -> None:
        """Send no more reminders of a thing that somebody has seen to; its recovery is told."""
        TroubleStore(connection).quiet(subject, name)

    def page(
        self, wanted: AlertFilter, *, before: int | None = None, limit: int = 50
    ) -> list[Alert]:
        """Return alerts, the newest first; `before` is the last id of the page before."""
        with self._reading.begin() as connection:
            return AlertStore(connection).page(wanted, before=before, limit=limit)

    def get(self, alert_id: int) -> Alert:
        """Return one alert. Raises NotFoundError."""
        with self._reading.begin() as connection:
            return _found(connection, alert_id)

    def try_again(self, alert_id: int, *, actor: str, now: datetime) -> Alert:
        """Let an alert that has failed be tried anew. Raises NotFoundError, ConflictError."""
        with self._engine.begin() as connection:
            alert = _found(connection, alert_id)
            if not AlertStore(connection).try_again(alert_id, now):
                raise ConflictError(
                    f"alert {alert_id} is {alert.state}; only failed ones are tried"
                )
            detail = {"alert": alert_id}
            EventStore(connection).add(
                f"channel:{alert.channel}", "alert tried again", now, actor=actor, detail=detail
            )
            return _found(connection, alert_id)


def _found(connection: sa.Connection, alert_id: int) -> Alert:
    found = AlertStore(connection).get(alert_id)
    if found is None:
        raise NotFoundError(f"there is no alert {alert_id}; `disparo alerts list` shows them")
    return found


def _rules(connection: sa.Connection) -> list[Rule]:
    """Return all sound rules; a damaged one stops no other."""
    found = []
    for stored in SpecStore(connection, alert_rules).page():
        try:
            found.append(read_rule(stored))
        except ConfigurationError as error:
            logger.error("%s", error.detail)  # noqa: TRY400 - the sentence says it all
    return found


def _tells(rule: Rule, notice: Notice, told: StoredTrouble | None) -> bool:
    """Tell whether a rule wants this to be told."""
    if notice.is_recovery:
        return told is not None and rule.recoveries
    if notice.after not in rule.states or not rule.covers(notice.subject, notice.name):
        return False
    return rule.repeats or told is None or told.state != notice.after


def _short(notice: Notice) -> Notice:
    """Return a notice as it is kept: bounded, and without passwords."""
    return notice.model_copy(update={"detail": redacted_lines(notice.detail)[:_DETAIL]})


def _key(dispatch: Dispatch, now: datetime) -> str:
    """Return what tells this end from all others: one whose tasks run again ends several times."""
    again = "" if dispatch.tasks is None else f":{now.timestamp():.6f}"
    return f"dispatch:{dispatch.id}{again}"
