"""Notices, channels and rules for tests, and a look at what became of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.alerts import send_now
from app.clock import utc_now
from app.factory import Factory
from app.services.alert_sender import AlertSender
from app.services.outbox import Errand, OutboxService
from app.settings_sections import Alerts
from app.values.alert import Alert, AlertFilter, Delivery, Message, Rule
from app.values.channel import Channel
from app.values.notice import Notice, Subject
from tests.scheduling import NOON

BAD = ("down", "degraded", "failed", "timed_out", "lost")


def notice(after: str = "down", at: datetime = NOON, **fields: Any) -> Notice:
    """Return a notice of the check `db`, by default one that it is down."""
    plain: dict[str, Any] = {
        "subject": Subject.CHECK,
        "name": "db",
        "before": "up" if after != "up" else "down",
        "after": after,
        "at": at,
        "detail": "connection refused",
        "key": f"flip:{fields.get('name', 'db')}:{after}:{at.isoformat()}",
        "is_recovery": after in {"up", "succeeded"},
        **fields,
    }
    return Notice(**plain)


def message(**fields: Any) -> Message:
    """Return what a channel is told of such a notice."""
    return Message(key="0123456789abcdef" * 2, notice=notice(**fields), rule="all")


def channel(name: str = "ops", timeout: float = 10.0, **target: Any) -> Channel:
    """Return a channel; `target` goes over that of a webhook which nobody listens to."""
    plain = target if "kind" in target else {"kind": "webhook", "url": "http://h.invalid", **target}
    return Channel.model_validate({"name": name, "target": plain, "timeout": timeout})


def rule(name: str = "all", **fields: Any) -> Rule:
    """Return a rule that is about everything, and tells `ops`."""
    everything = {"checks": ["*"], "schedules": ["*"], "models": ["*"]}
    about = {} if {"checks", "schedules", "models"} & fields.keys() else everything
    return Rule.model_validate({"name": name, "channels": ["ops"], **about, **fields})


def declared(factory: Factory, *specs: Channel | Rule) -> None:
    """Declare channels and rules."""
    for spec in specs:
        if isinstance(spec, Channel):
            factory.channels.create(spec, actor="test", now=NOON)
        else:
            factory.rules.create(spec, actor="test", now=NOON)


def note(factory: Factory, *notices: Notice) -> list[int]:
    """Note each in a transaction of its own; return how many alerts each made."""
    written = []
    for one in notices:
        with factory.engine.begin() as connection:
            written.append(factory.alerts.note(connection, one))
    return written


def alerts(factory: Factory, **wanted: Any) -> list[Alert]:
    """Return all alerts that fit, the oldest first."""
    return factory.alerts.page(AlertFilter(**wanted), limit=1000)[::-1]


def told(factory: Factory) -> list[tuple[str, str, int]]:
    """Return whom all alerts tell what, as channel, state and number of the reminder."""
    return [(one.channel, one.notice.after, one.reminder) for one in alerts(factory)]


def attempt(factory: Factory, at: datetime) -> list[tuple[Errand, Delivery]]:
    """Claim what is due at an instant, try it once, and settle it."""
    done = []
    for errand in factory.outbox.claim({}, now=at):
        delivery = send_now(errand.channel, errand.taken.alert.message(), most=4096)
        assert factory.outbox.settle(errand.taken, delivery, now=at)
        done.append((errand, delivery))
    return done


QUICK = Alerts(poll_seconds=0.05, retry_seconds=0.05, longest_retry_seconds=0.05)


@contextmanager
def sending(*factories: Factory, bounds: Alerts = QUICK) -> Iterator[list[AlertSender]]:
    """Let a sender be at work for each factory."""
    outboxes = [OutboxService(one.engine, one.channels, one.alerts, bounds) for one in factories]
    senders = [AlertSender(outbox, bounds, clock=utc_now) for outbox in outboxes]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        stopping = [threading.Thread(target=sender.stop) for sender in senders]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
