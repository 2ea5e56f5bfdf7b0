"""The Monitor at work: looks, flips, edits, what hangs, and the database that goes away."""

import signal
import subprocess
import sys
import threading
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.factory import Factory
from app.settings import load_settings
from app.values.check import State
from app.values.check_view import Width
from app.values.maintenance import Maintenance
from app.values.notice import Notice
from tests.patience import await_that
from tests.watching import BAD, WELL, Told, World, check, monitoring


def create(factory: Factory, *specs: object) -> None:
    """Create checks."""
    for spec in specs:
        factory.checks.create(spec, actor="test", now=utc_now())  # type: ignore[arg-type]


def state(factory: Factory, name: str) -> State:
    """Return how a check stands on record."""
    return factory.checks.get(name).state


def test_a_flip_is_recorded_and_told_once(anywhere: Factory) -> None:
    """Looks are on record with their states, counted by hour and day; people are told of down."""
    world, told = World(), Told()
    create(anywhere, check("web"))
    with monitoring(anywhere, world, told):
        await_that(lambda: state(anywhere, "web") is State.UP)
        world.readings["web"] = BAD
        await_that(lambda: told.changes == [("web", "down")])
    shown = anywhere.checks.get("web")
    assert (shown.state, shown.detail, shown.failures > 0) == (State.DOWN, "refused", True)
    flips = anywhere.checks.flips("web")
    assert [(one.before, one.after) for one in flips] == [("up", "down"), ("unknown", "up")]
    assert told.notices[0].key == f"flip:{flips[0].id}"
    looks, following = anywhere.checks.looks("web", limit=1000)
    assert following is None
    assert {(one.ok, one.state) for one in looks} == {(True, "up"), (False, "down")}
    for width in (Width.HOUR, Width.DAY):
        rollups, _ = anywhere.checks.rollups("web", width)
        assert sum(one.looks for one in rollups) == len(looks)
        assert sum(one.failures for one in rollups) == sum(not one.ok for one in looks)
    first, following = anywhere.checks.looks("web", limit=1)
    rest, _ = anywhere.checks.looks("web", before=following, limit=1000)
    assert [*first, *rest] == looks


def test_no_look_is_taken_by_the_thread_that_paces_or_writes(factory: Factory) -> None:
    """Looks have threads of their own."""
    world = World()
    create(factory, check("a"), check("b"))
    with monitoring(factory, world):
        await_that(lambda: len(world.looks) == 2)
    assert world.threads == {"probe"}


def test_edits_work_within_a_second_or_so(anywhere: Factory) -> None:
    """Whoever makes them: a new check, a pause, a resumption, a removal, another interval."""
    world, told = World(), Told()
    with monitoring(anywhere, world, told):
        create(anywhere, check("web", every=3600))
        await_that(lambda: state(anywhere, "web") is State.UP)
        anywhere.checks.change("web", {"every": 1}, actor="test", now=utc_now())
        await_that(lambda: world.looks["web"] >= 3)
        anywhere.checks.set_paused("web", paused=True, actor="test", now=utc_now())
        await_that(lambda: anywhere.checks.flips("web")[0].after is State.PAUSED)
        seen = world.looks["web"]
        world.readings["web"] = BAD
        anywhere.checks.set_paused("web", paused=False, actor="test", now=utc_now())
        await_that(lambda: told.changes == [("web", "down")])
        assert world.looks["web"] > seen
        anywhere.checks.remove("web", actor="test", now=utc_now())
        create(anywhere, check("other"))
        await_that(lambda: state(anywhere, "other") is State.UP)
    assert [one.name for one in anywhere.checks.page()] == ["other"]


