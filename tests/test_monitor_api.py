"""`/monitor`: all at a glance, from memory, also while nothing else answers; the scheduler's switch."""

import json
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from app.cli import cli
from app.clock import utc_now
from app.db.prediction_entries import insert
from app.errors import BusyError, ExitCode
from app.factory import Factory
from app.main import create_app
from app.routers.monitor import _events
from app.routers.streams import Followers
from app.values.check import State
from app.values.maintenance import Maintenance
from tests import read_once
from tests.asgi import Api
from tests.patience import await_that
from tests.scheduling import MINUTE, NOON, declared, events, lease, queued
from tests.showroom.entries import entry
from tests.watching import BAD, World, check, monitoring


def test_an_empty_service_is_shown(api: Api) -> None:
    """Nothing is there yet: no service is the scheduler, and that is told."""
    answer = api.get("/monitor")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["well"], body["checks"], body["schedules"]) == (False, {}, [])
    assert body["service"]["database"] == {"state": "up", "since": None, "detail": "it answers"}
    assert body["service"]["scheduler"]["state"] == "nobody"
    assert body["down"][0].startswith("no service is the scheduler")
    assert "start one (`disparo serve`)" in body["down"][0]
    tag = answer.headers["etag"]
    again = api.get("/monitor", headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert api.get("/monitor?chekcs=1").status_code == 422


def test_checks_and_schedules_are_shown_with_how_they_are(anywhere: Factory) -> None:
    """States, since when, latency and uptime; the schedule's next slot and what runs of it."""
    world = World()
    world.readings["bad"] = BAD
    for name in ("bad", "web"):
        anywhere.checks.create(check(name), actor="test", now=utc_now())
    schedule = declared(anywhere)
    with monitoring(anywhere, world):
        await_that(lambda: anywhere.checks.get("bad").state is State.DOWN)
        await_that(lambda: anywhere.checks.get("web").state is State.UP)
    shown = anywhere.monitor.document(now=utc_now())
    bad, web = shown.checks["host"]
    assert (bad.state, bad.detail, bad.uptime_day, bad.uptime_week) == ("down", "refused", 0, 0)
    assert (web.state, web.uptime_day, web.seconds) == ("up", 1, 0.01)
    assert web.since is not None
    assert shown.states == {"up": 1, "degraded": 0, "down": 1, "paused": 0, "unknown": 0}
    assert "bad: refused" in shown.down
    [card] = shown.schedules
    assert (card.name, card.due_at, card.running) == ("each-minute", schedule.due_at, ())


@pytest.fixture
def board(factory: Factory) -> Iterator[tuple[Factory, World]]:
    """Give a Monitor at work, whose board is kept up to date."""
    bounds = factory.settings.monitor.model_copy(update={"refresh_seconds": 0.1})
    factory.settings = factory.settings.model_copy(update={"monitor": bounds})
    world = World()
    factory.checks.create(check("web"), actor="test", now=utc_now())
    with monitoring(factory, world):
        await_that(lambda: _shown(factory, "web") == "up")
        yield factory, world


def _document(factory: Factory) -> dict[str, Any]:
    posted = factory.board.read()
    found: dict[str, Any] = {} if posted is None else json.loads(posted.body)
    return found


def _shown(factory: Factory, name: str) -> str | None:
    checks = [one for several in _document(factory).get("checks", {}).values() for one in several]
    return next((str(one["state"]) for one in checks if one["name"] == name), None)


def test_the_board_shows_a_flip_that_no_database_took(
    board: tuple[Factory, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scheduler, database and a host fail at once: it says so, within seconds."""
    factory, world = board

    def away(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(factory.monitor, "snapshot", away)
    monkeypatch.setattr(factory.watching, "write", away)
    monkeypatch.setattr(factory.leases, "renew", away)
    world.readings["web"] = BAD
    await_that(lambda: _shown(factory, "web") == "down")
    body = await_that(
        lambda: (
            one if (one := _document(factory))["service"]["database"]["state"] == "down" else None
        )
    )
    assert body["service"]["scheduler"]["state"] == "unknown"
    assert body["down"] == ["Disparo's database does not answer: gone", "web: refused"]
    assert not body["well"]


def test_the_board_is_read_in_no_time(board: tuple[Factory, World]) -> None:
    """From memory: a thousand answers and tags take less than 5 ms each, by far."""
    factory, _ = board
    application = create_app(read_once.settings())
    application.factory.board = factory.board
    transport = httpx.ASGITransport(application)

    async def reading() -> float:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            await client.get("/monitor")
            start = time.perf_counter()
            for _ in range(50):
                await client.get("/monitor")
            return (time.perf_counter() - start) / 50

    assert anyio.run(reading) < 0.05  # on a machine whose cores are all busy
    application.factory.close()


def test_what_changes_is_pushed(board: tuple[Factory, World]) -> None:
    """First all, then what changed, whole; what is gone is named; an old tag goes on from there."""
    factory, world = board
    state = SimpleNamespace(factory=factory)
    request: Any = SimpleNamespace(app=SimpleNamespace(state=state))

    async def following(last: str, until: Any) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        with anyio.fail_after(60):
            async for text in _events(request, factory.board, last):
                if text.startswith(":"):
                    continue
                found.append(dict(line.split(": ", 1) for line in text.strip().split("\n")))
                if until(found[-1]):
                    return found
        return found

    first = anyio.run(following, "", lambda one: one["event"] == "document")
    assert json.loads(first[0]["data"])["checks"]["host"][0]["name"] == "web"
    world.readings["web"] = BAD

    def is_down(one: dict[str, str]) -> bool:
        checks = json.loads(one["data"]).get("checks", [])
        return one["event"] == "changes" and any(c["state"] == "down" for c in checks)

    changes = anyio.run(following, first[0]["id"], is_down)
    assert {one["event"] for one in changes} == {"changes"}
    factory.checks.remove("web", actor="test", now=utc_now())

    def is_gone(one: dict[str, str]) -> bool:
        gone = json.loads(one["data"]).get("gone", [])
        return bool(gone == [{"noun": "checks", "name": "web"}])

    anyio.run(following, changes[-1]["id"], is_gone)
    strange = anyio.run(following, "0123-4", lambda one: one["event"] == "document")
    assert strange[0]["event"] == "document"


def test_a_new_prediction_is_news_to_who_follows(anywhere: Factory) -> None:
    """The document names the newest request of all, whichever service answered it."""

    def newest() -> str | None:
        return anywhere.monitor.document(now=utc_now()).service.newest_request

    assert newest() is None
    for one in (entry("a"), entry("b")):
        with anywhere.engine.begin() as connection:
            insert(connection, [one])
        assert newest() == one.id


def test_followers_are_bounded() -> None:
    """One more is refused, and told what to do instead; who leaves makes room."""
    followers = Followers(1, what="the Monitor", setting="monitor.followers")
    followers.enter()
    with pytest.raises(BusyError, match=r"1 already follow the Monitor here \(monitor.followers\)"):
        followers.enter()
    followers.leave()
    followers.enter()


def test_a_test_looks_now_and_records_nothing(api: Api, anywhere: Factory) -> None:
    """The reading is answered; the check stands as it did."""
    target = {"kind": "service", "part": "database"}
    api.post("/checks", {"name": "own", "target": target})
    answer = api.post("/checks/own/test")
    assert answer.status_code == 200
    assert (answer.json()["ok"], answer.json()["detail"][:25]) == (
        True,
        "Disparo's database answer",
    )
    assert anywhere.checks.looks("own") == ([], None)
    assert api.get("/checks/own").json()["state"] == "unknown"
    assert api.post("/checks/none/test").status_code == 404


def test_a_check_is_tried_before_there_is_one(api: Api) -> None:
    """The look is that of the check which it would become, and leaves nothing behind."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        target = {"kind": "host", "address": "127.0.0.1", "port": port}
        found = api.post("/checks/try", {"name": "new", "target": target})
    assert (found.status_code, found.json()["ok"]) == (200, True)
    refused = api.post("/checks/try", {"name": "new", "target": target}).json()
    assert (refused["ok"], refused["failed_step"]) == (False, "refused")
    assert api.get("/checks/new").status_code == 404
    assert api.get("/checks").json()["items"] == []
    assert api.post("/checks/try", {"name": "new", "target": {"kind": "host"}}).status_code == 422


def test_the_scheduler_is_paused_for_all_and_over_restarts(api: Api, anywhere: Factory) -> None:
    """No slot is claimed meanwhile; then catch_up decides, as after any pause of the service."""
    schedule = declared(anywhere, policies={"catch_up": "latest"})
    assert api.post("/monitor/scheduler/pause").json()["is_on"]
    assert api.post("/monitor/scheduler/pause").json()["is_on"]
    other = Factory(read_once.settings(), anywhere.state)
    for minute in (1, 2, 3):
        now = NOON + minute * MINUTE
        other.slots.claim([schedule.id], lease(other), now=now)
        assert other.slots.overdue(before=now, limit=10) == []
    by_hand = api.post("/schedules/each-minute/run", {})
    assert by_hand.status_code in {201, 202}
    api.post(f"/dispatches/{by_hand.json()['id']}/cancel")
    assert [one for one in queued(anywhere) if 0 <= one <= 10] == []
    assert not api.post("/monitor/scheduler/resume").json()["is_on"]
    late = NOON + 10 * MINUTE + timedelta(seconds=1)
    assert other.slots.overdue(before=late, limit=10) == [schedule.id]
    other.slots.claim([schedule.id], lease(other), now=late)
    assert [one for one in queued(anywhere) if 0 <= one <= 10] == [9, 10]  # missed, and fresh
    assert [name for name, _ in events(anywhere, "scheduler")] == ["paused", "resumed"]
    other.close()


def test_the_status_is_printed_and_exits_by_it(factory: Factory) -> None:
    """The tables name what is down, and so does the exit code; a database that is away, too."""
    declared(factory)
    factory.checks.create(check("web"), actor="test", now=utc_now())
    done = status()
    assert done.exit_code == ExitCode.NOT_WELL
    assert "each-minute" in done.stdout
    assert "no service is the scheduler" in done.stderr
    assert lease(factory)
    assert factory.leases.take("monitor", "test")
    done = status()
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(status("--json").stdout)["well"]
    with factory.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE checks RENAME TO away")
    done = status()
    assert done.exit_code == ExitCode.NOT_WELL
    assert "down: Disparo's database does not answer: no such table" in done.stderr


def test_the_status_tells_of_a_pause_and_of_open_windows(factory: Factory) -> None:
    """Who paused the scheduler by command, until it goes on."""
    assert lease(factory)
    always = {"name": "move", "cron": "* * * * *", "duration": "PT1H"}
    factory.windows.create(Maintenance.model_validate(always), actor="test", now=utc_now())
    for _ in range(2):
        assert disparo("scheduler", "pause").stdout.startswith("the scheduler is paused by command")
    told = status().stdout.splitlines()
    assert [line.split()[:2] for line in told if line.startswith(("sched", "main"))] == [
        ["scheduler", "paused"],
        ["maintenance", "open"],
    ]
    assert disparo("scheduler", "resume").stdout == "the scheduler goes on\n"
    assert [name for name, _ in events(factory, "scheduler")] == ["paused", "resumed"]


def status(*arguments: str) -> Result:
    """Run `disparo status` in this process."""
    return disparo("status", *arguments)


def disparo(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)
