"""Who is told: rules, recoveries, repeats and reminders, on each database."""

from datetime import timedelta
from typing import Any

import pytest

from app.db.alert_tables import alert_rules
from app.factory import Factory
from app.services.alerts import AlertService
from app.settings_sections import Alerts
from app.values.alert import AlertState
from app.values.brief import DispatchFilter
from app.values.check import Check
from app.values.dispatch import DispatchError, DispatchState
from app.values.maintenance import Maintenance
from app.values.notice import Subject
from tests.alerts.telling import alerts, channel, declared, note, notice, rule, told
from tests.scheduling import MINUTE, NOON
from tests.scheduling import declared as scheduled


def test_without_rules_a_notice_is_of_no_account(anywhere: Factory) -> None:
    """Nobody is told, and nothing is written."""
    assert note(anywhere, notice()) == [0]
    assert alerts(anywhere) == []


@pytest.mark.parametrize(
    ("about", "given", "count"),
    [
        ({"checks": ["db"]}, {}, 1),
        ({"checks": ["d?"]}, {}, 1),
        ({"checks": ["crm-*", "*b"]}, {}, 1),
        ({"checks": ["DB"]}, {}, 0),
        ({"schedules": ["*"]}, {}, 0),
        ({"checks": ["*"]}, {"after": "degraded"}, 0),
        ({"checks": ["*"], "states": ["degraded"]}, {"after": "degraded"}, 1),
        ({"models": ["ch*"]}, {"subject": "model", "name": "churn", "after": "drifted"}, 1),
    ],
)
def test_a_rule_tells_of_what_it_is_about(
    factory: Factory, about: dict[str, Any], given: dict[str, Any], count: int
) -> None:
    """By name, pattern, kind and state."""
    declared(factory, channel(), rule(**about))
    assert note(factory, notice(**given)) == [count]


def test_each_channel_is_told_once_whatever_the_rules_and_the_callers(anywhere: Factory) -> None:
    """Two rules that name one channel tell it once; a notice that is noted again tells nobody."""
    declared(anywhere, channel(), channel("pager"))
    declared(anywhere, rule("a"), rule("b", channels=["pager", "ops"]))
    assert note(anywhere, notice(), notice()) == [2, 0]
    assert told(anywhere) == [("ops", "down", 0), ("pager", "down", 0)]
    assert [one.rule for one in alerts(anywhere)] == ["a", "b"]
    assert len({one.key for one in alerts(anywhere)}) == 2


def test_what_is_rolled_back_is_not_told(anywhere: Factory) -> None:
    """The alert belongs to the transaction of what it tells of."""
    declared(anywhere, channel(), rule())
    with anywhere.engine.connect() as connection:
        connection.begin()
        assert anywhere.alerts.note(connection, notice()) == 1
        connection.rollback()
    assert alerts(anywhere) == []
    assert note(anywhere, notice()) == [1]


def test_the_recovery_is_told_to_those_who_were_told_of_the_trouble(anywhere: Factory) -> None:
    """A rule that was not about it, or came later, or wants none, tells of no recovery."""
    declared(anywhere, channel(), channel("silent"), channel("late"), channel("other"))
    declared(anywhere, rule(), rule("silent", channels=["silent"], recoveries=False))
    declared(anywhere, rule("other", channels=["other"], states=["degraded"]))
    note(anywhere, notice())
    declared(anywhere, rule("late", channels=["late"]))
    assert note(anywhere, notice("up"), notice("up", key="flip:9")) == [1, 0]
    assert told(anywhere) == [("ops", "down", 0), ("silent", "down", 0), ("ops", "up", 0)]


def test_the_recovery_is_told_also_by_way_of_another_state(factory: Factory) -> None:
    """Down, then only slow, then up: who was told of the first is told of the last."""
    declared(factory, channel(), rule(reminder=60))
    note(factory, notice(), notice("degraded"))
    assert factory.outbox.remind(now=NOON + 10 * MINUTE) == 0
    assert note(factory, notice("up")) == [1]


