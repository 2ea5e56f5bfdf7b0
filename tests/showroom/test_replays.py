"""`POST /showroom/predictions/{id}/replay`: answered again, compared, on record; on each database."""

import json
import threading
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pytest
import sqlalchemy as sa
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder
from typer.testing import CliRunner

from app.cli import cli
from app.clock import utc_now
from app.db.showroom_tables import prediction_requests
from app.errors import ConfigurationError, ModelError, NotFoundError
from app.factory import Factory
from app.inference.trial import Trial
from app.main import create_app
from app.values.model import Registration
from app.values.outcome import TellOutcomes
from app.values.serving import UnknownCategories
from tests import casework
from tests.asgi import Api
from tests.casework import inputs
from tests.on_record import record

PLACE = "/showroom/predictions"
PROBLEM = "application/problem+json"


@pytest.fixture
def versions(api: Api, anywhere: Factory, tmp_path: Path) -> Api:
    """Give a model `m` whose version 1 answers `high` from 20 on, and version 2 from 10 on."""
    casework.register(anywhere, tmp_path, limit=20)
    casework.register(anywhere, tmp_path, limit=10)
    return api


def answered(factory: Factory, version: int, *cases: dict[str, Any], model: str = "m") -> str:
    """Put a request on record as a version answers it; return its id."""
    found = factory.models.version(model, version)
    trial = Trial(factory.models.load(found), found.signature, UnknownCategories.REFUSE)
    outputs = [one for one in trial.answers(cases) if isinstance(one, dict)]
    assert len(outputs) == len(cases)
    return record(factory, *outputs, inputs=cases, model=model, version=version)


def replay(api: Api, request: str, **order: Any) -> Any:
    """Replay a request; return what is answered with 200."""
    answer = api.post(f"{PLACE}/{request}/replay", order)
    assert answer.status_code == 200, answer.text
    return answer.json()


def requests(factory: Factory) -> int:
    """Return how many requests are on record."""
    with factory.engine.connect() as connection:
        query = sa.select(sa.func.count()).select_from(prediction_requests)
        return connection.execute(query).scalar_one()


def test_its_own_version_answers_as_it_did(versions: Api, anywhere: Factory) -> None:
    """To the last bit; without a body, too."""
    made = answered(anywhere, 1, inputs(30), inputs(3, weight=None))
    found = versions.post(f"{PLACE}/{made}/replay").json()
    assert (found["replay_of"], found["before"], found["version"]) == (made, 1, 1)
    assert (found["labels_changed"], found["moved_most"], found["unanswered"]) == (0, 0, 0)
    assert (found["left_out"], found["missing"]) == ([], [])
    assert [one["after"] for one in found["cases"]] == [one["before"] for one in found["cases"]]
    assert [one["inputs"] for one in found["cases"]] == [inputs(30), inputs(3, weight=None)]


def test_another_version_is_compared_case_by_case(versions: Api, anywhere: Factory) -> None:
    """Labels that changed, how far probabilities moved, and what turned out to be true."""
    made = answered(anywhere, 1, inputs(39), inputs(15))
    anywhere.outcomes.tell(made, TellOutcomes(case=1, outcome="high"), actor="t", now=utc_now())
    found = replay(versions, made, version=2)
    assert (found["model"], found["before"], found["version"]) == ("m", 1, 2)
    same, changed = found["cases"]
    assert (same["label_changed"], same["after"]["label"]) == (False, "high")
    assert (changed["before"]["label"], changed["after"]["label"]) == ("low", "high")
    assert (changed["label_changed"], changed["outcome"]) == (True, "high")
    chances = [changed[side]["probabilities"] for side in ("before", "after")]
    assert changed["moved"] == pytest.approx(chances[1]["high"] - chances[0]["high"])
    assert found["moved_most"] == changed["moved"] > 0.5
    assert found["labels_changed"] == 1


def test_a_replay_has_a_record_of_its_own(versions: Api, anywhere: Factory) -> None:
    """Of kind replay, with the same inputs and what was answered; the first stays as it is."""
    made = answered(anywhere, 1, inputs(30), inputs(15))
    before = versions.get(f"{PLACE}/{made}").json()
    found = replay(versions, made, version=2)
    kept = versions.get(f"{PLACE}/{found['id']}").json()
    assert (kept["replay_of"], kept["version"], kept["shadow_of"]) == (made, 2, None)
    assert [one["inputs"] for one in kept["cases"]] == [inputs(30), inputs(15)]
    assert [one["output"] for one in kept["cases"]] == [one["after"] for one in found["cases"]]
    assert versions.get(f"{PLACE}/{made}").json() == before
    listed = versions.get(PLACE, params={"kind": "replay", "label": "high"}).json()["items"]
    assert [one["id"] for one in listed] == [found["id"]]
    again = replay(versions, found["id"])
    assert (again["replay_of"], again["before"], again["moved_most"]) == (found["id"], 2, 0)


