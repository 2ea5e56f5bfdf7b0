"""`/schedules`, read and run: lists, previews, exports, runs; on each database of our own."""

from datetime import timedelta
from typing import Any

import httpx
import sqlalchemy as sa
import yaml

from app.clock import utc_now
from app.db.tables import schedules
from app.factory import Factory
from tests.asgi import Api
from tests.scheduling import SPEC

PROBLEM = "application/problem+json"


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
    engine = api.application.factory.engine
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
            "words_in": {"pt-BR": "Às 07:30, de segunda a sexta-feira"},
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
        "words_in": {"pt-BR": "A cada 1 hora e 30 minutos, a contar de 01/01/1970 00:00 UTC"},
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
        "words_in": {"pt-BR": "Às 07:30, de segunda a sexta-feira"},
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
    for path, body in (("/schedules/nightly/run", {}), ("/dispatches", {"schedule": "nightly"})):
        refused = api.post(path, {**body, "parameters": {"day": "two"}})
        assert refused.status_code == 422
        assert "'day' is an integer, as its default 1 is; got 'two'" in refused.json()["detail"]


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


def test_a_time_of_no_year_that_there_is_is_refused(api: Api) -> None:
    """In filters, slots, backfills and previews, whether UTC or the schedule's clock lacks it."""
    api.post("/schedules", {**SPEC, "cron": "@daily", "timezone": "America/New_York"})
    api.post("/schedules", {**SPEC, "name": "by-utc", "cron": "@daily", "timezone": "UTC"})
    edges = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-05:00")
    lines = "/showroom/predictions/export?format=jsonl"
    for path in ("/dispatches", "/showroom/predictions", lines):
        for side in ("since", "until"):
            told = [api.get(str(httpx.URL(path).copy_add_param(side, edge))) for edge in edges]
            assert {one.status_code for one in told} == {422}, path
            assert all("years go from 1 to 9999" in one.json()["detail"] for one in told)
    for edge in (*edges, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        for name in ("nightly", "by-utc"):
            place = f"/schedules/{name}"
            stretch = {"first": edge, "until": "2026-01-01", "dry_run": True}
            answers = [
                api.post(f"{place}/run", {"slot": edge}),
                api.post("/dispatches", {"schedule": name, "slot": edge}),
                api.post(f"{place}/backfill", stretch),
                api.post(f"{place}/backfill", {**stretch, "first": "2026-01-01", "until": edge}),
                api.get(f"{place}/fires", params={"after": edge}),
                api.patch(place, {"cron": None, "once": edge}),
            ]
            assert {one.status_code for one in answers} == {422}, edge
    assert api.get("/dispatches").json()["items"] == []


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
    [run] = components["ManualRun"]["examples"]
    assert api.post("/schedules/score-week/run", run).status_code == 202
    [backfill] = components["NewBackfill"]["examples"]
    assert api.post("/schedules/score-week/backfill", backfill).json()["slots"] == 4
