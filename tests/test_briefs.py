"""Dispatches in brief: the long list, page by page, and what ran when."""

from datetime import timedelta

import sqlalchemy as sa

from app.db.tables import dispatches
from app.factory import Factory
from app.values.brief import DispatchFilter
from app.values.dispatch import DispatchKind, DispatchState
from tests.asgi import Api
from tests.page import many
from tests.scheduling import NOON

COUNT = 230


def test_the_long_list_is_read_page_by_page(api: Api, anywhere: Factory) -> None:
    """Each dispatch comes once, the newest first, also with a filter; errors in one sentence."""
    many.fill(anywhere, COUNT, now=NOON)
    seen, cursor = [], ""
    while True:
        page = api.get(f"/dispatches/brief?limit=100{cursor}").json()
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [one["id"] for one in seen] == list(range(COUNT, 0, -1))
    failed = api.get("/dispatches/brief?state=failed&limit=1000").json()["items"]
    assert [one["id"] for one in failed] == [one["id"] for one in seen if one["state"] == "failed"]
    assert {one["error"] for one in failed} == {
        "the source 'warehouse' was refused while connecting; check that the server runs"
    }
    by_hand = api.get("/dispatches/brief?kind=manual&schedule=schedule-03").json()["items"]
    assert {(one["kind"], one["schedule"]) for one in by_hand} == {("manual", "schedule-03")}


def test_a_list_is_bounded_by_its_slots(api: Api, anywhere: Factory) -> None:
    """The first slot counts, the last does not; pages and the other filters go on as ever."""
    many.fill(anywhere, COUNT, now=NOON)
    every = api.get("/dispatches/brief?limit=1000").json()["items"]
    since, until = "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"
    wanted = [one["id"] for one in every if since <= one["slot"] < until]
    asked = {"since": since, "until": until, "limit": 40}
    first = api.get("/dispatches/brief", params=asked).json()
    second = api.get("/dispatches/brief", params={**asked, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == wanted
    assert len(wanted) == 60
    whole = api.get("/dispatches", params={**asked, "schedule": "schedule-04"}).json()["items"]
    assert [one["id"] for one in whole] == [
        one["id"] for one in every if one["schedule"] == "schedule-04" and one["id"] in wanted
    ]


def test_the_time_line_tells_what_ran_at_some_instant_of_it(api: Api, anywhere: Factory) -> None:
    """What began before and what runs still are there; what ended before and began after is not."""
    many.fill(anywhere, 5, now=NOON)
    times = {1: (-9, -7), 2: (-9, -5), 3: (-5, -4), 4: (-3, None), 5: (0, 1)}
    with anywhere.engine.begin() as connection:
        for number, (start, end) in times.items():
            change = dispatches.update().where(dispatches.c.id == number)
            ends = None if end is None else NOON + timedelta(hours=end)
            started = NOON + timedelta(hours=start)
            connection.execute(change.values(started_at=started, finished_at=ends))
    asked = {"since": "2026-03-02T06:00:00Z", "until": "2026-03-02T12:00:00Z"}
    found = api.get("/dispatches/timeline", params=asked).json()
    assert [one["id"] for one in found["items"]] == [4, 3, 2]
    assert found["is_cut"] is False
    cut = api.get("/dispatches/timeline", params={**asked, "limit": 2}).json()
    assert ([one["id"] for one in cut["items"]], cut["is_cut"]) == ([4, 3], True)
    one = api.get("/dispatches/timeline", params={**asked, "schedule": "schedule-02"}).json()
    assert [found["id"] for found in one["items"]] == [3]


def test_a_stretch_of_time_has_an_end_after_its_beginning(api: Api) -> None:
    """Else it is refused in words."""
    same = "2026-03-02T06:00:00Z"
    refused = api.get("/dispatches/timeline", params={"since": same, "until": same})
    assert refused.status_code == 422
    assert "after" in refused.json()["detail"]


def test_long_lists_are_read_by_indexes(factory: Factory) -> None:
    """No filter reads all of the table, whose rows are wide; SQLite says how it finds them."""
    from app.db.briefs import BriefStore

    asked: list[tuple[str, tuple[object, ...]]] = []

    def hear(_c: object, _cursor: object, text: str, given: tuple[object, ...], *_: object) -> None:
        asked.append((text, given))

    many.fill(factory, 1000, now=NOON)
    sa.event.listen(factory.engine, "before_cursor_execute", hear)
    with factory.engine.begin() as connection:
        store = BriefStore(connection)
        wanted = [
            DispatchFilter(state=DispatchState.LOST),
            DispatchFilter(kind=DispatchKind.BACKFILL),
            DispatchFilter(schedule="schedule-03"),
            DispatchFilter(since=NOON),
            DispatchFilter(until=NOON, schedule="schedule-03", state=DispatchState.FAILED),
        ]
        for one in wanted:
            store.page(one, before=None, limit=100)
        store.ran(NOON - timedelta(hours=1), NOON, schedule=None, limit=100)
        queries = [one for one in asked if "FROM dispatches" in one[0]]
        for text, given in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given).all()
            assert not [row for row in plan if row.detail == "SCAN dispatches"], plan
    assert len(queries) == len(wanted) + 1
