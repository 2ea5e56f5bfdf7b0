"""`GET /monitor/history`: what the tiles of the Monitor draw of the past."""

from datetime import timedelta

from app.clock import utc_now
from app.factory import Factory
from app.values.check import State
from tests.asgi import Api
from tests.patience import await_that
from tests.scheduling import MINUTE, NOON, claim, declared, finish
from tests.watching import BAD, World, check, monitoring


def test_nothing_is_drawn_of_nothing(api: Api) -> None:
    """An empty service has an empty past, and a wrong bound is told."""
    assert api.get("/monitor/history").json() == {"checks": {}, "schedules": {}}
    assert api.get("/monitor/history?limit=0").status_code == 422


def test_looks_and_hours_are_drawn_by_check(anywhere: Factory) -> None:
    """The newest looks stand last; the hours count them."""
    world = World()
    world.readings["bad"] = BAD
    for name in ("bad", "new", "web"):
        anywhere.checks.create(check(name), actor="test", now=utc_now())
    anywhere.checks.set_paused("new", paused=True, actor="test", now=utc_now())
    with monitoring(anywhere, world):
        await_that(lambda: anywhere.checks.get("bad").state is State.DOWN)
        await_that(lambda: anywhere.checks.get("web").state is State.UP)
    found = anywhere.history.latest(10, now=utc_now()).checks
    assert list(found) == ["bad", "new", "web"]
    assert {one.state for one in found["bad"].looks} == {State.DOWN}
    assert {one.seconds for one in found["web"].looks} == {0.01}
    assert found["web"].hours[-1].uptime == 1
    assert sum(one.down for one in found["bad"].hours) == len(found["bad"].looks)
    assert (found["new"].hours, found["new"].looks) == ((), ())
    at = [one.at for one in found["web"].looks]
    assert at == sorted(at)
    assert list(anywhere.history.latest(2, now=utc_now()).checks) == ["bad", "new"]
    later = anywhere.history.latest(10, now=utc_now() + timedelta(days=2)).checks
    assert later["web"].hours == ()


def test_dispatches_are_drawn_by_schedule(anywhere: Factory) -> None:
    """The newest stand last."""
    schedule = declared(anywhere)
    for minute in (1, 2):
        claim(anywhere, schedule, NOON + minute * MINUTE)
        finish(anywhere)
    first, second = anywhere.history.latest(10, now=NOON).schedules["each-minute"]
    assert (first.slot, second.slot) == (NOON + MINUTE, NOON + 2 * MINUTE)
    assert (first.state, first.rows, first.finished_at) == ("succeeded", 0, NOON)
