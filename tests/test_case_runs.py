"""Runs of stored cases, the gate before a promotion, and how a model is served."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.db.showroom_tables import prediction_requests
from app.errors import AppError
from app.factory import Factory
from app.services import gate
from app.values.case_run import agrees, label_changed, moved
from tests.asgi import Api
from tests.casework import inputs, register, register_regressor


@pytest.fixture
def api(api: Api, anywhere: Factory, tmp_path: Path) -> Api:
    """Give a model whose version 1 answers `high` from 20 on and version 2 from 30 on."""
    register(anywhere, tmp_path, limit=20)
    register(anywhere, tmp_path, limit=30)
    cases = [
        {"model": "m", "inputs": inputs(size), "expected": expected, "title": f"size {size}"}
        for size, expected in ((1, "low"), (25, "high"), (39, None))
    ]
    assert api.post("/showroom/cases", cases).status_code == 201
    return api


def test_versions_answer_side_by_side(api: Api) -> None:
    """Each case has each version's answer, whether it agrees, and how far it is from the first."""
    found = api.post("/showroom/cases/run", {"model": "m", "versions": [1, 2]}).json()
    low, middle, high = found["cases"]
    assert [one["agrees"] for one in low["answers"]] == [True, True]
    first, second = middle["answers"]
    assert (first["version"], first["agrees"], first["moved"]) == (1, True, None)
    assert (second["version"], second["agrees"], second["label_changed"]) == (2, False, True)
    before, after = (one["output"]["probabilities"]["high"] for one in (first, second))
    assert second["moved"] == pytest.approx(before - after)
    assert [one["agrees"] for one in high["answers"]] == [None, None]
    assert [(one["agree"], one["disagree"]) for one in found["versions"]] == [(2, 0), (1, 1)]
    assert [one["labels_changed"] for one in found["versions"]] == [0, 1]
    live = api.post("/showroom/cases/run", {"model": "m", "case_ids": [2]}).json()
    assert [one["version"] for one in live["versions"]] == [1]
    assert live["cases"] == [middle | {"answers": [first]}]
    with api.application.factory.engine.begin() as connection:
        counted = sa.select(sa.func.count()).select_from(prediction_requests)
        assert connection.execute(counted).scalar_one() == 0


def test_what_cannot_be_run_is_told(api: Api) -> None:
    """Unknown models, versions, cases and keys are named."""
    for body, status, words in (
        ({"model": "none"}, 404, "no model 'none'"),
        ({"model": "m", "versions": [3]}, 404, "no version 3"),
        ({"model": "m", "case_ids": [2, 77]}, 404, "no case 77"),
        ({"model": "m", "versions": [0]}, 422, "body.versions.0"),
        ({"model": "m", "versoins": [1]}, 422, "body.versoins: there is no such key"),
    ):
        answer = api.post("/showroom/cases/run", body)
        assert answer.status_code == status
        assert words in answer.json()["detail"]


def test_the_gate_bars_a_version_that_fails_a_case(api: Api) -> None:
    """409 lists the cases and the event keeps them; what is live stays; force goes through."""
    assert api.patch("/models/m/serving", {"gate": "cases"}).status_code == 200
    refused = api.post("/models/m/versions/2/promote")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:disparo:cases-failed")
    facts = refused.json()["facts"]
    assert (facts["failed"], facts["version"]) == (len(facts["cases"]), 2)
    assert facts["cases"][0] == {
        "case": 2,
        "title": "size 25",
        "reason": "'high' is expected, it answers 'low'",
    }
    assert api.get("/models/m").json()["live"] == 1
    assert api.post("/models/m/versions/2/promote", params={"force": True}).status_code == 200
    assert api.get("/models/m").json()["live"] == 2
    *_, barred, forced = api.get("/models/m/events").json()["items"]
    assert (barred["name"], barred["detail"]) == ("promotion refused", facts)
    assert (forced["name"], forced["detail"]) == ("promoted", facts | {"forced": True})


def test_what_the_gate_would_say_is_told_before(api: Api) -> None:
    """Case by case, with or without a gate; nothing is promoted, and no event tells of it."""
    before = api.get("/models/m/events").json()
    report = api.get("/models/m/versions/2/gate").json()
    assert (report["gate"], report["compared_with"], report["version"]) == (None, 1, 2)
    assert report["faults"][0]["reason"] == "'high' is expected, it answers 'low'"
    run = report["run"]
    failed = {one["id"] for one in run["cases"] if one["answers"][-1]["agrees"] is False}
    assert failed <= {one["case"] for one in report["faults"]}
    assert run["tolerance"] == 0.05
    api.patch("/models/m/serving", {"gate": "cases"})
    again = api.get("/models/m/versions/2/gate").json()
    assert again == report | {"gate": "cases"}
    refused = api.post("/models/m/versions/2/promote").json()["facts"]
    assert refused["cases"] == report["faults"]
    of_live = api.get("/models/m/versions/1/gate").json()
    assert (of_live["compared_with"], len(of_live["run"]["versions"])) == (None, 1)
    assert [one["name"] for one in before["items"]] == ["registered", "registered"]


