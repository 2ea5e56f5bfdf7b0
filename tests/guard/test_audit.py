"""The audit: each change and each refused attempt, by whom, whence, what was before and after."""

import csv
import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app.cli import cli
from app.db.events import EventStore
from app.db.tables import events
from app.factory import Factory
from app.services.refusals import Refusal, RefusalService
from app.settings_access import Audit
from app.values.account import Role
from tests.asgi import Api
from tests.guard.letting import closed, token
from tests.scheduling import NOON

CHECK: dict[str, Any] = {
    "name": "db",
    "target": {"kind": "host", "address": "db.example", "port": 3306},
}


@pytest.fixture
def door(anywhere: Factory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Give the application that lets nobody in unknown, on each database."""
    assert anywhere
    with closed(monkeypatch) as api:
        yield api


@pytest.fixture
def admin(door: Api) -> dict[str, str]:
    """Give an admin's header."""
    return token(door.application.factory, "admin", Role.ADMIN)


def audit(door: Api, admin: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    """Return what the audit tells."""
    found = door.get(f"/audit?{query}", headers=admin)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


def test_a_change_tells_who_whence_by_which_request_and_what_was_before(
    door: Api, admin: dict[str, str]
) -> None:
    """Each field of one line, and the newest first."""
    door.post("/checks", CHECK, headers=admin)
    patched = door.patch(
        "/checks/db",
        {"every": 30.0},
        headers={
            **admin,
            "content-type": "application/merge-patch+json",
            "X-Request-ID": "change-7",
        },
    )
    assert patched.status_code == 200, patched.text
    changed, added = audit(door, admin, "noun=check")
    assert changed == {
        "id": changed["id"],
        "at": changed["at"],
        "actor": "token admin",
        "subject": "check:db",
        "name": "changed",
        "address": "127.0.0.1",
        "request": "change-7",
        "detail": changed["detail"],
    }
    assert "30.0" in json.dumps(changed["detail"])
    assert (added["name"], added["address"]) == ("added", "127.0.0.1")
    assert audit(door, admin, "request=change-7") == [changed]


def test_what_the_service_does_by_itself_is_no_part_of_it(door: Api, admin: dict[str, str]) -> None:
    """An event of the scheduler is on record as before, and not in the audit."""
    with door.application.factory.engine.begin() as connection:
        for actor in ("scheduler", "program", "ana"):
            EventStore(connection).add("schedule:x", "told", NOON, actor=actor)
    assert [one["actor"] for one in audit(door, admin, "subject=schedule:x")] == ["ana"]


def test_secrets_are_taken_out_before_they_are_written(door: Api, admin: dict[str, str]) -> None:
    """By the names of what holds them, and by their look; also of what is nested."""
    secret = "hunter2-Hunter2"
    detail = {"a": {"password": secret}, "b": [f"postgresql://u:{secret}@h/d"], "every": 3}
    with door.application.factory.engine.begin() as connection:
        EventStore(connection).add("source:x", "changed", NOON, actor="ana", detail=detail)
        kept = str(connection.execute(sa.select(events.c.detail)).all())
    assert secret not in kept
    [entry] = audit(door, admin, "subject=source:x")
    assert entry["detail"] == {
        "a": {"password": "***"},
        "b": ["postgresql://u:***@h/d"],
        "every": 3,
    }


def test_the_filters_choose_and_pages_follow_each_other(door: Api, admin: dict[str, str]) -> None:
    """Who, what, which noun, when; a cursor leads through all of them."""
    with door.application.factory.engine.begin() as connection:
        for number in range(7):
            at, actor = NOON + timedelta(hours=number), "ana" if number % 2 else "bob"
            EventStore(connection).add(f"model:m{number}", "told", at, actor=actor)
        EventStore(connection).add("models-of-mine", "told", NOON, actor="ana")
    subjects = [one["subject"] for one in audit(door, admin, "noun=model&actor=ana")]
    assert subjects == ["model:m5", "model:m3", "model:m1"]
    since = (NOON + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    until = (NOON + timedelta(hours=4)).isoformat().replace("+00:00", "Z")
    subjects = [one["subject"] for one in audit(door, admin, f"since={since}&until={until}")]
    assert subjects == ["model:m3", "model:m2"]
    seen, cursor = [], ""
    while True:
        page = door.get(f"/audit?name=told&limit=3{cursor}", headers=admin).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 8
    assert door.get("/audit?actr=ana", headers=admin).status_code == 422


def test_it_is_exported_whole(door: Api, admin: dict[str, str]) -> None:
    """As CSV with the detail in one cell, and as lines of JSON."""
    door.post("/checks", CHECK, headers=admin)
    exported = door.get("/audit/export?noun=check", headers=admin)
    [row] = csv.DictReader(io.StringIO(exported.text))
    assert (row["actor"], row["subject"]) == ("token admin", "check:db")
    assert json.loads(row["detail"]) == audit(door, admin, "noun=check")[0]["detail"]
    lines = door.get("/audit/export?format=jsonl", headers=admin).text.splitlines()
    assert [json.loads(one)["subject"] for one in lines] == ["check:db", "token:admin"]


def test_refused_attempts_are_part_of_it(door: Api, admin: dict[str, str]) -> None:
    """Nobody, and who may not: with the address, and why."""
    viewer = token(door.application.factory, "viewer")
    door.get("/sources", headers={"X-Request-ID": "stranger-1"})
    door.post("/sources", {}, headers=viewer)
    door.post("/showroom/predictions", {}, headers=viewer)
    door.get("/sources", headers=viewer)
    door.application.factory.refusals.write(NOON)
    second, first = audit(door, admin, "name=refused")
    assert (first["actor"], first["address"], first["request"]) == (
        "nobody",
        "127.0.0.1",
        "stranger-1",
    )
    assert first["detail"]["status"] == 401
    assert second["actor"] == "token viewer"
    assert second["detail"]["path"] == "/sources"
    assert "needs the role admin" in second["detail"]["reason"]


def refusal(**changes: Any) -> Refusal:
    """Return a refusal."""
    fields: dict[str, Any] = {
        "actor": "nobody", "address": "192.0.2.1", "request": "r", "status": 401,
        "method": "GET", "path": "/", "reason": "unknown",
    }  # fmt: skip
    return Refusal(**(fields | changes))


def told(factory: Factory) -> list[tuple[str, str | None, Any, Any]]:
    """Return what is on record of refusals, the oldest first."""
    from app.values.audit import AuditFilter

    found, _ = factory.audit.page(AuditFilter(noun="request"), before=None, limit=1000)
    rows = [
        (one.name, one.address, one.detail.get("more"), one.detail.get("others")) for one in found
    ]
    return rows[::-1]


def test_a_flood_of_refused_attempts_makes_two_entries_a_window(anywhere: Factory) -> None:
    """The first at once, and how many more when the window is over."""
    service = RefusalService(anywhere.engine, Audit(window_seconds=60))
    for number in range(10_000):
        service.note(refusal(path=f"/{number}"), now=NOON + timedelta(milliseconds=number))
    service.write(NOON + timedelta(seconds=11))
    assert told(anywhere) == [("refused", "192.0.2.1", None, None)]
    service.write(NOON + timedelta(seconds=60))
    assert told(anywhere)[1:] == [("refused again", "192.0.2.1", 9999, False)]
    service.note(refusal(), now=NOON + timedelta(seconds=61))
    service.write(NOON + timedelta(seconds=200))
    assert len(told(anywhere)) == 3


def test_a_flood_from_everywhere_counts_together(factory: Factory) -> None:
    """Beyond `audit.refusals` kinds there is one for all others."""
    service = RefusalService(factory.engine, Audit(window_seconds=60, refusals=5))
    for number in range(1000):
        service.note(refusal(address=f"2001:db8::{number:x}"), now=NOON)
    service.write(NOON + timedelta(seconds=60))
    found = told(factory)
    assert [one[0] for one in found] == ["refused"] * 6 + ["refused again"]
    assert found[-1][2:] == (994, True)


def test_refusals_wait_for_a_database_that_is_away(
    factory: Factory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They are written once it is back, and not twice."""
    service = RefusalService(factory.engine, Audit())
    service.note(refusal(), now=NOON)
    away = sa.exc.OperationalError("INSERT", {}, Exception("away"))

    def fail(*_: object, **__: object) -> None:
        raise away

    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr(EventStore, "add", fail)
        service._try_to_write(NOON)
    assert "written later" in caplog.text
    service._try_to_write(NOON)
    service._try_to_write(NOON)
    assert len(told(factory)) == 1


def test_old_entries_go_in_bounded_steps(
    anywhere: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the audit alone; other events stay as they do."""
    monkeypatch.setattr("app.services.audit._AT_ONCE", 2)
    lease = anywhere.leases.take("scheduler", "me")
    assert lease is not None
    with anywhere.engine.begin() as connection:
        for days in (1000, 900, 800, 1):
            at = NOON - timedelta(days=days)
            EventStore(connection).add("model:m", "told", at, actor="ana")
            EventStore(connection).add("model:m", "told", at, actor="scheduler")
    assert [anywhere.audit.remove(lease, now=NOON) for _ in range(3)] == [2, 1, 0]
    with anywhere.engine.connect() as connection:
        left = connection.execute(sa.select(events.c.actor)).scalars().all()
    assert sorted(left) == ["ana", *["scheduler"] * 4]


def test_the_command_lists_and_exports(factory: Factory) -> None:
    """What a command changed is there as the local user's."""
    run = CliRunner()
    made = run.invoke(cli, ["tokens", "create", "ci"], catch_exceptions=False)
    assert made.exit_code == 0
    listed = run.invoke(cli, ["audit", "list", "--noun", "token", "--json"], catch_exceptions=False)
    [entry] = json.loads(listed.stdout)
    assert entry["actor"].startswith("command line (")
    assert (entry["address"], entry["subject"]) == ("local", "token:ci")
    table = run.invoke(cli, ["audit", "list"], catch_exceptions=False).stdout
    assert "token:ci" in table
    exported = run.invoke(cli, ["audit", "export", "--format", "jsonl"], catch_exceptions=False)
    assert json.loads(exported.stdout)["subject"] == "token:ci"
    assert factory


def test_what_becomes_of_a_source_is_told_without_its_secrets(
    door: Api, admin: dict[str, str]
) -> None:
    """Added and removed with what was before and after; a password is nowhere."""
    source = {"name": "crm", "connection": "mysql+pymysql://u:hunter2-Hunter2@h/d"}
    assert door.post("/sources", source, headers=admin).status_code == 201
    assert door.delete("/sources/crm", headers=admin).status_code == 204
    removed, added = audit(door, admin, "noun=source")
    told = {"connection": "mysql+pymysql://u:***@h/d"}
    assert added["detail"] == {"before": {}, "after": told}
    assert removed["detail"] == {"before": told, "after": {}}
