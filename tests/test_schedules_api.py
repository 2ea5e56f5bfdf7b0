"""`/schedules`, edited: whole answers, on each database that Disparo keeps its records on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from app.clock import utc_now
from app.db.tables import schedules
from app.factory import Factory
from tests.asgi import Api
from tests.scheduling import SPEC, spec

PROBLEM = "application/problem+json"


def test_a_created_schedule_is_answered_whole_and_read_again(api: Api) -> None:
    """201 with its place and tag; reading answers the same, and 304 to who has it."""
    created = api.post("/schedules", SPEC)
    assert created.status_code == 201
    assert created.headers["location"] == "/schedules/nightly"
    assert created.headers["etag"] == '"1"'
    body = created.json()
    at = body["created_at"]
    assert datetime.fromisoformat(body["due_at"]) > utc_now()
    assert body == {
        "id": 1,
        "name": "nightly",
        "spec": {
            "name": "nightly",
            "description": "",
            "model": "m",
            "version": None,
            "collect": {
                "source": "place",
                "query": "SELECT 1 AS id",
                "key": "id",
                "window": None,
                "count": True,
                "resume": True,
            },
            "deliver": {"source": "place", "table": "predictions", "mode": "replace slot"},
            "cron": "30 7 * * 1-5",
            "interval": None,
            "once": None,
            "timezone": "America/New_York",
            "active_from": None,
            "active_until": None,
            "policies": {
                "catch_up": "latest",
                "catch_up_limit": 100,
                "overlap": "queue",
                "concurrency": 1,
                "retries": {
                    "limit": 0,
                    "delay": "PT30S",
                    "factor": 2.0,
                    "longest_delay": "PT1H",
                    "jitter": 0.1,
                },
                "time_out": None,
                "start_deadline": None,
                "jitter": "PT0S",
                "priority": 0,
                "memory_limit": None,
            },
            "parameters": {},
            "launcher": None,
            "slurm": None,
            "partitions": 1,
            "partition_by": "key",
        },
        "words": "At 07:30, Monday through Friday",
        "words_in": {"pt-BR": "Às 07:30, de segunda a sexta-feira"},
        "paused": False,
        "revision": 1,
        "declared_in": None,
        "created_at": at,
        "updated_at": at,
        "due_at": body["due_at"],
        "last": None,
        "fault": None,
        "warnings": ["there is no model 'm' (yet)", "there is no source 'place' (yet)"],
    }
    read = api.get("/schedules/nightly")
    assert (read.json(), read.headers["etag"]) == (body, '"1"')
    for known in ('"1"', 'W/"1"', '"7", "1"', "*"):
        again = api.get("/schedules/nightly", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"1"')
    assert api.get("/schedules/nightly", headers={"if-none-match": '"2"'}).status_code == 200


def test_a_name_is_given_once(api: Api) -> None:
    """A second schedule of the name is refused, and the first one stays."""
    api.post("/schedules", SPEC)
    again = api.post("/schedules", {**SPEC, "cron": "@daily"})
    assert (again.status_code, again.headers["content-type"]) == (409, PROBLEM)
    assert again.json()["type"] == "urn:disparo:conflict"
    assert api.get("/schedules/nightly").json()["spec"]["cron"] == "30 7 * * 1-5"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cron": "0 0 31 2 *"}, "body.cron: '0 0 31 2 *' never fires"),
        ({"cron": "61 * * * *"}, "its minute field is '61'"),
        ({"interval": {"every": "PT1M"}}, "give one of cron, interval and once"),
        ({"timezone": "Mars/Base"}, "body.timezone: 'Mars/Base' is not an IANA time zone"),
        ({"policies": {"overlap": "maybe"}}, "body.policies.overlap"),
        ({"parameters": {"slot": 1}}, "are set by Disparo"),
        ({"modle": "m"}, "body.modle: there is no such key"),
        ({"name": "a b"}, "body.name"),
    ],
)
def test_what_is_no_schedule_is_refused_with_its_place(
    api: Api, change: dict[str, Any], words: str
) -> None:
    """422 names what is wrong, and nothing is stored."""
    answer = api.post("/schedules", {**SPEC, **change})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert words in answer.json()["detail"]
    assert api.get("/schedules").json() == {"items": [], "next": None}


def test_what_is_not_there_is_not_found(api: Api) -> None:
    """Every path of a schedule answers 404 for a name that nobody has."""
    answers = [
        api.get("/schedules/none"),
        api.put("/schedules/none", {**SPEC, "name": "none"}),
        api.patch("/schedules/none", {"cron": "@daily"}),
        api.delete("/schedules/none"),
        *(api.get(f"/schedules/none/{one}") for one in ("fires", "dispatches", "events", "export")),
        *(api.post(f"/schedules/none/{one}") for one in ("pause", "resume", "run")),
        api.post("/schedules/none/backfill", {"first": "2026-01-01", "until": "2026-01-02"}),
        api.get("/schedules/none/backfills/1"),
    ]
    assert {one.status_code for one in answers} == {404}
    assert {one.headers["content-type"] for one in answers} == {PROBLEM}


def test_a_lost_race_is_told_and_changes_nothing(api: Api) -> None:
    """Who edits what another has changed meanwhile gets 412; If-Match: * and none do not ask."""
    api.post("/schedules", SPEC)
    mine = {"if-match": '"1"'}
    assert api.patch("/schedules/nightly", {"cron": "@daily"}, headers=mine).status_code == 200
    late = [
        api.patch("/schedules/nightly", {"cron": "@hourly"}, headers=mine),
        api.put("/schedules/nightly", SPEC, headers=mine),
        api.delete("/schedules/nightly", headers=mine),
        api.post("/schedules/nightly/pause", headers=mine),
        api.patch("/schedules/nightly", {"cron": "@hourly"}, headers={"if-match": 'W/"2"'}),
        api.patch("/schedules/nightly", {"cron": "@hourly"}, headers={"if-match": '"other"'}),
    ]
    assert {one.status_code for one in late} == {412}
    assert late[0].json() == {
        "type": "urn:disparo:changed",
        "title": "Changed meanwhile",
        "status": 412,
        "detail": "schedule 'nightly' was changed meanwhile: it is at revision 2 now; read it "
        "again, and repeat your change if it still fits",
        "facts": {"revision": 2},
    }
    assert api.get("/schedules/nightly").json()["spec"]["cron"] == "@daily"
    for fitting in ("*", '"1", "3"'):
        found = api.patch(
            "/schedules/nightly", {"description": fitting}, headers={"if-match": fitting}
        )
        assert found.status_code == 200
    assert found.headers["etag"] == '"4"'


@pytest.mark.parametrize("header", ["1", '"1', "W/1", '"1" "2"', "", ", "])
def test_a_malformed_tag_is_a_bad_request(api: Api, header: str) -> None:
    """What is no list of entity tags is told as such, and changes nothing."""
    api.post("/schedules", SPEC)
    answer = api.patch("/schedules/nightly", {"cron": "@daily"}, headers={"if-match": header})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:disparo:malformed")
    assert api.get("/schedules/nightly").json()["revision"] == 1


def test_of_two_who_edit_at_once_one_wins(api: Api) -> None:
    """Eight edits of one revision at once: one is done, seven are refused."""
    api.post("/schedules", SPEC)

    def edit(minute: int) -> int:
        patch = {"cron": f"{minute} * * * *"}
        return api.patch("/schedules/nightly", patch, headers={"if-match": '"1"'}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(edit, range(8))) == [200, *[412] * 7]
    assert api.get("/schedules/nightly").json()["revision"] == 2


def test_of_two_who_create_at_once_one_wins(api: Api) -> None:
    """Eight schedules of one name at once: one is created, seven are conflicts."""
    with ThreadPoolExecutor(8) as pool:
        codes = pool.map(lambda _: api.post("/schedules", SPEC).status_code, range(8))
        assert sorted(codes) == [201, *[409] * 7]
    assert len(api.get("/schedules").json()["items"]) == 1


def test_one_field_is_changed_by_a_merge_patch(api: Api) -> None:
    """RFC 7396: what is not named stays, null takes back to the default."""
    api.post("/schedules", {**SPEC, "policies": {"priority": 3, "retries": {"limit": 2}}})
    kind = {"content-type": "application/merge-patch+json"}
    patch: dict[str, Any] = {"policies": {"retries": {"delay": "PT5S"}, "priority": None}}
    changed = api.patch("/schedules/nightly", patch, headers=kind).json()["spec"]["policies"]
    assert (changed["retries"]["limit"], changed["retries"]["delay"]) == (2, "PT5S")
    assert changed["priority"] == 0
    patch = {"cron": None, "interval": {"every": "PT5M"}}
    spec = api.patch("/schedules/nightly", patch).json()["spec"]
    assert (spec["cron"], spec["interval"]["every"]) == (None, "PT5M")
    for wrong in ({"nme": 1}, {"model": None}, {"name": "other"}, {"cron": "@daily"}):
        answer = api.patch("/schedules/nightly", wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert api.patch("/schedules/nightly", [1]).status_code == 422


def test_a_replaced_schedule_forgets_what_is_not_said(api: Api) -> None:
    """PUT takes the whole; the same once more is no change; another name is refused."""
    api.post("/schedules", {**SPEC, "description": "words"})
    replaced = api.put("/schedules/nightly", SPEC)
    assert (replaced.json()["spec"]["description"], replaced.headers["etag"]) == ("", '"2"')
    assert api.put("/schedules/nightly", SPEC).headers["etag"] == '"2"'
    assert api.put("/schedules/nightly", {**SPEC, "name": "other"}).status_code == 422


def test_every_change_is_an_event_with_before_and_after(api: Api) -> None:
    """Who, when, what it was and what it became, by dotted paths; also after the removal."""
    api.post("/schedules", SPEC)
    api.patch("/schedules/nightly", {"cron": "@daily", "policies": {"retries": {"limit": 2}}})
    api.post("/schedules/nightly/pause")
    api.post("/schedules/nightly/pause")
    api.post("/schedules/nightly/resume")
    api.delete("/schedules/nightly")
    events = api.get("/schedules/nightly/events").json()["items"]
    names = ["added", "changed", "paused", "resumed", "removed"]
    assert [one["name"] for one in events] == names
    assert {(one["subject"], one["actor"]) for one in events} == {("schedule:nightly", "api")}
    assert events[0]["detail"]["before"] == {}
    assert events[0]["detail"]["after"]["collect.query"] == "SELECT 1 AS id"
    assert events[1]["detail"] == {
        "before": {"cron": "30 7 * * 1-5"},
        "after": {"cron": "@daily", "policies.retries.limit": 2},
    }
    assert events[2]["detail"] == {"before": {"paused": False}, "after": {"paused": True}}
    assert events[4]["detail"]["before"]["cron"] == "@daily"
    first = api.get("/schedules/nightly/events", params={"limit": 3}).json()
    rest = api.get("/schedules/nightly/events", params={"cursor": first["next"]}).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == names
    assert rest["next"] is None


def test_what_a_file_declares_is_edited_there(api: Api, anywhere: Factory) -> None:
    """The API names the file and edits nothing; pause, resume, run and backfill are allowed."""
    anywhere.schedules.declare(spec("nightly"), "/etc/nightly.yaml", now=utc_now())
    for answer in (
        api.put("/schedules/nightly", SPEC),
        api.patch("/schedules/nightly", {"cron": "@daily"}),
        api.delete("/schedules/nightly"),
    ):
        assert answer.status_code == 409
        assert answer.json()["facts"] == {"file": "/etc/nightly.yaml"}
    assert api.post("/schedules/nightly/pause").json()["paused"] is True
    assert api.post("/schedules/nightly/resume").json()["paused"] is False
    assert api.post("/schedules/nightly/run").status_code == 202
    stretch = {"first": "2026-01-01T00:00", "until": "2026-01-01T00:03"}
    assert api.post("/schedules/nightly/backfill", stretch).json()["slots"] == 3


def test_a_damaged_schedule_is_listed_and_can_be_replaced_or_removed(
    api: Api, anywhere: Factory
) -> None:
    """Its fault is shown; it cannot be changed in part or run, and a replacement mends it."""
    for name in ("nightly", "second"):
        api.post("/schedules", {**SPEC, "name": name})
    with anywhere.engine.begin() as connection:
        connection.execute(schedules.update().values(spec="{"))
    listed = api.get("/schedules").json()["items"]
    assert [(one["name"], one["spec"], one["words"]) for one in listed] == [
        ("nightly", None, None),
        ("second", None, None),
    ]
    assert "cannot be read" in listed[0]["fault"]
    for answer in (
        api.patch("/schedules/nightly", {"cron": "@daily"}),
        api.post("/schedules/nightly/run"),
        api.get("/schedules/nightly/fires"),
    ):
        assert answer.status_code == 409
        assert "set aside" in answer.json()["detail"]
    mended = api.put("/schedules/nightly", SPEC).json()
    assert (mended["fault"], mended["revision"]) == (None, 2)
    assert datetime.fromisoformat(mended["due_at"]) > utc_now()
    assert api.delete("/schedules/second").status_code == 204
