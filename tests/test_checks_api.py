"""`/checks`, edited: whole answers, on each database that Disparo keeps its records on."""

from typing import Any

import pytest

from app.clock import utc_now
from app.factory import Factory
from app.values.check import Check
from tests.asgi import Api

HOST: dict[str, Any] = {
    "name": "db-host",
    "target": {"kind": "host", "address": "db.example", "port": 3306},
}
DATABASE: dict[str, Any] = {
    "name": "db",
    "target": {"kind": "database", "source": "place", "table": "rows"},
    "depends_on": ["db-host"],
}


def test_a_created_check_is_answered_whole_and_read_again(api: Api) -> None:
    """201 with its place and tag; reading answers the same, and 304 to who has it."""
    created = api.post("/checks", HOST)
    assert created.status_code == 201
    assert (created.headers["location"], created.headers["etag"]) == ("/checks/db-host", '"1"')
    body = created.json()
    assert body == {
        "id": 1,
        "name": "db-host",
        "kind": "host",
        "spec": {
            "name": "db-host",
            "description": "",
            "target": {"kind": "host", "address": "db.example", "port": 3306},
            "every": 60.0,
            "timeout": 10.0,
            "retries": 2,
            "slow_after": None,
            "depends_on": [],
        },
        "fault": None,
        "declared_in": None,
        "created_at": body["created_at"],
        "updated_at": body["created_at"],
        "paused": False,
        "revision": 1,
        "state": "unknown",
        "since": None,
        "detail": "not looked at yet",
        "failures": 0,
        "flapping": False,
        "hidden_by": None,
        "last": None,
        "warnings": [],
    }
    read = api.get("/checks/db-host")
    assert (read.json(), read.headers["etag"]) == (body, '"1"')
    assert api.get("/checks/db-host", headers={"if-none-match": '"1"'}).status_code == 304


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "a b"}, "body.name: must be a name: letters, digits, "),
        ({"target": {"kind": "hots"}}, "body.target: there is no 'kind' 'hots'; it is one of 'h"),
        ({"target": {"port": 1}}, "body.target: its 'kind' is missing, which says what it is"),
        (
            {"target": {"kind": "host", "address": "x", "port": 70_000}},
            "body.target.host.port: must be at most 65535",
        ),
        ({"target": {"kind": "host", "address": "x"}}, "body.target.host.port: is missing"),
        (
            {"target": {"kind": "disk", "degraded_below": 10, "down_below": 20}},
            "body.target.disk: degraded_below (10) must be at least down_below (20)",
        ),
        ({"target": {"kind": "http", "url": "ftp://x"}}, "must be a URL that begins with http://"),
        ({"every": 0.1}, "body.every: must be at least 1"),
        ({"every": "often"}, "body.every: must be a number"),
        ({"timeout": -1}, "body.timeout"),
        ({"retires": 1}, "body.retires: there is no such key"),
        ({"depends_on": ["none"]}, "depends on 'none', and there is no such check"),
        ({"depends_on": ["db-host"]}, "would depend on itself: db-host -> db-host"),
    ],
)
def test_what_is_no_check_is_refused_with_its_place(
    api: Api, change: dict[str, Any], words: str
) -> None:
    """422 names what is wrong, and nothing is stored."""
    answer = api.post("/checks", {**HOST, **change})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert words in answer.json()["detail"]
    assert api.get("/checks").json() == {"items": [], "next": None}


def test_no_check_depends_on_itself_by_way_of_others(api: Api) -> None:
    """A circle is refused with its way, and the check stays as it was."""
    api.post("/checks", HOST)
    created = api.post("/checks", DATABASE)
    assert created.json()["warnings"] == ["there is no source 'place' (yet)"]
    answer = api.patch("/checks/db-host", {"depends_on": ["db"]})
    assert answer.status_code == 422
    assert "db-host -> db -> db-host" in answer.json()["detail"]
    assert api.get("/checks/db-host").json()["revision"] == 1


