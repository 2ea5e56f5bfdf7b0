"""`/showroom/cases`, edited: whole answers, on each database that Disparo keeps its records on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.factory import Factory
from app.main import create_app
from app.routers import examples
from tests import flights
from tests.asgi import Api
from tests.casework import CASE, inputs, register, register_regressor

PROBLEM = "application/problem+json"


@pytest.fixture
def api(api: Api, anywhere: Factory, tmp_path: Path) -> Api:
    """Give the application with a model `m` that answers `high` or `low`."""
    register(anywhere, tmp_path)
    return api


def listed(api: Api, **params: Any) -> list[int]:
    """Return the ids of a list."""
    return [one["id"] for one in api.get("/showroom/cases", params=params).json()["items"]]


def test_a_created_case_is_answered_whole_and_read_again(api: Api) -> None:
    """201 with its place and tag; reading answers the same."""
    posted = {**CASE, "title": "Großes Ü", "expected": "high", "tags": ["big", "größe/ü"]}
    created = api.post("/showroom/cases", posted)
    body = created.json()
    assert created.status_code == 201
    assert (created.headers["location"], created.headers["etag"]) == ("/showroom/cases/1", '"1"')
    at = body["created_at"]
    assert body == posted | {"id": 1, "revision": 1, "created_at": at, "updated_at": at}
    read = api.get("/showroom/cases/1")
    assert (read.json(), read.headers["etag"]) == (body, '"1"')


def test_many_are_created_at_once_or_none(api: Api) -> None:
    """A list is answered in its order; one bad case keeps all of them out, and is named."""
    good = [{**CASE, "inputs": inputs(size)} for size in (3, 1, 2)]
    made = api.post("/showroom/cases", good)
    assert made.status_code == 201
    assert [one["inputs"]["size"] for one in made.json()["items"]] == [3, 1, 2]
    wrong = [
        {**CASE, "inputs": inputs(7)},
        {**CASE, "inputs": inputs(8, kind="c") | {"size": "8"}},
        {**CASE, "expected": "medium"},
    ]
    refused = api.post("/showroom/cases", wrong)
    assert (refused.status_code, refused.headers["content-type"]) == (422, PROBLEM)
    assert refused.json()["facts"]["errors"] == [
        {"case": 1, "field": "size", "reason": '"8" is no integer; send it without quotes'},
        {"case": 1, "field": "kind", "reason": '"c" is none of its categories (a, b)'},
        {
            "case": 2,
            "field": "expected",
            "reason": "'medium' is none of the model's classes (high, low)",
        },
    ]
    assert listed(api) == [1, 2, 3]


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"model": "none"}, 404, "there is no model 'none'"),
    ({"model": "a b"}, 422, "body.case.model"),
    ({"modle": "m"}, 422, "body.case.modle: there is no such key"),
    ({"inputs": []}, 422, "body.case.inputs"),
    ({"inputs": inputs(1, sice=1)}, 422, "case 0, sice: the model has no such input"),
    ({"inputs": {"size": 1}}, 422, "case 0, kind: it is missing"),
    ({"inputs": inputs(2**63)}, 422, "case 0, size: the integer is beyond 64 bits"),
    ({"inputs": inputs(1, weight=True)}, 422, "case 0, weight: true is no number"),
    ({"inputs": inputs(1, kind=None)}, 422, "case 0, kind: it must not be missing"),
    ({"expected": "HIGH"}, 422, "'HIGH' is none of the model's classes"),
    ({"expected": True}, 422, "True is none of the model's classes"),
    ({"expected": {"label": "high"}}, 422, "body.case.expected"),
    ({"tags": ["a b"]}, 422, "body.case.tags.0"),
    ({"tags": [str(n) for n in range(21)]}, 422, "body.case.tags"),
    ({"title": "x" * 256}, 422, "body.case.title"),
]


def test_what_is_no_case_is_refused_with_its_place(api: Api) -> None:
    """The answer names what is wrong, and nothing is stored."""
    for change, status, words in REFUSED:
        answer = api.post("/showroom/cases", {**CASE, **change})
        assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
        assert words in answer.json()["detail"]
    assert listed(api) == []


NO_JSON = [
    ('{"size": NaN, "kind": "a"}', "size: NaN and infinities are no values"),
    ('{"size": 1, "kind": "a", "weight": -Infinity}', "weight: NaN and infinities"),
    ('{"size": 1, "kind": "a", "weight": 1e999}', "weight: NaN and infinities"),
    (r'{"size": 1, "kind": "\ud800"}', "kind: the text holds half a character"),
    ('{"size": 1, "kind": "a", "weight": {"a": [1]}}', "weight"),
]


def test_what_json_cannot_carry_is_refused(api: Api) -> None:
    """NaN, infinities and halves of characters, which Python's JSON lets in, never get further."""
    kind = {"content-type": "application/json"}
    for raw, words in NO_JSON:
        body = f'{{"model": "m", "inputs": {raw}}}'
        answer = api.post("/showroom/cases", content=body, headers=kind)
        assert answer.status_code == 422
        assert words in answer.json()["detail"]
    body = '{"model": "m", "inputs": {"size": 1, "kind": "a"}, "expected": NaN}'
    answer = api.post("/showroom/cases", content=body, headers=kind)
    assert answer.status_code == 422
    assert listed(api) == []