def test_a_replay_is_no_live_answer(versions: Api, anywhere: Factory) -> None:
    """It counts in no figure of live answers, and the request's outcome is not its own."""
    made = answered(anywhere, 1, inputs(15))
    found = replay(versions, made, version=2)
    told = TellOutcomes(outcome="high")
    anywhere.outcomes.tell(made, told, actor="t", now=utc_now())
    figures = versions.get("/models/m/performance").json()["versions"]
    assert [(one["version"], one["kind"], one["outcomes"]) for one in figures] == [(1, "live", 1)]
    listed = versions.get(PLACE, params={"kind": "live"}).json()["items"]
    assert [one["id"] for one in listed] == [made]
    assert versions.get(f"{PLACE}/{found['id']}").json()["cases"][0]["outcome"] is None


def test_what_was_answered_live_is_replayed_without_a_shadow(door: Api, tmp_path: Path) -> None:
    """To the last bit; the live request has the shadow that its replay has not."""
    factory: Factory = door.application.factory
    casework.register(factory, tmp_path, limit=10)
    factory.models.serve("m", {"shadow": {"version": 2}}, actor="t", now=utc_now())
    factory.showroom.live.follow()
    body = {"model": "m", "cases": [inputs(size, weight=size / 7) for size in range(40)]}
    live = door.post(PLACE, body).json()
    found = replay(door, live["id"])
    assert [one["after"] for one in found["cases"]] == live["predictions"]
    factory.showroom.stop()
    kinds = {one["id"]: one["version"] for one in door.get(PLACE).json()["items"]}
    [shadow] = door.get(f"{PLACE}/{live['id']}").json()["shadows"]
    assert kinds == {live["id"]: 1, shadow: 2, found["id"]: 1}
    assert door.get(f"{PLACE}/{found['id']}").json()["shadows"] == []


def other_inputs(factory: Factory, directory: Path) -> int:
    """Register a version of `m` that has no `weight`, needs `age`, and knows other kinds."""
    sample = pd.DataFrame({"size": range(40), "kind": ["a", "c"] * 20, "age": range(40)})
    columns = ColumnTransformer(
        [("numbers", "passthrough", ["size", "age"]), ("kind", OrdinalEncoder(), ["kind"])]
    )
    model = Pipeline([("columns", columns), ("last", LogisticRegression())])
    model.fit(sample, ["low", "high"] * 20)
    file, rows = directory / "other.joblib", directory / "other.parquet"
    joblib.dump(model, file)
    sample.to_parquet(rows)
    asked = Registration(name="m", filename=file.name, sample=rows)
    return factory.models.register(file, asked, actor="t", now=utc_now()).number


def test_what_a_version_cannot_take_is_told(
    versions: Api, anywhere: Factory, tmp_path: Path
) -> None:
    """Inputs that it does not have, those that it lacks, and why a case has no answer."""
    number = other_inputs(anywhere, tmp_path)
    made = answered(anywhere, 1, inputs(30), inputs(3, kind="b"))
    found = replay(versions, made, version=number)
    assert (found["left_out"], found["missing"]) == (["weight"], ["age"])
    assert found["unanswered"] == 2
    assert (found["id"], found["moved_most"], requests(anywhere)) == (None, None, 1)
    first, second = found["cases"]
    assert "age: it is missing" in first["error"]
    assert "kind: " in second["error"]
    assert first["inputs"] == {"size": 30, "kind": "a"}
    assert (first["after"], first["recorded_as"], first["moved"]) == (None, None, None)


def test_cases_that_can_be_answered_are(versions: Api, anywhere: Factory) -> None:
    """And are on record, numbered anew; the others say why not."""
    good = answered(anywhere, 1, inputs(30), inputs(3))
    outputs = [one["output"] for one in versions.get(f"{PLACE}/{good}").json()["cases"]]
    cases = [inputs(3, kind="never seen"), inputs(30), inputs(3)]
    made = record(anywhere, outputs[1], *outputs, inputs=cases)
    found = replay(versions, made)
    assert [one["recorded_as"] for one in found["cases"]] == [None, 0, 1]
    assert (found["unanswered"], found["labels_changed"], found["moved_most"]) == (1, 0, 0)
    kept = versions.get(f"{PLACE}/{found['id']}").json()
    assert [(one["number"], one["inputs"]) for one in kept["cases"]] == [
        (0, cases[1]),
        (1, cases[2]),
    ]