def test_a_look_that_hangs_stops_no_other(factory: Factory) -> None:
    """It is abandoned, told of, looked at no more until it comes back, and then is well again."""
    world, told = World(), Told()
    world.hanging["stuck"] = threading.Event()
    create(factory, check("stuck", timeout=0.1), check("web"))
    with monitoring(factory, world, told) as monitor:
        await_that(lambda: told.changes == [("stuck", "down")])
        before = world.looks["web"]
        await_that(lambda: world.looks["web"] > before + 1)
        assert (world.looks["stuck"], monitor.pacer.abandoned) == (1, 1)
        assert "did not come back within 0.1 s" in factory.checks.get("stuck").detail
        world.hanging.pop("stuck").set()
        await_that(lambda: told.changes == [("stuck", "down"), ("stuck", "up")])
        assert monitor.pacer.abandoned == 0


def test_a_fault_of_ours_is_no_fault_of_the_target(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that raises leaves its check unknown, and the others go on."""
    world = World()
    look = world.look

    def broken(spec: object, now: object) -> object:
        if spec.name == "bad":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return look(spec, now)  # type: ignore[arg-type]

    monkeypatch.setattr(world, "look", broken)
    create(factory, check("bad"), check("web"))
    with monitoring(factory, world):
        await_that(lambda: state(factory, "web") is State.UP)
        await_that(lambda: "fault of Disparo" in factory.checks.get("bad").detail)
    assert state(factory, "bad") is State.UNKNOWN


def test_one_alert_tells_of_a_host_and_what_runs_on_it(factory: Factory) -> None:
    """The database fails first, and its host is looked at before anybody is told."""
    world, told = World(), Told()
    create(factory, check("host", every=3600, retries=1), check("db", depends_on=["host"]))
    with monitoring(factory, world, told):
        await_that(lambda: all(state(factory, one) is State.UP for one in ("host", "db")))
        world.readings |= {"host": BAD, "db": BAD}
        await_that(lambda: factory.checks.get("db").hidden_by == "host")
        await_that(lambda: told.changes == [("host", "down")])
    assert state(factory, "db") is State.UNKNOWN


def test_nobody_is_told_in_a_maintenance_window(factory: Factory) -> None:
    """Until it is removed: then people are told of what lasts."""
    world, told = World(), Told()
    create(factory, check("web"))
    always = Maintenance.model_validate({"name": "always", "cron": "* * * * *", "duration": "PT1H"})
    factory.windows.create(always, actor="test", now=utc_now())
    with monitoring(factory, world, told):
        await_that(lambda: state(factory, "web") is State.UP)
        world.readings["web"] = BAD
        await_that(lambda: state(factory, "web") is State.DOWN)
        assert factory.checks.flips("web")[0].muted_by == "maintenance window always"
        factory.windows.remove("always", actor="test", now=utc_now())
        await_that(lambda: told.changes == [("web", "down")])


def test_a_flip_that_was_not_claimed_is_told_by_the_next_monitor(anywhere: Factory) -> None:
    """The service dies between the flip and its claim; what it had told is not told again."""
    world = World()

    class DyingError(Exception):
        pass

    class Dying(Told):
        def note(self, *_: object) -> None:
            raise DyingError

    create(anywhere, check("web"))
    with monitoring(anywhere, world):
        await_that(lambda: state(anywhere, "web") is State.UP)
    world.readings["web"] = BAD
    with monitoring(anywhere, world, Dying()):
        await_that(lambda: state(anywhere, "web") is State.DOWN)
    told = Told()
    with monitoring(anywhere, world, told):
        await_that(lambda: told.notices)
    assert told.changes == [("web", "down")]
    again = Told()
    with monitoring(anywhere, world, again):
        before = world.looks["web"]
        await_that(lambda: world.looks["web"] > before + 1)
    assert again.notices == []


def test_a_flip_that_cannot_be_told_of_stops_no_other(factory: Factory) -> None:
    """It is left for an hour, and told of then."""
    world = World()
    world.otherwise = BAD

    class Picky(Told):
        def note(self, connection: sa.Connection, notice: Notice) -> None:
            super().note(connection, notice)
            if notice.name == "bad":
                raise ZeroDivisionError

    told = Picky()
    create(factory, check("bad"), check("web"))
    with monitoring(factory, world, told):
        await_that(lambda: all(state(factory, one) is State.DOWN for one in ("bad", "web")))
        await_that(lambda: ("web", "down") in told.changes)
        seen = world.looks["web"]
        await_that(lambda: world.looks["web"] > seen + 2)
        assert told.changes.count(("bad", "down")) <= 2
        held = factory.leases.get("monitor")
        assert held is not None
        later = utc_now() + timedelta(hours=1)
        assert factory.watching.tell(held, now=later) == 0
        assert told.changes.count(("bad", "down")) == 4


def test_a_service_that_is_killed_between_flip_and_claim_loses_no_alert(
    anywhere: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real process dies of signal 9 with the flip on record; the next one tells of it, once."""
    monkeypatch.setenv("DISPARO_SCHEDULER__LEASE_SECONDS", "1")
    create(anywhere, check("web"))
    command = [sys.executable, "-m", "tests.watch.dying"]
    done = subprocess.run(command, check=False, timeout=100, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [one.muted_by for one in anywhere.checks.flips("web")] == [None]
    world, told = World(), Told()
    world.otherwise = BAD
    with monitoring(anywhere, world, told):
        await_that(lambda: world.looks["web"] > 1)
        await_that(lambda: told.notices)
    assert told.changes == [("web", "down")]


def test_of_two_services_one_looks_and_the_other_takes_over(anywhere: Factory) -> None:
    """One result a turn; when the first one stops, the second goes on from how things stood."""
    create(anywhere, check("web"))
    other = Factory(load_settings(), anywhere.state)
    first, second, told = World(), World(), Told()
    second.readings["web"] = BAD
    with monitoring(anywhere, first) as one:
        await_that(lambda: first.looks["web"] >= 1)
        with monitoring(other, second, told) as two:
            await_that(lambda: first.looks["web"] >= 3)
            assert (two.books.is_at_work, second.looks["web"]) == (False, 0)
            one.stop()
            await_that(lambda: told.changes == [("web", "down")])
            assert one.books.is_at_work
    other.close()
    looks, _ = anywhere.checks.looks("web", limit=1000)
    gaps = [(a.at - b.at).total_seconds() for a, b in pairwise(looks)]
    assert min(gaps) > 0.3
    assert told.notices[0].before == "up"


def test_the_monitor_looks_on_while_the_database_is_away(factory: Factory) -> None:
    """Judging goes on in memory; flips and results are written when it is back, none lost."""
    world, told = World(), Told()
    create(factory, check("web"))
    with monitoring(factory, world, told) as monitor:
        await_that(lambda: state(factory, "web") is State.UP)
        number = factory.checks.get("web").id
        with factory.engine.begin():  # nobody else can write
            before = world.looks["web"]
            world.readings["web"] = BAD
            await_that(lambda: (monitor.standings() or {})[number].state is State.DOWN)
            await_that(lambda: world.looks["web"] > before + 2)
            assert told.changes == []
            world.readings["web"] = WELL
            await_that(lambda: (monitor.standings() or {})[number].state is State.UP)
        await_that(lambda: told.changes == [("web", "down"), ("web", "up")])
    looks, _ = factory.checks.looks("web", limit=1000)
    assert len(looks) in {world.looks["web"], world.looks["web"] - 1}


def test_results_that_wait_are_bounded(factory: Factory) -> None:
    """The oldest go first, and are counted."""
    bounds = factory.settings.monitor.model_copy(update={"queue": 3})
    factory.settings = factory.settings.model_copy(update={"monitor": bounds})
    world = World()
    create(factory, check("web"))
    with monitoring(factory, world) as monitor:
        await_that(lambda: state(factory, "web") is State.UP)
        with factory.engine.begin():  # nobody else can write
            await_that(lambda: monitor.pacer.dropped > 0)