def test_the_same_case_is_not_stored_twice(api: Api) -> None:
    """Alike title and inputs are a conflict that names the first; another title is another case."""
    assert api.post("/showroom/cases", CASE).status_code == 201
    again = api.post("/showroom/cases", {**CASE, "expected": "high"})
    assert (again.status_code, again.headers["content-type"]) == (409, PROBLEM)
    assert again.json()["facts"] == {"repeated": [{"case": 0, "same_as": "stored case 1"}]}
    twice = [{**CASE, "title": "new"}, CASE, {**CASE, "title": "new"}]
    assert api.post("/showroom/cases", twice).json()["facts"]["repeated"] == [
        {"case": 1, "same_as": "stored case 1"},
        {"case": 2, "same_as": "case 0"},
    ]
    assert listed(api) == [1]
    assert api.post("/showroom/cases", {**CASE, "title": "Other"}).status_code == 201
    assert api.post("/showroom/cases", {**CASE, "title": "other"}).status_code == 201
    assert api.patch("/showroom/cases/2", {"title": ""}).status_code == 409


def test_of_eight_who_create_the_same_at_once_one_wins(api: Api) -> None:
    """One is created, seven are conflicts."""
    with ThreadPoolExecutor(8) as pool:
        codes = pool.map(lambda _: api.post("/showroom/cases", CASE).status_code, range(8))
        assert sorted(codes) == [201, *[409] * 7]