def test_what_others_need_is_not_removed(api: Api) -> None:
    """409 names those that depend on it; without them it goes."""
    api.post("/checks", HOST)
    api.post("/checks", DATABASE)
    refused = api.delete("/checks/db-host")
    assert (refused.status_code, refused.json()["facts"]) == (409, {"checks": ["db"]})
    assert api.delete("/checks/db").status_code == 204
    assert api.delete("/checks/db-host").status_code == 204
    assert api.get("/checks/db-host").status_code == 404
    names = [one["name"] for one in api.get("/checks/db-host/events").json()["items"]]
    assert names == ["added", "removed"]


def test_a_lost_race_is_told(api: Api) -> None:
    """412 to who edits what another has changed, and the change of the other stays."""
    api.post("/checks", HOST)
    tag = {"if-match": '"1"'}
    assert api.patch("/checks/db-host", {"every": 30}, headers=tag).headers["etag"] == '"2"'
    for answer in (
        api.patch("/checks/db-host", {"every": 10}, headers=tag),
        api.put("/checks/db-host", HOST, headers=tag),
        api.delete("/checks/db-host", headers=tag),
        api.post("/checks/db-host/pause", headers=tag),
    ):
        assert (answer.status_code, answer.json()["type"]) == (412, "urn:disparo:changed")
    assert api.get("/checks/db-host").json()["spec"]["every"] == 30


def test_a_target_of_another_kind_replaces_the_one_before(api: Api) -> None:
    """A patch need not take the other kind's fields away one by one."""
    api.post("/checks", HOST)
    target = {"kind": "disk", "path": "/"}
    changed = api.patch("/checks/db-host", {"target": target})
    assert changed.json()["kind"] == "disk"
    again = api.patch("/checks/db-host", {"target": {"down_below": 1}})
    assert again.json()["spec"]["target"] == {
        "kind": "disk",
        "path": "/",
        "degraded_below": 10.0,
        "down_below": 1.0,
    }
    assert api.put("/checks/db-host", {**HOST, "name": "other"}).status_code == 422


def test_pause_and_resume_are_for_checks_of_files_too(api: Api, anywhere: Factory) -> None:
    """What a file declares is refused to edits, named, and paused and resumed all the same."""
    spec = Check.model_validate(HOST)
    assert anywhere.checks.declare([spec], "there.yaml", now=utc_now()) == ["db-host"]
    assert anywhere.checks.declare([spec], "there.yaml", now=utc_now()) == []
    for answer in (
        api.patch("/checks/db-host", {"every": 10}),
        api.put("/checks/db-host", HOST),
        api.delete("/checks/db-host"),
    ):
        assert (answer.status_code, answer.json()["facts"]) == (409, {"file": "there.yaml"})
    assert api.post("/checks/db-host/pause").json()["state"] == "paused"
    assert anywhere.checks.declare([spec], "there.yaml", now=utc_now()) == []
    assert api.post("/checks/db-host/pause").json()["revision"] == 2
    assert api.post("/checks/db-host/resume").json()["state"] == "unknown"
    events = api.get("/checks/db-host/events").json()["items"]
    assert [(one["name"], one["actor"]) for one in events] == [
        ("declared", "file:there.yaml"),
        ("paused", "api"),
        ("resumed", "api"),
    ]


def test_lists_are_paged_and_filtered(api: Api) -> None:
    """By name, kind and state, each page going on where the last one ended."""
    for n in range(5):
        api.post("/checks", {**HOST, "name": f"c{n}"})
    api.patch("/checks/c3", {"target": {"kind": "disk"}})
    api.post("/checks/c4/pause")
    first = api.get("/checks?limit=2").json()
    assert [one["name"] for one in first["items"]] == ["c0", "c1"]
    second = api.get(f"/checks?limit=3&cursor={first['next']}").json()
    assert [one["name"] for one in second["items"]] == ["c2", "c3", "c4"]
    for query, names in (
        ("kind=disk", ["c3"]),
        ("state=paused", ["c4"]),
        ("state=unknown&kind=host", ["c0", "c1", "c2"]),
        ("state=down", []),
    ):
        assert [one["name"] for one in api.get(f"/checks?{query}").json()["items"]] == names
    assert api.get("/checks?kind=hots").status_code == 422