def test_what_fails_again_is_told_to_who_asks_for_it(anywhere: Factory) -> None:
    """Else the first failure is told, and another kind of failure."""
    declared(anywhere, channel(), channel("all"), rule())
    declared(anywhere, rule("repeats", channels=["all"], repeats=True))
    ends = ["failed", "failed", "timed_out", "failed"]
    for number, end in enumerate(ends):
        fields: dict[str, Any] = {"subject": "schedule", "name": "s", "key": f"dispatch:{number}"}
        note(anywhere, notice(end, **fields))
    assert [state for who, state, _ in told(anywhere) if who == "all"] == ends
    assert [state for who, state, _ in told(anywhere) if who == "ops"] == [
        "failed", "timed_out", "failed",
    ]  # fmt: skip


def test_reminders_come_until_the_recovery(anywhere: Factory) -> None:
    """Each has a number; those that nobody was there to send are one; two services send one."""
    declared(anywhere, channel(), rule(reminder=60))
    note(anywhere, notice())
    assert anywhere.outbox.remind(now=NOON + 0.5 * MINUTE) == 0
    assert anywhere.outbox.remind(now=NOON + MINUTE) == 1
    assert anywhere.outbox.remind(now=NOON + MINUTE) == 0
    assert anywhere.outbox.remind(now=NOON + 30 * MINUTE) == 1
    assert anywhere.outbox.remind(now=NOON + 30.5 * MINUTE) == 0
    assert told(anywhere) == [("ops", "down", 0), ("ops", "down", 1), ("ops", "down", 2)]
    note(anywhere, notice("up"))
    assert anywhere.outbox.remind(now=NOON + 90 * MINUTE) == 0


def test_nobody_is_reminded_in_a_maintenance_window(anywhere: Factory) -> None:
    """But after it, if the trouble lasts; a schedule has no windows."""
    declared(anywhere, channel(), rule(reminder=60))
    window = {"name": "w", "starts": NOON, "ends": NOON + 10 * MINUTE}
    anywhere.windows.create(Maintenance.model_validate(window), actor="test", now=NOON)
    note(anywhere, notice(), notice("failed", subject="schedule"))
    assert [anywhere.outbox.remind(now=NOON + n * MINUTE) for n in (1, 9, 10, 11)] == [1, 1, 2, 2]
    numbers = [one.reminder for one in alerts(anywhere, subject="check")]
    assert numbers == [0, 1, 2]


def test_a_check_that_is_removed_is_nothing_to_be_reminded_of(factory: Factory) -> None:
    """Nor is there a recovery to tell."""
    declared(factory, channel(), rule(reminder=60))
    check = {"name": "db", "target": {"kind": "host", "address": "h.invalid", "port": 1}}
    factory.checks.create(Check.model_validate(check), actor="test", now=NOON)
    note(factory, notice())
    factory.checks.remove("db", actor="test", now=NOON)
    assert factory.outbox.remind(now=NOON + 5 * MINUTE) == 0
    assert note(factory, notice("up")) == [0]


@pytest.mark.parametrize("end", ["rule", "reminder", "forget", "quiet"])
def test_reminders_end_with_what_wants_them(factory: Factory, end: str) -> None:
    """With the rule, its reminder or the thing itself; or when somebody has seen to it."""
    declared(factory, channel(), rule(reminder=60))
    note(factory, notice())
    with factory.engine.begin() as connection:
        if end == "forget":
            factory.alerts.forget(connection, Subject.CHECK, "db")
        if end == "quiet":
            factory.alerts.quiet(connection, Subject.CHECK, "db")
    if end == "rule":
        factory.rules.remove("all", actor="test", now=NOON)
    if end == "reminder":
        factory.rules.change("all", {"reminder": None}, actor="test", now=NOON)
    assert factory.outbox.remind(now=NOON + 5 * MINUTE) == 0
    recovers = end in {"reminder", "quiet"}
    assert note(factory, notice("up")) == [int(recovers)]


def test_a_damaged_rule_stops_no_other(factory: Factory) -> None:
    """It is listed with its fault, and can be replaced."""
    declared(factory, channel(), rule("a"), rule("b"))
    with factory.engine.begin() as connection:
        where = alert_rules.c.name == "a"
        connection.execute(alert_rules.update().where(where).values(spec='{"s3cret": 1}'))
    assert note(factory, notice()) == [1]
    assert [one.rule for one in alerts(factory)] == ["b"]
    assert factory.rules.get("a").fault == "rule 'a' cannot be read; put it anew, or remove it"
    factory.rules.replace("a", rule("a"), actor="test", now=NOON)
    assert factory.rules.get("a").spec == rule("a")


