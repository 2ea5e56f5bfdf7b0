"""The outbox: claims that end, back-off, bounds, order; senders that share the work."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.clock import utc_now
from app.db.alert_tables import alert_channels
from app.errors import ConflictError
from app.factory import Factory
from app.services.alert_channels import ChannelService
from app.services.outbox import OutboxService
from app.settings import load_settings
from app.settings_sections import Alerts
from app.values.alert import AlertState, Delivery, Outcome, wait_after
from tests.alerts.receivers import Answer, receiving
from tests.alerts.telling import (
    QUICK,
    alerts,
    attempt,
    channel,
    declared,
    note,
    notice,
    rule,
    sending,
)
from tests.patience import await_that
from tests.scheduling import MINUTE, NOON, events

SECOND = timedelta(seconds=1)
FAILED = Delivery(outcome=Outcome.FAILED, detail="no")


def states(factory: Factory, **wanted: Any) -> list[AlertState]:
    """Return the states of all alerts."""
    return [one.state for one in alerts(factory, **wanted)]


def outbox(factory: Factory, **bounds: Any) -> OutboxService:
    """Return an outbox with bounds of its own."""
    own = Alerts(**bounds)
    return OutboxService(factory.engine, factory.channels, factory.alerts, own)


def test_an_alert_is_tried_until_it_is_accepted(anywhere: Factory) -> None:
    """After 5, 10 and 20 s, with the same key; what was answered is on record."""
    with receiving(*[Answer(status=503)] * 3) as receiver:
        declared(anywhere, channel(url=receiver.url), rule())
        note(anywhere, notice())
        tried = [second for second in range(40) if attempt(anywhere, NOON + second * SECOND)]
    assert tried == [0, 5, 15, 35]
    [one] = alerts(anywhere)
    assert (one.state, one.attempts) == (AlertState.SENT, 4)
    assert one.ended_at == NOON + 35 * SECOND
    assert one.detail == "the receiver answered 200 OK: ok"
    assert {got.key for got in receiver.got} == {one.key}


def test_waits_double_up_to_a_bound() -> None:
    """However often it was tried."""
    waits = [wait_after(n, first=5, longest=900).total_seconds() for n in (1, 2, 3, 8, 9, 5000)]
    assert waits == [5, 10, 20, 640, 900, 900]


def test_the_receiver_may_ask_for_time_within_a_bound(factory: Factory) -> None:
    """Retry-After is heeded, but not for days."""
    answers = [Answer(status=429, headers={"Retry-After": one}) for one in ("60", "99999")]
    with receiving(*answers) as receiver:
        declared(factory, channel(url=receiver.url), rule())
        note(factory, notice())
        attempt(factory, NOON)
        assert alerts(factory)[0].due_at == NOON + MINUTE
        attempt(factory, NOON + MINUTE)
        assert alerts(factory)[0].due_at == NOON + 16 * MINUTE


def test_a_refusal_is_not_repeated_for_ever(anywhere: Factory) -> None:
    """Three times, for somebody may mend the channel; then it has failed, with an event."""
    with receiving(*[Answer(status=404, body=b"no such hook")] * 9) as receiver:
        declared(anywhere, channel(url=receiver.url), rule())
        note(anywhere, notice())
        tried = [minute for minute in range(60) if attempt(anywhere, NOON + minute * MINUTE)]
    assert tried == [0, 1, 2]
    [one] = alerts(anywhere)
    assert (one.state, one.ended_at) == (AlertState.FAILED, NOON + 2 * MINUTE)
    assert one.detail == "the receiver answered 404 Not Found: no such hook"
    name, detail = events(anywhere, "channel:ops")[-1]
    assert name == "alert failed"
    assert detail == {
        "alert": one.id,
        "notice": one.notice.key,
        "attempts": 3,
        "detail": one.detail,
    }


def test_a_receiver_that_is_away_for_too_long_is_given_up(factory: Factory) -> None:
    """After a day by default; a person may let it be tried again, with the same key."""
    declared(factory, channel(), rule())
    note(factory, notice())
    [errand] = factory.outbox.claim({}, now=NOON + timedelta(days=1))
    assert factory.outbox.settle(errand.taken, FAILED, now=NOON + timedelta(days=1))
    assert states(factory) == [AlertState.FAILED]
    key = alerts(factory)[0].key
    again = factory.alerts.try_again(1, actor="test", now=NOON + timedelta(days=2))
    assert (again.state, again.attempts, again.key) == (AlertState.WAITING, 0, key)
    with pytest.raises(ConflictError, match="alert 1 is waiting"):
        factory.alerts.try_again(1, actor="test", now=NOON)


def test_a_claim_that_ends_is_taken_over_and_counts_no_more(anywhere: Factory) -> None:
    """As when a sender is killed: another sends it again, with the same key."""
    declared(anywhere, channel(timeout=10), rule())
    note(anywhere, notice())
    [first] = anywhere.outbox.claim({}, now=NOON)
    assert anywhere.outbox.claim({}, now=NOON + 39 * SECOND) == []
    [second] = anywhere.outbox.claim({}, now=NOON + 40 * SECOND)
    assert second.taken.alert.key == first.taken.alert.key
    good = Delivery(outcome=Outcome.ACCEPTED, detail="late")
    assert not anywhere.outbox.settle(first.taken, good, now=NOON + 41 * SECOND)
    assert anywhere.outbox.settle(second.taken, FAILED, now=NOON + 41 * SECOND)
    assert states(anywhere) == [AlertState.WAITING]


def test_of_two_who_claim_at_once_each_alert_has_one(anywhere: Factory) -> None:
    """Whichever: a conditional UPDATE decides."""
    declared(anywhere, *(channel(f"c{number}") for number in range(10)))
    declared(anywhere, rule(channels=[f"c{number}" for number in range(10)]))
    note(anywhere, notice())
    barrier, found = threading.Barrier(2), list[str]()

    def claim() -> None:
        barrier.wait()
        found.extend(one.taken.alert.key for one in anywhere.outbox.claim({}, now=NOON))

    threads = [threading.Thread(target=claim) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 10


def test_what_is_told_of_one_thing_is_told_in_its_order(anywhere: Factory) -> None:
    """A recovery waits for the trouble before it; another thing does not."""
    declared(anywhere, channel(), rule())
    note(anywhere, notice(), notice("up"), notice(name="crm"))
    taken = {one.taken.alert.id: one.taken for one in anywhere.outbox.claim({}, now=NOON)}
    assert list(taken) == [1, 3]
    anywhere.outbox.settle(taken[1], FAILED, now=NOON)
    assert anywhere.outbox.claim({}, now=NOON) == []
    [again] = anywhere.outbox.claim({}, now=NOON + 5 * SECOND)
    anywhere.outbox.settle(again.taken, Delivery(outcome=Outcome.ACCEPTED, detail=""), now=NOON)
    [recovery] = anywhere.outbox.claim({}, now=NOON + 5 * SECOND)
    assert recovery.taken.alert.notice.after == "up"


def test_a_channel_has_no_more_than_its_share(factory: Factory) -> None:
    """However much waits for it, the others have room."""
    declared(factory, channel("a"), channel("b"), rule(channels=["a"]))
    declared(factory, rule("b", checks=["n19"], channels=["b"]))
    note(factory, *(notice(name=f"n{number}") for number in range(20)))
    claimed = factory.outbox.claim({"a": 1}, now=NOON)
    assert [one.channel.name for one in claimed] == ["a", "b"]
    assert outbox(factory, at_once=3).claim({"a": 2, "x": 1}, now=NOON) == []


def test_a_channel_that_is_gone_or_damaged_stops_no_other(factory: Factory) -> None:
    """Its alerts are refused in words; the key of another vault is as bad."""
    declared(factory, *map(channel, ("gone", "damaged", "sound")))
    declared(factory, rule(channels=["gone", "damaged", "sound"]))
    note(factory, notice())
    with factory.engine.begin() as connection:
        connection.execute(alert_channels.delete().where(alert_channels.c.name == "gone"))
        where = alert_channels.c.name == "damaged"
        connection.execute(alert_channels.update().where(where).values(spec="x"))
    [errand] = factory.outbox.claim({}, now=NOON)
    assert errand.channel.name == "sound"
    told = {one.channel: one.detail for one in alerts(factory)}
    assert told["gone"] == "there is no channel 'gone'"
    assert "damaged" in str(told["damaged"])
    shown = factory.channels.get("damaged")
    assert (shown.spec, shown.place) == (None, None)
    assert shown.fault


def test_mail_that_was_put_off_goes_to_the_rest_alone(factory: Factory) -> None:
    """Those who have it are not told again."""
    target: dict[str, Any] = {"host": "h", "sender": "a@b.c", "to": ["one@x.y", "two@x.y"]}
    declared(factory, channel(kind="email", **target), rule())
    note(factory, notice())
    [first] = factory.outbox.claim({}, now=NOON)
    assert first.taken.remaining is None
    put_off = Delivery(outcome=Outcome.FAILED, detail="451", remaining=("two@x.y",))
    factory.outbox.settle(first.taken, put_off, now=NOON)
    [second] = factory.outbox.claim({}, now=NOON + MINUTE)
    assert second.taken.remaining == ("two@x.y",)
    factory.outbox.settle(second.taken, FAILED, now=NOON + MINUTE)
    [third] = factory.outbox.claim({}, now=NOON + 9 * MINUTE)
    assert third.taken.remaining == ("two@x.y",)


def test_old_alerts_are_let_go_and_waiting_ones_stay(anywhere: Factory) -> None:
    """By the instant at which they ended."""
    declared(anywhere, channel(), channel("other"), rule(channels=["ops", "other"]))
    note(anywhere, notice(), notice(key="flip:2", name="crm"))
    first, _, second, _ = anywhere.outbox.claim({}, now=NOON)
    good = Delivery(outcome=Outcome.ACCEPTED, detail="")
    anywhere.outbox.settle(first.taken, good, now=NOON)
    anywhere.outbox.settle(second.taken, good, now=NOON + timedelta(days=1))
    assert anywhere.outbox.remove_old(now=NOON + timedelta(days=90, seconds=1)) == 1
    assert anywhere.outbox.remove_old(now=NOON + timedelta(days=90, seconds=1)) == 0
    assert sorted(states(anywhere)) == ["sent", "waiting", "waiting"]


def test_a_channel_that_never_answers_holds_up_no_other(anywhere: Factory) -> None:
    """While one hangs, another gets all that is for it."""
    names = [f"n{number}" for number in range(10)]
    with receiving(*[Answer(hangs=True)] * 99) as deaf, receiving() as receiver:
        declared(anywhere, channel("deaf", url=deaf.url, timeout=60))
        declared(anywhere, channel(url=receiver.url), rule(channels=["deaf", "ops"]))
        note(anywhere, *(notice(name=name, at=utc_now()) for name in names))
        with sending(anywhere):
            await_that(lambda: len(receiver.got) == len(names))
            await_that(lambda: states(anywhere, channel="ops") == [AlertState.SENT] * 10)
        assert {got.body["name"] for got in receiver.got} == set(names)
        assert len(deaf.got) == QUICK.at_once_each
    waiting = alerts(anywhere, channel="deaf")
    assert {one.state for one in waiting} == {AlertState.WAITING}
    assert all(one.due_at <= utc_now() for one in waiting), "a sender that stops hands back"


def test_two_senders_send_each_alert_once(anywhere: Factory, state: Path) -> None:
    """Both are at work on one database; receivers that fail are tried again."""
    other = Factory(load_settings(), state)
    with receiving(*[Answer(status=500)] * 7) as receiver:
        declared(anywhere, *(channel(f"c{number}", url=receiver.url) for number in range(5)))
        declared(anywhere, rule(channels=[f"c{number}" for number in range(5)]))
        with sending(anywhere, other):
            note(anywhere, *(notice(name=f"n{number}", at=utc_now()) for number in range(10)))
            await_that(lambda: states(anywhere) == [AlertState.SENT] * 50)
    other.close()
    keys = {one.key for one in alerts(anywhere)}
    assert receiver.taken() == dict.fromkeys(keys, 1)
    assert len(receiver.got) == 57


def test_a_command_that_hangs_does_not_hold_up_a_stop(factory: Factory) -> None:
    """It is killed, and its alert is for whoever sends next."""
    declared(factory, channel(kind="command", command=["sleep", "600"], timeout=60), rule())
    with sending(factory):
        note(factory, notice())
        await_that(lambda: alerts(factory)[0].attempts == 1)
    [one] = alerts(factory)
    assert (one.state, one.due_at <= utc_now()) == (AlertState.WAITING, True)


def test_tests_of_channels_have_a_bound(factory: Factory) -> None:
    """Each keeps a thread of the service busy."""
    service = ChannelService(factory.engine, factory.channels._vault, Alerts(tests=1))
    with receiving(Answer(hangs=True)) as deaf:
        declared(factory, channel(url=deaf.url, timeout=60))
        thread = threading.Thread(target=service.test, args=("ops",), kwargs={"now": NOON})
        thread.start()
        await_that(lambda: deaf.got)
        with pytest.raises(Exception, match="1 channels are tested already"):
            service.test("ops", now=NOON)
    thread.join()