def test_a_model_has_no_more_cases_than_a_run_takes(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More at once are too many; more in all are a conflict, also when two come at once."""
    monkeypatch.setattr(api.application.factory.cases, "_most", 5)
    many = [{**CASE, "inputs": inputs(size)} for size in range(6)]
    assert api.post("/showroom/cases", many).status_code == 413
    assert api.post("/showroom/cases", []).status_code == 422
    with ThreadPoolExecutor(4) as pool:
        parts = [[{**one, "title": str(part)} for one in many[:2]] for part in range(4)]
        codes = pool.map(lambda part: api.post("/showroom/cases", part).status_code, parts)
        assert sorted(codes) == [201, 201, 409, 409]
    assert len(listed(api)) == 4


def test_cases_of_two_models_are_sent_apart(api: Api, anywhere: Factory, tmp_path: Path) -> None:
    """One list is for one model."""
    register_regressor(anywhere, tmp_path)
    both = [CASE, {"model": "r", "inputs": inputs(1), "expected": 2}]
    assert "cases of m and r" in api.post("/showroom/cases", both).json()["detail"]
    made = api.post("/showroom/cases", both[1]).json()
    assert made["expected"] == 2.0
    wrong = api.post("/showroom/cases", {**both[1], "expected": "2"}).json()
    assert "'2' is no number" in wrong["detail"]


def test_lists_are_paged_and_filtered_exactly(api: Api, anywhere: Factory, tmp_path: Path) -> None:
    """Pages follow each other without a gap; a tag is found as it is written, and no other."""
    register_regressor(anywhere, tmp_path)
    tags: list[list[str]] = [["a"], ["A"], ["a_b"], ["axb"], ["a", "ü"], ["aa", "a/b"], []]
    for size, some in enumerate(tags):
        api.post("/showroom/cases", {**CASE, "inputs": inputs(size), "tags": some})
    api.post("/showroom/cases", {"model": "r", "inputs": inputs(1), "tags": ["a"]})
    pages, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = api.get("/showroom/cases", params=params).json()
        pages.append([one["id"] for one in page["items"]])
        if (cursor := page["next"]) is None:
            break
    assert pages == [[1, 2, 3], [4, 5, 6], [7, 8]]
    assert listed(api, model="m") == [1, 2, 3, 4, 5, 6, 7]
    assert listed(api, model="none") == []
    assert listed(api, tag="a") == [1, 5, 8]
    assert listed(api, tag="a", model="m") == [1, 5]
    assert listed(api, tag=["a", "ü"]) == [5]
    assert listed(api, tag="a_b") == [3]
    assert listed(api, tag="a/b") == [6]
    first = api.get("/showroom/cases", params={"tag": "a", "limit": 1}).json()
    assert ([one["id"] for one in first["items"]], first["next"]) == ([1], 1)
    assert listed(api, tag="a", limit=1, cursor=1) == [5]
    assert api.get("/showroom/cases", params={"tag": '"'}).status_code == 422
    assert api.get("/showroom/cases", params={"limit": 0}).status_code == 422


def test_what_is_not_there_is_not_found(api: Api) -> None:
    """Every path of a case answers 404 for an id that nobody has."""
    answers = [
        api.get("/showroom/cases/7"),
        api.put("/showroom/cases/7", CASE),
        api.patch("/showroom/cases/7", {"title": "x"}),
        api.delete("/showroom/cases/7"),
        api.get("/showroom/cases/7/events"),
    ]
    assert {one.status_code for one in answers} == {404}
    assert api.get("/showroom/cases/x").status_code == 422
    assert api.get(f"/showroom/cases/{2**63}").status_code == 422


def test_fields_are_changed_by_a_merge_patch(api: Api) -> None:
    """What is not named stays, null takes away; what the model refuses changes nothing."""
    api.post("/showroom/cases", {**CASE, "expected": "high", "tags": ["a"], "title": "t"})
    changed = api.patch("/showroom/cases/1", {"inputs": {"weight": None}, "expected": None})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    body = changed.json()
    assert body["inputs"] == {"size": 30, "kind": "a"}
    assert (body["expected"], body["tags"], body["title"]) == (None, ["a"], "t")
    for wrong in (
        {"nme": 1},
        {"model": "other"},
        {"model": None},
        {"inputs": None},
        {"inputs": {"kind": None}},
        {"inputs": {"size": 1.5}},
        {"expected": "none"},
        {"tags": "a"},
    ):
        answer = api.patch("/showroom/cases/1", wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert api.patch("/showroom/cases/1", [1]).status_code == 422
    assert api.get("/showroom/cases/1").json() == body


def test_a_replaced_case_forgets_what_is_not_said(api: Api) -> None:
    """PUT takes the whole; the same once more is no change; another model is refused."""
    api.post("/showroom/cases", {**CASE, "title": "t", "tags": ["a"]})
    replaced = api.put("/showroom/cases/1", {**CASE, "expected": "low"})
    assert (replaced.json()["title"], replaced.json()["tags"]) == ("", [])
    assert (replaced.json()["expected"], replaced.headers["etag"]) == ("low", '"2"')
    same = api.put("/showroom/cases/1", {**CASE, "expected": "low"})
    assert same.headers["etag"] == '"2"'
    assert api.put("/showroom/cases/1", {**CASE, "model": "other"}).status_code == 422


def test_a_lost_race_is_told_and_changes_nothing(api: Api) -> None:
    """Who edits what another has changed meanwhile gets 412."""
    api.post("/showroom/cases", CASE)
    mine = {"if-match": '"1"'}
    assert api.patch("/showroom/cases/1", {"title": "x"}, headers=mine).status_code == 200
    late = [
        api.patch("/showroom/cases/1", {"title": "y"}, headers=mine),
        api.put("/showroom/cases/1", CASE, headers=mine),
        api.delete("/showroom/cases/1", headers=mine),
    ]
    assert {one.status_code for one in late} == {412}
    assert late[0].json()["facts"] == {"revision": 2}
    assert api.get("/showroom/cases/1").json()["title"] == "x"
    assert api.delete("/showroom/cases/1", headers={"if-match": '"2"'}).status_code == 204
    assert api.get("/showroom/cases/1").status_code == 404


def test_of_eight_who_edit_at_once_one_wins(api: Api) -> None:
    """Eight edits of one revision at once: one is done, seven are refused."""
    api.post("/showroom/cases", CASE)

    def edit(number: int) -> int:
        mine = {"if-match": '"1"'}
        patch = {"inputs": {"size": number}}
        return api.patch("/showroom/cases/1", patch, headers=mine).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(edit, range(8))) == [200, *[412] * 7]


def test_every_change_is_an_event_with_before_and_after(api: Api) -> None:
    """Who, when, what it was and what it became, by dotted paths; also after the removal."""
    api.post("/showroom/cases", {**CASE, "expected": "high"})
    api.patch("/showroom/cases/1", {"inputs": {"size": 5}, "expected": "low"})
    api.delete("/showroom/cases/1")
    events = api.get("/showroom/cases/1/events").json()["items"]
    assert [one["name"] for one in events] == ["added", "changed", "removed"]
    assert {(one["subject"], one["actor"]) for one in events} == {("case:1", "api")}
    assert events[0]["detail"]["after"]["inputs.size"] == 30
    assert events[1]["detail"] == {
        "before": {"inputs.size": 30, "expected": "high"},
        "after": {"inputs.size": 5, "expected": "low"},
    }
    assert events[2]["detail"]["before"]["expected"] == "low"


def test_the_examples_of_the_description_work_as_they_stand(
    factory: Factory, tmp_path: Path
) -> None:
    """Every example of /docs is taken by the flights' model."""
    flights.register(factory, tmp_path)
    api = Api(create_app(factory.settings))
    for example in examples.CASES.values():
        assert api.post("/showroom/cases", example["value"]).status_code == 201
    for example in examples.CASE_PATCHES.values():
        assert api.patch("/showroom/cases/1", example["value"]).status_code == 200
    api.application.factory.close()


def test_the_id_of_a_removed_case_is_given_to_no_other(api: Api) -> None:
    """Its history would be the other's too."""
    cases = [{**CASE, "inputs": inputs(size)} for size in (1, 2, 3)]
    first, last = (api.post("/showroom/cases", case).json()["id"] for case in cases[:2])
    assert api.delete(f"/showroom/cases/{last}").status_code == 204
    again = api.post("/showroom/cases", cases[2]).json()["id"]
    assert first < last < again
    assert len(api.get(f"/showroom/cases/{again}/events").json()["items"]) == 1