def test_the_gate_of_what_cannot_be_promoted_says_why(api: Api) -> None:
    """A version that is not there, one that is retired; a model without cases has no run."""
    assert api.get("/models/m/versions/7/gate").status_code == 404
    api.post("/models/m/versions/2/retire")
    assert api.get("/models/m/versions/2/gate").status_code == 409
    for case in api.get("/showroom/cases", params={"model": "m"}).json()["items"]:
        assert api.delete(f"/showroom/cases/{case['id']}").status_code == 204
    report = api.get("/models/m/versions/1/gate").json()
    assert (report["run"], report["faults"]) == (None, [])


def test_the_gate_bars_what_moves_too_far_and_lets_the_rest_through(api: Api) -> None:
    """A probability may move by the tolerance; without expected answers that alone counts."""
    api.patch("/showroom/cases/2", {"expected": None})
    api.patch("/models/m/serving", {"gate": "cases", "tolerance": 0.5})
    refused = api.post("/models/m/versions/2/promote").json()
    assert [one["case"] for one in refused["facts"]["cases"]] == [2]
    assert "moves by" in refused["facts"]["cases"][0]["reason"]
    api.patch("/models/m/serving", {"tolerance": 1})
    assert api.post("/models/m/versions/2/promote").json()["live"] is True


def pairwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each of two promotions go on only when both have compared their versions."""
    both, compare = Barrier(2), gate.faults_of

    def compared(*told: Any) -> list[gate.Fault]:
        found = compare(*told)
        both.wait(60)
        return found

    monkeypatch.setattr(gate, "faults_of", compared)


def test_of_two_versions_compared_with_the_same_live_one_only_one_is_promoted(
    api: Api, anywhere: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other is told what became live meanwhile, the event too; tried again, it is compared."""
    register(anywhere, tmp_path, limit=22)
    api.patch("/models/m/serving", {"gate": "cases", "tolerance": 1})
    api.patch("/showroom/cases/2", {"expected": None})

    def promote(number: int) -> Any:
        return api.post(f"/models/m/versions/{number}/promote")

    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as pool:
        pairwise(patch)
        answers = dict(zip((2, 3), pool.map(promote, (2, 3)), strict=True))
    assert sorted(one.status_code for one in answers.values()) == [200, 409]
    [won] = [number for number, one in answers.items() if one.status_code == 200]
    lost = 5 - won
    problem = answers[lost].json()
    assert (problem["type"], problem["facts"]) == (
        "urn:disparo:conflict",
        {"live": won, "compared_with": 1},
    )
    assert f"version {won} of 'm' became live while version {lost}" in problem["detail"]
    assert api.get("/models/m").json()["live"] == won
    events = api.get("/models/m/events").json()["items"]
    [refused] = [one for one in events if one["name"] == "promotion refused"]
    assert refused["detail"] == {"version": lost, "live": won, "compared_with": 1}
    assert promote(lost).status_code == 200
    assert api.get("/models/m").json()["live"] == lost


