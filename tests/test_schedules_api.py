"""`/schedules`: whole answers, on each database that Disparo keeps its records on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from app.clock import utc_now
from app.db.tables import schedules
from app.factory import Factory
from app.main import create_app
from app.settings import load_settings
from tests.asgi import Api
from tests.scheduling import spec

PROBLEM = "application/problem+json"
SPEC: dict[str, Any] = {
    "name": "nightly",
    "model": "m",
    "collect": {"source": "place", "query": "SELECT 1 AS id", "key": "id"},
    "deliver": {"source": "place", "table": "predictions"},
    "cron": "30 7 * * 1-5",
    "timezone": "America/New_York",
}


@pytest.fixture
def api(anywhere: Factory) -> Iterator[Api]:
    """Give the application."""
    assert anywhere
    application = create_app(load_settings())
    yield Api(application)
    application.state.factory.close()


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
        },
        "words": "At 07:30, Monday through Friday",
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


def test_lists_are_paged_by_name_and_filtered(api: Api) -> None:
    """Pages follow each other without a gap; filters find exactly what fits."""
    for name in ("c", "a", "b", "d"):
        api.post("/schedules", {**SPEC, "name": name, "model": "x" if name in "ad" else "m"})
    api.patch("/schedules/b", {"description": 'Says "Grüße\\n" 100%', "parameters": {"model": "x"}})
    api.post("/schedules/c/pause")
    pages, cursor = [], ""
    while cursor is not None:
        page = api.get("/schedules", params={"limit": 3, "cursor": cursor}).json()
        pages.append([one["name"] for one in page["items"]])
        cursor = page["next"]
    assert pages == [["a", "b", "c"], ["d"]]
    one_more = api.get("/schedules", params={"limit": 4}).json()
    assert (len(one_more["items"]), one_more["next"]) == (4, None)

    def found(**params: Any) -> list[str]:
        return [one["name"] for one in api.get("/schedules", params=params).json()["items"]]

    assert found(paused=True) == ["c"]
    assert found(model="x") == ["a", "d"]
    assert found(model="x", limit=1) == ["a"]
    for text in ('"grüße', "GRÜSSE", "\\n", "100%", "says"):
        assert found(text=text) == ["b"]
    assert found(text="query") == found(text="10_%") == found(text="%")[1:] == []
    assert found(text="PLACE", paused=False) == ["a", "b", "d"]
    wrong = api.get("/schedules", params={"limit": 0})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, PROBLEM)


def test_a_list_takes_one_query_and_shows_the_newest_dispatch(api: Api) -> None:
    """However many schedules and dispatches there are; each with its own newest one."""
    for name in ("a", "b", "c"):
        api.post("/schedules", {**SPEC, "name": name})
    for name in ("b", "a", "b"):
        api.post(f"/schedules/{name}/run", {"slot": "2026-03-02T07:30"})
    queries: list[str] = []
    engine = api.application.state.factory.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *told: queries.append(told[2]))
    items = api.get("/schedules").json()["items"]
    assert len([query for query in queries if query.startswith("SELECT")]) == 1
    assert [one["last"] and one["last"]["id"] for one in items] == [2, 3, None]
    assert items[1]["last"] == {
        "id": 3,
        "state": "queued",
        "slot": "2026-03-02T12:30:00Z",
        "finished_at": None,
    }


def test_a_preview_tells_fires_and_words(api: Api) -> None:
    """Fires carry the offset of the time zone, daylight saving included; nothing is stored."""
    asked = {
        "cron": "30 7 * * 1-5",
        "timezone": "America/New_York",
        "after": "2026-03-06T12:30:00Z",
        "count": 2,
    }
    answer = api.post("/schedules/preview", asked)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "fires": ["2026-03-09T07:30:00-04:00", "2026-03-10T07:30:00-04:00"],
            "words": "At 07:30, Monday through Friday",
        },
    )
    naive = api.post("/schedules/preview", {**asked, "after": "2026-03-06T07:29:59", "count": 1})
    assert naive.json()["fires"] == ["2026-03-06T07:30:00-05:00"]
    bounded = {**asked, "active_until": "2026-03-10T00:00:00Z", "count": 1000}
    assert len(api.post("/schedules/preview", bounded).json()["fires"]) == 1
    del asked["cron"]
    every = api.post("/schedules/preview", {**asked, "interval": {"every": "PT90M"}, "count": 1})
    assert every.json() == {
        "fires": ["2026-03-06T08:30:00-05:00"],
        "words": "Every 1 hour and 30 minutes, counted from 1970-01-01 00:00 UTC",
    }
    once = api.post("/schedules/preview", {**asked, "once": "2026-07-01T09:00"})
    assert once.json()["fires"] == ["2026-07-01T09:00:00-04:00"]
    for wrong in ({"cron": "0 0 31 2 *"}, {"cron": "* * * *"}, {"cron": "@daily", "count": 0}):
        refused = api.post("/schedules/preview", wrong)
        assert (refused.status_code, refused.headers["content-type"]) == (422, PROBLEM)
    assert api.get("/schedules").json()["items"] == []


def test_a_schedule_tells_its_own_fires(api: Api) -> None:
    """The same answer as of a preview, by the stored schedule, paused or not."""
    api.post("/schedules", SPEC)
    api.post("/schedules/nightly/pause")
    params = {"after": "2026-10-30T00:00", "count": 2}
    answer = api.get("/schedules/nightly/fires", params=params).json()
    assert answer == {
        "fires": ["2026-10-30T07:30:00-04:00", "2026-11-02T07:30:00-05:00"],
        "words": "At 07:30, Monday through Friday",
    }


def test_an_exported_schedule_is_taken_back(api: Api, anywhere: Factory, tmp_path: Any) -> None:
    """What is exported and applied is the same schedule, dates and odd texts included."""
    odd = {
        **SPEC,
        "description": "Zeile: 'eins'\nGrüße, \"zwei\" 😀 # no comment\n",
        "collect": {"source": "place", "key": "id", "query": "SELECT 1\n  AS id -- tail  \n"},
        "policies": {"time_out": "PT1H30M", "retries": {"limit": 3}},
        "parameters": {"day": "2013-11-28", "yes": "true", "number": 1.5, "nothing": None},
    }
    created = api.post("/schedules", odd).json()["spec"]
    exported = api.get("/schedules/nightly/export")
    assert exported.headers["content-type"].startswith("application/yaml")
    assert list(yaml.safe_load(exported.text)) == ["schedules"]
    file = tmp_path / "nightly.yaml"
    file.write_text(exported.text)
    api.delete("/schedules/nightly")
    assert anywhere.declarations.apply(file, now=utc_now()) == ["schedule nightly"]
    assert api.get("/schedules/nightly").json()["spec"] == created
    assert anywhere.declarations.apply(file, now=utc_now()) == []


def test_a_run_by_hand_is_queued(api: Api) -> None:
    """202 with the place of the dispatch; the body may be left out, or say more."""
    api.post("/schedules", {**SPEC, "parameters": {"day": 1}})
    bare = api.post("/schedules/nightly/run")
    assert (bare.status_code, bare.headers["location"]) == (202, "/dispatches/1")
    asked = {"slot": "2026-03-02T07:30", "parameters": {"day": 2}, "limit": 5, "dry_run": True}
    queued = api.post("/schedules/nightly/run", asked).json()
    assert (queued["kind"], queued["slot"]) == ("manual", "2026-03-02T12:30:00Z")
    order = {key: queued["order"][key] for key in ("parameters", "limit", "dry_run")}
    assert order == {"parameters": {"day": 2}, "limit": 5, "dry_run": True}
    listed = api.get("/schedules/nightly/dispatches", params={"limit": 1}).json()
    assert (listed["items"][0]["id"], listed["next"]) == (2, 2)
    refused = api.post("/schedules/nightly/run", {"parameters": {"dya": 1}})
    assert (refused.status_code, refused.json()["detail"].split("; ")[1]) == (
        422,
        "did you mean 'day'?",
    )


def test_removing_cancels_what_waits(api: Api) -> None:
    """What waits is cancelled with the reason; the record of the schedule's runs stays."""
    api.post("/schedules", SPEC)
    api.post("/schedules/nightly/run")
    assert api.delete("/schedules/nightly").status_code == 204
    record = api.get("/dispatches/1").json()
    assert (record["state"], record["error"]["slug"]) == ("cancelled", "cancelled")
    assert record["error"]["detail"] == "schedule 'nightly' was removed by api"
    events = api.get("/dispatches/1/events").json()["items"]
    assert [one["name"] for one in events] == ["queued", "cancelled"]