def test_values_move_by_a_share(api: Api, anywhere: Factory, tmp_path: Path) -> None:
    """Of the value before; there is no label."""
    casework.register_regressor(anywhere, tmp_path)
    casework.register_regressor(anywhere, tmp_path, factor=3)
    made = answered(anywhere, 1, inputs(10), model="r")
    [case] = replay(api, made, version=2)["cases"]
    assert (case["label_changed"], case["moved"]) == (False, pytest.approx(0.5))


def test_nothing_is_recorded_of_a_model_whose_records_are_off(
    versions: Api, anywhere: Factory
) -> None:
    """The comparison is made all the same."""
    made = answered(anywhere, 1, inputs(15))
    anywhere.models.serve("m", {"durability": "off"}, actor="t", now=utc_now())
    found = replay(versions, made, version=2)
    assert (found["id"], found["labels_changed"], requests(anywhere)) == (None, 1, 1)


def test_what_cannot_be_replayed_is_refused(versions: Api, anywhere: Factory) -> None:
    """By 404 or 422; nothing is recorded."""
    made = answered(anywhere, 1, inputs(30))
    for request, order, status, words in (
        ("0" * 32, {}, 404, "there is no prediction"),
        ("12", {}, 422, "request_id"),
        (made, {"version": 7}, 404, "no version 7"),
        (made, {"version": 0}, 422, "version"),
        (made, {"version": 2**31}, 422, "version"),
        (made, {"version": "new"}, 422, "version"),
        (made, {"why": 1}, 422, "why"),
        (made, [], 422, "body"),
    ):
        answer = versions.post(f"{PLACE}/{request}/replay", order)
        assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), order
        assert words in answer.json()["detail"]
    anywhere.models.retire("m", 2, actor="t", now=utc_now())
    answer = versions.post(f"{PLACE}/{made}/replay", {"version": 2})
    assert (answer.status_code, "retired" in answer.json()["detail"]) == (422, True), answer.text
    assert requests(anywhere) == 1


def test_so_many_are_replayed_at_once(
    factory: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 to the next one, with Retry-After; then there is room again."""
    casework.register(factory, tmp_path)
    made = answered(factory, 1, inputs(30))
    api = Api(create_app(factory.settings))
    own: Factory = api.application.factory
    full, may_end, load = threading.Barrier(3), threading.Event(), own.models.load

    def slow(version: Any) -> Any:
        full.wait(60)
        assert may_end.wait(60)
        return load(version)

    with monkeypatch.context() as patch:
        patch.setattr(own.models, "load", slow)
        waiting = [threading.Thread(target=replay, args=(api, made)) for _ in range(2)]
        for one in waiting:
            one.start()
        full.wait(60)
        busy = api.post(f"{PLACE}/{made}/replay")
        may_end.set()
        for one in waiting:
            one.join(60)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
    assert replay(api, made)["unanswered"] == 0


def run(*arguments: str) -> str:
    """Run the command in this process; return what it prints. Raises what it raises."""
    done = CliRunner().invoke(cli, ["predictions", "replay", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_shows_what_is_different(factory: Factory, tmp_path: Path) -> None:
    """A line for each case, what the version cannot take, and where it is on record."""
    casework.register(factory, tmp_path, limit=20)
    casework.register(factory, tmp_path, limit=10)
    made = answered(factory, 1, inputs(39), inputs(15))
    text = run(made, "--version", "2")
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["CASE", "VERSION", "1", "THEN", "VERSION", "2", "NOW", "MOVED", "OUTCOME"]
    assert lines[1][:2] + lines[1][3:4] == ["0", "high", "high"]
    assert lines[2][1] + lines[2][3] + lines[2][5] == "lowhigh*"
    assert "1 of 2 labels changed, moved" in text
    found = json.loads(run(made, "--json"))
    assert (found["replay_of"], found["labels_changed"]) == (made, 0)
    number = other_inputs(factory, tmp_path)
    text = run(made, "--version", str(number))
    assert "2 without an answer" in text
    assert f"version {number} does not have weight" in text
    assert "not on record: age" in text
    assert "no answer: case 0, age: it is missing" in text
    assert "it is not on record" in text


def test_the_command_refuses_what_is_none(factory: Factory, tmp_path: Path) -> None:
    """An id that is none, one that nobody has, a version that is not there, or retired."""
    casework.register(factory, tmp_path)
    made = answered(factory, 1, inputs(30))
    with pytest.raises(ConfigurationError):
        run("x")
    with pytest.raises(NotFoundError):
        run("0" * 32)
    with pytest.raises(NotFoundError):
        run(made, "--version", "2")
    casework.register(factory, tmp_path, limit=10)
    factory.models.retire("m", 2, actor="t", now=utc_now())
    with pytest.raises(ModelError, match="retired"):
        run(made, "--version", "2")