def test_of_two_who_promote_the_same_version_both_are_answered(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is live as both asked."""
    api.patch("/models/m/serving", {"gate": "cases", "tolerance": 1})
    api.patch("/showroom/cases/2", {"expected": None})
    with ThreadPoolExecutor(2) as pool:
        pairwise(monkeypatch)
        answers = pool.map(lambda _: api.post("/models/m/versions/2/promote"), range(2))
        assert [one.status_code for one in answers] == [200, 200]
    assert api.get("/models/m").json()["live"] == 2


def test_what_changes_while_a_version_is_compared_bars_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stricter gate, another case, or its retirement; force does not help against the last."""
    api.patch("/models/m/serving", {"gate": "cases", "tolerance": 1})
    api.patch("/showroom/cases/2", {"expected": None})
    compare = gate.faults_of

    def promoted(meanwhile: Callable[[], Any], **params: Any) -> Any:
        def compared(*told: Any) -> list[gate.Fault]:
            found = compare(*told)
            assert meanwhile().status_code == 200
            return found

        monkeypatch.setattr(gate, "faults_of", compared)
        return api.post("/models/m/versions/2/promote", params=params)

    stricter = promoted(lambda: api.patch("/models/m/serving", {"tolerance": 0.01}))
    assert (stricter.status_code, "the gate of 'm' was changed" in stricter.text) == (409, True)
    api.patch("/models/m/serving", {"tolerance": 1})
    other = promoted(lambda: api.patch("/showroom/cases/1", {"title": "another"}))
    assert (other.status_code, "cases of 'm' were changed" in other.text) == (409, True)
    retired = promoted(lambda: api.post("/models/m/versions/2/retire"), force=True)
    assert (retired.status_code, "is retired" in retired.json()["detail"]) == (409, True)
    assert api.get("/models/m").json()["live"] == 1


def test_serving_is_read_and_changed_in_part(api: Api) -> None:
    """A merge patch, checked whole; each change is an event with before and after."""
    before = api.get("/models/m/serving").json()
    assert (before["gate"], before["tolerance"], before["shadow"]) == (None, 0.05, None)
    changed = api.patch("/models/m/serving", {"shadow": {"version": 2, "share": 0.5}})
    assert changed.json() == before | {"shadow": {"version": 2, "share": 0.5}}
    assert api.get("/models/m/serving").json() == changed.json()
    event = api.get("/models/m/events").json()["items"][-1]
    assert (event["name"], event["actor"]) == ("serving changed", "api")
    assert event["detail"]["after"] == {"shadow.version": 2, "shadow.share": 0.5}
    assert api.post("/models/m/versions/2/retire").status_code == 409
    assert api.patch("/models/m/serving", {"shadow": None}).json() == before
    assert api.post("/models/m/versions/2/retire").status_code == 200
    wrong: list[tuple[Any, int]] = [
        ({"shadow": {"version": 2}}, 409),
        ({"shadow": {"version": 9}}, 404),
        ({"shadow": {"version": 1, "share": 0}}, 422),
        ({"gate": "all"}, 422),
        ({"tolerance": 2}, 422),
        ({"gaet": "cases"}, 422),
        ({"drift_ignores": ["sise"]}, 422),
        ([1], 422),
    ]
    for patch, status in wrong:
        assert api.patch("/models/m/serving", patch).status_code == status
    assert api.get("/models/m/serving").json() == before
    assert api.get("/models/none/serving").status_code == 404
    assert api.patch("/models/none/serving", {}).status_code == 404


def test_a_regressor_agrees_within_a_share_of_the_expected_value(
    factory: Factory, tmp_path: Path
) -> None:
    """Values are judged and compared as shares."""
    register_regressor(factory, tmp_path, factor=2)
    register_regressor(factory, tmp_path, factor=2.2)
    from app.values.case import Choice, NewCase

    case = NewCase(model="r", inputs=inputs(10), expected=20.5)
    factory.cases.create(case, actor="test", now=utc_now())
    found = factory.cases.run(Choice(model="r"), (1, 2))
    assert [one.agrees for one in found.cases[0].answers] == [True, False]
    assert found.versions[1].moved_most == pytest.approx(0.1)


def test_the_command_line_shows_a_table_and_ends_by_it(factory: Factory, tmp_path: Path) -> None:
    """0 where all is as expected, 9 where not; promoting through the gate ends the same way."""
    from app.values.case import NewCase

    register(factory, tmp_path, limit=20)
    register(factory, tmp_path, limit=30)
    case = NewCase(model="m", inputs=inputs(25), expected="high", title="size 25")
    factory.cases.create(case, actor="test", now=utc_now())

    def disparo(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, arguments)
        if isinstance(done.exception, AppError):
            return done.exception.exit_code, f"{done.output}{done.exception.detail}"
        return done.exit_code, done.output

    code, told = disparo("cases", "run", "m")
    assert (code, "version 1: 1 of 1 as expected" in told) == (0, True)
    code, told = disparo("cases", "run", "m", "--version", "1", "--version", "2")
    assert (code, "version 2: 0 of 1 as expected, 1 label changed" in told) == (9, True)
    code, told = disparo("cases", "run", "m", "--tag", "nope")
    assert (code, told.count("no case with tag nope")) == (2, 1)
    assert "size 25" in disparo("cases", "list")[1]
    assert disparo("models", "serving", "m", "gate=cases")[0] == 0
    assert '"gate": "cases"' in disparo("models", "serving", "m")[1]
    assert disparo("models", "promote", "m", "2")[0] == 9
    assert disparo("models", "promote", "m", "2", "--force") == (0, "m version 2 is live\n")
    assert disparo("cases", "remove", "1") == (0, "removed case 1\n")


def test_answers_are_compared_by_their_kind() -> None:
    """A class that one lacks counts as 0; true is not 1; zero has no share; kinds do not mix."""
    one = {"label": "a", "probabilities": {"a": 0.7, "b": 0.3}}
    other = {"label": "c", "probabilities": {"a": 0.6, "c": 0.4}}
    assert moved(one, other) == pytest.approx(0.4)
    assert label_changed(one, other)
    assert label_changed({"label": True}, {"label": 1})
    assert moved({"label": 1}, {"label": 2}) is None
    assert moved({"value": 0.0}, {"value": 0.0}) == 0
    assert moved({"value": 0.0}, {"value": 1.0}) == 1e9
    assert moved({"values": [1.0, 2.0]}, {"values": [1.0, 3.0]}) == 0.5
    assert moved({"value": 1.0}, one) is None
    assert agrees({"value": 105.0}, 100, 0.05)
    assert not agrees({"value": 106.0}, 100, 0.05)
    assert not agrees({"label": 1}, True, 0)  # noqa: FBT003 - the expected answer