def test_an_ended_dispatch_is_run_again(api: Api) -> None:
    """The same order as a new dispatch by hand; one that waits still is refused."""
    api.post("/schedules", SPEC)
    api.post("/schedules/nightly/run", {"slot": "2026-03-02T07:30", "limit": 3})
    assert api.post("/dispatches/1/rerun").status_code == 409
    api.post("/dispatches/1/cancel")
    again = api.post("/dispatches/1/rerun")
    assert (again.status_code, again.headers["location"]) == (202, "/dispatches/2")
    body = again.json()
    assert (body["kind"], body["order"]["limit"], body["slot"]) == (
        "manual",
        3,
        "2026-03-02T12:30:00Z",
    )
    assert api.post("/dispatches/99/rerun").status_code == 404


def test_dispatches_are_found_by_kind_backfill_and_slot(api: Api) -> None:
    """Each filter of /dispatches leaves what fits."""
    api.post("/schedules", {**SPEC, "cron": "@daily", "timezone": "UTC"})
    stretch = {"first": "2026-01-01", "until": "2026-01-04"}
    made = api.post("/schedules/nightly/backfill", stretch).json()
    api.post("/schedules/nightly/run", {"slot": "2026-01-02"})

    def found(**params: Any) -> list[int]:
        items = api.get("/dispatches", params=params).json()["items"]
        return sorted(one["id"] for one in items)

    assert found(kind="manual") == [4]
    assert found(backfill=made["id"]) == [1, 2, 3]
    assert found(since="2026-01-02T00:00:00Z", until="2026-01-03T00:00:00Z") == [2, 4]
    assert api.get("/dispatches", params={"since": "2026-01-02T00:00"}).status_code == 422


