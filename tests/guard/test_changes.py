"""Whatever changes something over HTTP is part of the audit: one of each, by its request's id."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from app.factory import Factory
from app.routers.rights import RIGHTS
from app.values.account import Role
from app.values.audit import AuditFilter
from tests import casework
from tests.asgi import Api
from tests.casework import inputs
from tests.guard.letting import closed, token
from tests.on_record import label, record
from tests.scheduling import SPEC

NO_CHANGE = {
    "POST /showroom/predictions",
    "POST /v2/models/{name}/infer",
    "POST /v2/models/{name}/versions/{version}/infer",
    "POST /endpoints/{name}/invocations",
    "POST /invocations",
    "POST /score",
    "POST /showroom/predictions/{request_id}/replay",
    "POST /showroom/cases/run",
    "POST /schedules/preview",
    "POST /schedules/try",
    "POST /sources/{name}/test",
    "POST /checks/try",
    "POST /checks/{name}/test",
    "POST /alerts/channels/{name}/test",
}
"""What these do is on record elsewhere, or leaves nothing."""
ELSEWHERE = {
    "PUT /session/password",
    "DELETE /sessions",
    "DELETE /sessions/{number}",
    "DELETE /users/{name}/sessions",
    "DELETE /users/{name}/sessions/{number}",
    "POST /alerts/{number}/retry",
    "POST /dispatches/{dispatch_id}/tasks/rerun",
}
"""They need a session, an alert or a task that failed: see tests/people, tests/alerts, tests/test_partitions.py."""
PLACE = {"name": "place", "connection": "sqlite:///place.sqlite"}
CASE = {"model": "m", "title": "one", "inputs": inputs(30)}
CHECK: dict[str, Any] = {
    "name": "db",
    "target": {"kind": "host", "address": "db.example", "port": 3306},
}
WINDOW = {"name": "w", "starts": "2030-01-01T00:00:00", "ends": "2030-01-02T00:00:00"}
HOOK = {"name": "hook", "target": {"kind": "webhook", "url": "https://hooks.example.org/x"}}
RULE: dict[str, Any] = {"name": "all", "checks": ["*"], "channels": ["hook"]}
BACKFILL = {"first": "2026-01-05T00:00:00", "until": "2026-01-07T00:00:00"}
MERGE = "application/merge-patch+json"
Step = tuple[str, dict[str, Any], Any]
STORY: tuple[Step, ...] = (
    ("POST /sources", {}, PLACE),
    ("POST /showroom/cases", {}, CASE),
    ("PUT /showroom/cases/{case_id}", {"case_id": 1}, {**CASE, "title": "two"}),
    ("PATCH /showroom/cases/{case_id}", {"case_id": 1}, {"title": "three"}),
    ("POST /showroom/cases/import", {}, b"size,kind,weight\n3,a,1.5\n"),
    ("DELETE /showroom/cases/{case_id}", {"case_id": 1}, None),
    ("POST /schedules", {}, SPEC),
    ("PUT /schedules/{name}", {"name": "nightly"}, {**SPEC, "description": "mine"}),
    ("PATCH /schedules/{name}", {"name": "nightly"}, {"description": "ours"}),
    ("POST /schedules/{name}/pause", {"name": "nightly"}, None),
    ("POST /schedules/{name}/resume", {"name": "nightly"}, None),
    ("POST /schedules/{name}/run", {"name": "nightly"}, {}),
    ("POST /dispatches", {}, {"schedule": "nightly"}),
    ("POST /dispatches/{dispatch_id}/cancel", {"dispatch_id": 1}, None),
    ("POST /dispatches/{dispatch_id}/rerun", {"dispatch_id": 1}, None),
    ("POST /schedules/{name}/backfill", {"name": "nightly"}, BACKFILL),
    (
        "POST /schedules/{name}/backfills/{backfill_id}/cancel",
        {"name": "nightly", "backfill_id": 1},
        None,
    ),
    ("DELETE /schedules/{name}", {"name": "nightly"}, None),
    ("PATCH /sources/{name}", {"name": "place"}, {"description": "mine"}),
    ("DELETE /sources/{name}", {"name": "place"}, None),
    ("POST /checks", {}, CHECK),
    ("PUT /checks/{name}", {"name": "db"}, {**CHECK, "every": 30}),
    ("PATCH /checks/{name}", {"name": "db"}, {"every": 31}),
    ("POST /checks/{name}/pause", {"name": "db"}, None),
    ("POST /checks/{name}/resume", {"name": "db"}, None),
    ("DELETE /checks/{name}", {"name": "db"}, None),
    ("POST /monitor/scheduler/pause", {}, None),
    ("POST /monitor/scheduler/resume", {}, None),
    ("POST /monitor/windows", {}, WINDOW),
    ("PUT /monitor/windows/{name}", {"name": "w"}, {**WINDOW, "description": "mine"}),
    ("DELETE /monitor/windows/{name}", {"name": "w"}, None),
    ("POST /alerts/channels", {}, HOOK),
    ("PUT /alerts/channels/{name}", {"name": "hook"}, {**HOOK, "description": "mine"}),
    ("PATCH /alerts/channels/{name}", {"name": "hook"}, {"description": "ours"}),
    ("POST /alerts/rules", {}, RULE),
    ("PUT /alerts/rules/{name}", {"name": "all"}, {**RULE, "description": "mine"}),
    ("PATCH /alerts/rules/{name}", {"name": "all"}, {"description": "ours"}),
    ("DELETE /alerts/rules/{name}", {"name": "all"}, None),
    ("DELETE /alerts/channels/{name}", {"name": "hook"}, None),
    ("POST /models/{name}/versions", {"name": "m"}, Path("m.skops")),
    ("POST /models/{name}/versions/{number}/promote", {"name": "m", "number": 2}, None),
    ("POST /models/{name}/versions/{number}/retire", {"name": "m", "number": 1}, None),
    ("PATCH /models/{name}/serving", {"name": "m"}, {"durability": "off"}),
    ("PUT /showroom/predictions/{request_id}/outcome", {"request_id": ""}, {"outcome": "high"}),
    ("POST /tokens", {}, {"name": "other", "role": "viewer"}),
    ("DELETE /tokens/{name}", {"name": "other"}, None),
    ("POST /users", {}, {"name": "ana", "role": "viewer"}),
    ("PATCH /users/{name}", {"name": "ana"}, {"role": "operator"}),
    ("POST /users/{name}/link", {"name": "ana"}, None),
    ("DELETE /users/{name}", {"name": "ana"}, None),
)


@pytest.fixture
def door(factory: Factory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Api]:
    """Give the application that lets nobody in unknown, with the model `m`."""
    assert factory
    with closed(monkeypatch) as api:
        casework.register(api.application.factory, tmp_path)
        yield api


def test_each_change_is_told_or_known_to_be_none() -> None:
    """A new path that changes something fails this until it is in the story."""
    changing = {line for line, right in RIGHTS.items() if right.role and line[:4] != "GET "}
    assert {line for line, _, _ in STORY} | NO_CHANGE | ELSEWHERE == changing


def test_each_change_is_part_of_the_audit(door: Api, tmp_path: Path) -> None:
    """By the token that asked, from its address, under its request's id, with another's name."""
    factory = door.application.factory
    admin = token(factory, "admin", Role.ADMIN)
    made = record(factory, label("high", high=0.75, low=0.25), inputs=[inputs(30)])
    outcome = ["high" if size > 10 else "low" for size in casework.SAMPLE["size"]]
    model = casework.fitted(LogisticRegression(C=100), outcome)
    skops.io.dump(model, tmp_path / "m.skops")
    silent = []
    for number, (line, place, body) in enumerate(STORY):
        method, template = line.split(" ", 1)
        path = template.format(**{**place, "request_id": made})
        headers = {**admin, "X-Request-ID": f"change-{number}"}
        answer = _send(door, method, path, body, headers, tmp_path)
        assert answer.is_success, (line, answer.text)
        wanted = AuditFilter(request=f"change-{number}", actor="token admin", address="127.0.0.1")
        found, _ = factory.audit.page(wanted, before=None, limit=10)
        if not found:
            silent.append(line)
    assert silent == []


def _send(
    door: Api, method: str, path: str, body: Any, headers: dict[str, str], files: Path
) -> httpx.Response:
    given: dict[str, Any] = {"headers": headers}
    match body:
        case bytes():
            headers["Content-Type"] = "text/csv"
            given["content"], given["params"] = body, {"model": "m"}
        case Path():
            given["files"] = {"file": (body.name, (files / body).read_bytes())}
        case dict():
            given["json"] = body
            if method == "PATCH":
                headers["Content-Type"] = MERGE
    return door._call(method, path, **given)