def test_what_is_not_there_is_not_found(api: Api) -> None:
    """Every path of a check answers 404 for a name that nobody has."""
    paths = ("", "/results", "/results?by=hour", "/flips", "/events", "/export")
    answers = [api.get(f"/checks/none{path}") for path in paths]
    answers += [api.post("/checks/none/pause"), api.delete("/checks/none")]
    answers += [api.put("/checks/none", {**HOST, "name": "none"}), api.get("/monitor/windows/none")]
    assert {one.status_code for one in answers} == {404}


def test_an_exported_check_is_applied_again(api: Api, anywhere: Factory) -> None:
    """The file names the kind of the target, and nothing that is as by default."""
    api.post("/checks", HOST)
    text = api.get("/checks/db-host/export").text
    assert text == (
        "checks:\n- name: db-host\n  target:\n    kind: host\n    address: db.example\n"
        "    port: 3306\n"
    )
    file = anywhere.state / "checks.yaml"
    anywhere.state.mkdir(exist_ok=True)
    file.write_text(text)
    assert anywhere.declarations.apply(file, now=utc_now()) == ["check db-host"]
    assert anywhere.declarations.apply(file, now=utc_now()) == []


def test_maintenance_windows_are_kept(api: Api) -> None:
    """Created, replaced under its tag, listed and removed; what cannot be is refused."""
    api.post("/checks", HOST)
    window = {"name": "night", "cron": "0 2 * * *", "duration": "PT2H", "checks": ["db-host"]}
    assert api.post("/monitor/windows", window).headers["etag"] == '"1"'
    assert api.post("/monitor/windows", window).status_code == 409
    for wrong, words in (
        ({"checks": ["none"]}, "there is no such check"),
        ({"duration": None}, "give either starts and ends, or cron and duration"),
        ({"cron": "61 * * * *"}, "its minute field is '61'"),
    ):
        answer = api.put("/monitor/windows/night", {**window, **wrong})
        assert answer.status_code == 422
        assert words in answer.json()["detail"]
    replaced = api.put(
        "/monitor/windows/night", {**window, "duration": "PT1H"}, headers={"if-match": '"1"'}
    )
    assert replaced.headers["etag"] == '"2"'
    (found,) = api.get("/monitor/windows").json()["items"]
    told = {"revision": 2, "words": "At 02:00", "words_in": {"pt-BR": "Às 02:00"}}
    assert {name: found[name] for name in told} == told
    assert api.delete("/monitor/windows/night").status_code == 204
    assert api.get("/monitor/windows").json()["items"] == []


def test_a_window_that_cannot_be_read_is_shown_and_put_anew(api: Api, anywhere: Factory) -> None:
    """It is never open, stops no other, and its name is not free before it is removed."""
    always = {"cron": "* * * * *", "duration": "PT1H"}
    for name in ("a", "b"):
        assert api.post("/monitor/windows", {"name": name, **always}).status_code == 201
    with anywhere.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE maintenance_windows SET spec = '{}' WHERE name = 'a'")
    damaged, other = api.get("/monitor/windows").json()["items"]
    assert damaged["spec"] is None
    assert damaged["fault"].startswith("the stored spec cannot be read")
    assert (damaged["words"], damaged["words_in"]) == (None, {})
    assert (other["name"], other["fault"]) == ("b", None)
    assert anywhere.monitor.document(now=utc_now()).windows == ("b",)
    taken = api.post("/monitor/windows", {"name": "a", **always})
    assert (taken.status_code, "replace it" in taken.json()["detail"]) == (409, True)
    assert api.put("/monitor/windows/a", {"name": "a", **always}).json()["fault"] is None
    with anywhere.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE maintenance_windows SET spec = '{}' WHERE name = 'a'")
    assert api.delete("/monitor/windows/a").status_code == 204


def test_a_check_that_cannot_be_read_stops_no_other(api: Api, anywhere: Factory) -> None:
    """It is shown with its fault, refused to patches, and put anew."""
    api.post("/checks", HOST)
    api.post("/checks", {**HOST, "name": "other"})
    with anywhere.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE checks SET spec = '{}' WHERE name = 'db-host'")
    damaged, other = api.get("/checks").json()["items"]
    assert damaged["fault"].startswith("the stored spec cannot be read")
    assert other["fault"] is None
    assert api.patch("/checks/db-host", {"every": 5}).status_code == 409
    assert api.put("/checks/db-host", HOST).json()["fault"] is None