def test_what_waits_has_a_bound(factory: Factory) -> None:
    """Beyond it an alert fails at once, on record."""
    declared(factory, channel(), channel("pager"), rule(channels=["ops", "pager"]))
    small = AlertService(factory.engine, Alerts(queue=1))
    with factory.engine.begin() as connection:
        assert small.note(connection, notice()) == 2
    waits, fails = alerts(factory)
    assert (waits.state, fails.state) == (AlertState.WAITING, AlertState.FAILED)
    assert fails.detail == "1 alerts waited already (alerts.queue)"


def test_what_is_kept_of_a_notice_is_bounded_and_without_passwords(factory: Factory) -> None:
    """Whatever a driver has put into its words."""
    declared(factory, channel(), rule())
    note(factory, notice(detail="mysql://u:s3cret@h/d; Pwd=s3cret;\n" + "x" * 100_000))
    [one] = alerts(factory)
    assert "s3cret" not in one.notice.detail
    assert len(one.notice.detail) == 4000


def end(factory: Factory, state: DispatchState, *, can_pass: bool = False, **order: Any) -> int:
    """Order a dispatch and end it; return its id."""
    dispatch = factory.dispatches.order("each-minute", now=NOON, actor="test", **order)
    claim = factory.queue.claim(dispatch.id, now=NOON)
    assert claim is not None
    bad = state is not DispatchState.SUCCEEDED
    error = (
        DispatchError(slug="x", title="X", detail="it broke", can_pass=can_pass) if bad else None
    )
    assert factory.queue.finish(claim, state, now=NOON, actor="test", error=error)
    return dispatch.id


def test_a_dispatch_that_fails_is_told_and_the_next_success(anywhere: Factory) -> None:
    """Cancelled ones, dry runs and those of a few rows tell nothing."""
    declared(anywhere, channel(), rule())
    scheduled(anywhere)
    end(anywhere, DispatchState.SUCCEEDED)
    end(anywhere, DispatchState.CANCELLED)
    end(anywhere, DispatchState.FAILED, dry_run=True)
    assert told(anywhere) == []
    number = end(anywhere, DispatchState.FAILED)
    end(anywhere, DispatchState.SUCCEEDED, limit=1)
    end(anywhere, DispatchState.TIMED_OUT)
    end(anywhere, DispatchState.SUCCEEDED)
    end(anywhere, DispatchState.SUCCEEDED)
    states = [(one.notice.before, one.notice.after) for one in alerts(anywhere)]
    assert states == [
        ("succeeded", "failed"), ("failed", "timed_out"), ("timed_out", "succeeded"),
    ]  # fmt: skip
    first = alerts(anywhere)[0].notice
    slot = f"dispatch {number} of slot 2026-03-02 12:00:00+00:00"
    assert (first.key, first.detail) == (f"dispatch:{number}", f"{slot}: it broke")


def test_a_dispatch_is_told_when_it_is_tried_no_more(anywhere: Factory) -> None:
    """A failure that is retried is not told; that of the last retry is."""
    declared(anywhere, channel(), rule())
    scheduled(anywhere, policies={"retries": {"limit": 1, "delay": "PT1S", "jitter": 0}})
    first = end(anywhere, DispatchState.FAILED, can_pass=True)
    assert told(anywhere) == []
    [retry] = anywhere.dispatches.page(DispatchFilter(state=DispatchState.QUEUED))
    assert retry.retry_of == first
    claim = anywhere.queue.claim(retry.id, now=NOON + timedelta(seconds=2))
    assert claim is not None
    error = DispatchError(slug="x", title="X", detail="it broke", can_pass=True)
    anywhere.queue.finish(claim, DispatchState.FAILED, now=NOON, actor="test", error=error)
    assert [one.notice.key for one in alerts(anywhere)] == [f"dispatch:{retry.id}"]


def test_a_schedule_that_is_removed_or_paused_is_nothing_to_be_reminded_of(
    factory: Factory,
) -> None:
    """Nobody is reminded of what somebody has seen to."""
    declared(factory, channel(), rule(reminder=60))
    scheduled(factory)
    end(factory, DispatchState.LOST)
    factory.schedules.pause("each-minute", actor="test", now=NOON)
    assert factory.outbox.remind(now=NOON + 5 * MINUTE) == 0
    end(factory, DispatchState.SUCCEEDED)
    assert [state for _, state, _ in told(factory)] == ["lost", "succeeded"]