def test_a_page_of_many_schedules_comes_soon(api: Api, anywhere: Factory) -> None:
    """A page of 50 of 2,000 is a look at an index: it takes about as long as one of 50."""
    name = api.post("/schedules", SPEC).json()["name"]
    with anywhere.engine.begin() as connection:
        row = connection.execute(
            schedules.select().where(schedules.c.name == name)
        ).mappings().one()  # fmt: skip
        rows = [{**row, "id": n, "name": f"n{n:05}"} for n in range(2, 2002)]
        connection.execute(schedules.insert(), rows)
    took = []
    for _ in range(5):
        start = utc_now()
        answer = api.get("/schedules", params={"cursor": "n01000"})
        took.append(utc_now() - start)
        assert len(answer.json()["items"]) == 50
    assert min(took) < timedelta(seconds=0.5)


def test_the_examples_of_the_description_work(api: Api) -> None:
    """Each example of OpenAPI is sent as it stands, and is taken."""
    paths = api.get("/openapi.json").json()["paths"]

    def examples(path: str, method: str) -> list[Any]:
        [content] = paths[path][method]["requestBody"]["content"].values()
        return [one["value"] for one in content["examples"].values()]

    created = examples("/schedules", "post")
    assert len(created) == 2
    for one in created:
        assert api.post("/schedules", one).status_code == 201
    for one in examples("/schedules/{name}", "patch"):
        assert api.patch("/schedules/score-week", one).status_code == 200
    components = api.get("/openapi.json").json()["components"]["schemas"]
    [preview] = components["Preview"]["examples"]
    assert len(api.post("/schedules/preview", preview).json()["fires"]) == 3
    [run] = components["Run"]["examples"]
    assert api.post("/schedules/score-week/run", run).status_code == 202
    [backfill] = components["NewBackfill"]["examples"]
    assert api.post("/schedules/score-week/backfill", backfill).json()["slots"] == 4
