"""`PUT /showroom/predictions/{id}/outcome`: told, replaced, taken back; on each database."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sklearn.linear_model import LogisticRegression

from app.clock import utc_now
from app.db.retention import RetentionStore
from app.db.showroom_tables import prediction_outcomes
from app.errors import NotFoundError
from app.factory import Factory
from app.main import create_app
from app.values.outcome import OutcomesTold, TellOutcomes
from app.values.prediction import RequestId
from tests import casework
from tests.asgi import Api
from tests.on_record import label, record

PLACE = "/showroom/predictions"
PROBLEM = "application/problem+json"
HIGH, LOW = label("high", high=0.75, low=0.25), label("low", high=0.25, low=0.75)


@pytest.fixture
def api(api: Api, anywhere: Factory, tmp_path: Path) -> Api:
    """Give the application with a model `m` that answers `high` or `low`, and a regressor `r`."""
    casework.register(anywhere, tmp_path)
    casework.register_regressor(anywhere, tmp_path)
    return api


def tell(api: Api, request: RequestId, **told: Any) -> Any:
    """Tell an outcome; return what is answered with 200."""
    answer = api.put(f"{PLACE}/{request}/outcome", told)
    assert answer.status_code == 200, answer.text
    return answer.json()


def known(api: Api, request: RequestId) -> list[Any]:
    """Return the outcomes of a request's cases."""
    return [case["outcome"] for case in api.get(f"{PLACE}/{request}").json()["cases"]]


def kept(factory: Factory, *columns: str) -> list[tuple[Any, ...]]:
    """Return what is kept of outcomes, by request and case."""
    table = prediction_outcomes.c
    query = sa.select(*(table[name] for name in columns)).order_by(table.request, table.number)
    with factory.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_the_outcome_of_one_case_is_told_and_read(api: Api, anywhere: Factory) -> None:
    """What is kept with it is of the request, and says how good the prediction was."""
    made = record(anywhere, HIGH)
    told = tell(api, made, outcome="low")
    assert told == {"id": made, "cases": 1, "known": 1, "shadows": []}
    [case] = api.get(f"{PLACE}/{made}").json()["cases"]
    assert (case["outcome"], case["output"]["label"]) == ("low", "high")
    assert case["outcome_at"].endswith("Z")
    [row] = kept(anywhere, "model", "version", "kind", "actor", "label", "truth", "chance", "hit",
                 "brier", "error")  # fmt: skip
    assert row == ("m", 1, "live", "api", "high", "low", 0.25, True, 0.5625, None)
    assert [one["id"] for one in api.get(PLACE, params={"outcome": True}).json()["items"]] == [made]


def test_the_outcome_of_a_value_is_a_number(api: Api, anywhere: Factory) -> None:
    """What is kept is the prediction less the outcome."""
    made = record(anywhere, {"value": 10.5}, model="r")
    tell(api, made, outcome=12)
    assert known(api, made) == [12]
    assert kept(anywhere, "label", "chance", "error") == [(None, None, -1.5)]


def test_cases_are_told_one_by_one_or_all_together(api: Api, anywhere: Factory) -> None:
    """By the case's place; a list is for all cases, in their order."""
    made = record(anywhere, HIGH, LOW, HIGH)
    assert tell(api, made, case=2, outcome="low")["known"] == 1
    assert known(api, made) == [None, None, "low"]
    assert tell(api, made, outcomes=["high", "low", None])["known"] == 2
    assert known(api, made) == ["high", "low", None]
    assert tell(api, made, case=0, outcome="low")["known"] == 2
    assert known(api, made) == ["low", "low", None]


def test_what_was_told_is_replaced_and_taken_back(api: Api, anywhere: Factory) -> None:
    """The last word counts; the same twice is the same; null leaves nothing."""
    made = record(anywhere, HIGH)
    for outcome in ("high", "low", "low"):
        tell(api, made, outcome=outcome)
        assert known(api, made) == [outcome]
    for _ in range(2):
        assert tell(api, made, outcome=None)["known"] == 0
        assert known(api, made) == [None]
    assert kept(anywhere, "truth") == []


def test_shadows_are_judged_by_the_same_outcome(
    api: Api, anywhere: Factory, tmp_path: Path
) -> None:
    """Each by its own answer, and taken back with it; other requests are left alone."""
    casework.register(anywhere, tmp_path, limit=10)
    made = record(anywhere, HIGH, LOW)
    shadow = record(anywhere, LOW, LOW, version=2, shadow_of=made)
    other = record(anywhere, HIGH, LOW, replay_of=made)
    assert tell(api, made, case=0, outcome="low")["shadows"] == [shadow]
    rows = kept(anywhere, "request", "number", "version", "kind", "label", "truth")
    assert rows == [
        (made, 0, 1, "live", "high", "low"),
        (shadow, 0, 2, "shadow", "low", "low"),
    ]
    tell(api, made, outcomes=[None, "low"])
    assert kept(anywhere, "request", "number") == [(made, 1), (shadow, 1)]
    assert known(api, other) == [None, None]
    tell(api, other, outcomes=["high", "low"])
    assert kept(anywhere, "request", "kind")[2:] == [(other, "replay")] * 2


def test_a_shadow_that_does_not_know_a_class_is_wrong(
    api: Api, anywhere: Factory, tmp_path: Path
) -> None:
    """The outcome is checked against the version that was asked."""
    size = casework.SAMPLE["size"]
    three = (size // 14).map({0: "low", 1: "middle", 2: "high"})
    model = casework.fitted(LogisticRegression(C=100), three)
    newer = casework.register_fitted(anywhere, tmp_path, model, "m")
    chances = {"high": 0.25, "low": 0.25, "middle": 0.5}
    made = record(anywhere, label("middle", **chances), version=newer.number)
    record(anywhere, HIGH, version=1, shadow_of=made)
    tell(api, made, outcome="middle")
    assert kept(anywhere, "label", "truth", "chance", "hit") == [
        ("middle", "middle", 0.5, True),
        ("high", "middle", None, None),
    ]


def test_a_shadow_that_types_its_classes_otherwise_is_judged(
    api: Api, anywhere: Factory, tmp_path: Path
) -> None:
    """What reads the same is the same class, for its label as for its probabilities."""
    groups = casework.SAMPLE["size"] // 14
    numbers = casework.fitted(LogisticRegression(C=100), groups)
    texts = casework.fitted(LogisticRegression(C=100), groups.astype(str))
    asked = casework.register_fitted(anywhere, tmp_path, numbers, "m").number
    other = casework.register_fitted(anywhere, tmp_path, texts, "m").number
    chances = {"0": 0.25, "1": 0.5, "2": 0.25}
    made = record(anywhere, label(1, **chances), version=asked)
    record(anywhere, label("1", **chances), version=other, shadow_of=made)
    tell(api, made, outcome=1)
    assert kept(anywhere, "label", "truth", "chance", "hit") == [("1", "1", 0.5, True)] * 2
    tell(api, made, outcome=2)
    assert kept(anywhere, "label", "truth", "chance", "hit") == [("1", "2", 0.5, False)] * 2


def test_ten_thousand_outcomes_are_told_at_once(api: Api, anywhere: Factory) -> None:
    """All of a large request's cases, in one transaction."""
    made = record(anywhere, *[HIGH, LOW] * 5000)
    assert tell(api, made, outcomes=["high"] * 10_000)["known"] == 10_000
    rows = kept(anywhere, "number", "label")
    assert [number for number, _ in rows] == list(range(10_000))
    assert rows[9999] == (9999, "low")
    assert tell(api, made, outcomes=[None] * 10_000)["known"] == 0


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "tell {"),
    ({"case": 0}, "tell {"),
    ({"outcomes": None}, "tell {"),
    ({"outcome": "high", "outcomes": ["high", "low"]}, "tell {"),
    ({"case": 0, "outcomes": ["high", "low"]}, "tell {"),
    ({"outcome": "high"}, "the request has 2 cases"),
    ({"case": 2, "outcome": "high"}, "there is no case 2; the request has 2, counted from 0"),
    ({"case": -1, "outcome": "high"}, "body.case"),
    ({"case": "first", "outcome": "high"}, "body.case"),
    ({"case": 2**31, "outcome": "high"}, "body.case"),
    ({"outcomes": ["high"]}, "1 outcomes for 2 cases"),
    ({"outcomes": []}, "0 outcomes for 2 cases"),
    ({"outcomes": "high"}, "body.outcomes"),
    ({"outcomes": {"0": "high"}}, "body.outcomes"),
    ({"case": 0, "outcome": "HIGH"}, "case 0, outcome: 'HIGH' is none of the model's classes"),
    ({"case": 0, "outcome": 1}, "1 is none of the model's classes (high, low)"),
    ({"case": 0, "outcome": True}, "True is none of the model's classes"),
    ({"case": 0, "outcome": ["high"]}, "body.outcome"),
    ({"case": 0, "outcome": "x" * 10_001}, "body.outcome"),
    ({"case": 0, "outcome": "high", "why": "x"}, "body.why: there is no such key"),
]


@pytest.mark.parametrize(("told", "words"), REFUSED)
def test_what_is_no_outcome_is_refused(
    told: dict[str, Any], words: str, factory: Factory, tmp_path: Path
) -> None:
    """422, with words that help; nothing is kept."""
    casework.register(factory, tmp_path)
    made = record(factory, HIGH, LOW)
    answer = Api(create_app(factory.settings)).put(f"{PLACE}/{made}/outcome", told)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert words in answer.json()["detail"]
    assert kept(factory, "truth") == []


def test_all_faults_are_named_and_nothing_is_kept(api: Api, anywhere: Factory) -> None:
    """Up to showroom.faults of them; the good ones are not kept either."""
    made = record(anywhere, *[HIGH] * 30)
    answer = api.put(f"{PLACE}/{made}/outcome", {"outcomes": ["high", *["none"] * 29]})
    assert answer.status_code == 422
    errors = answer.json()["facts"]["errors"]
    assert [one["case"] for one in errors] == list(range(1, 21))
    assert answer.json()["detail"].endswith("; and more")
    assert kept(anywhere, "truth") == []


@pytest.mark.parametrize(
    "text", ["NaN", "-Infinity", "1e999", "1.1e150", "true", '"12"', "[1]", '"\\ud800"', "{}"]
)
def test_a_number_that_is_none_is_refused(text: str, factory: Factory, tmp_path: Path) -> None:
    """422 for whatever JSON, or what some take for JSON, can say instead of a number."""
    casework.register_regressor(factory, tmp_path)
    made = record(factory, {"value": 1.0}, model="r")
    api = Api(create_app(factory.settings))
    headers = {"content-type": "application/json"}
    body = f'{{"outcome": {text}}}'
    path = f"{PLACE}/{made}/outcome"
    answer = api.put(path, None, content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM), answer.text
    assert api.put(path, None, content='{"outcome": 1e150}', headers=headers).status_code == 200


def test_a_request_that_is_not_on_record_has_no_outcome(api: Api, anywhere: Factory) -> None:
    """404 for an id that nobody has, 422 for one of another form."""
    answer = api.put(f"{PLACE}/{'0' * 32}/outcome", {"outcome": "high"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    malformed = api.put(f"{PLACE}/12/outcome", {"outcome": "high"})
    assert malformed.status_code == 422
    assert "'12' is no id of a request: it has 32 hexadecimal digits" in malformed.json()["detail"]
    unknown = record(anywhere, HIGH, version=7)
    answer = api.put(f"{PLACE}/{unknown}/outcome", {"outcome": "high"})
    assert answer.status_code == 404
    assert "version 7" in answer.json()["detail"]


def test_of_many_who_tell_at_once_the_last_one_counts(api: Api, anywhere: Factory) -> None:
    """Nobody fails, and what is kept is what one of them told, of the request and its shadow."""
    made = record(anywhere, HIGH, LOW)
    shadow = record(anywhere, HIGH, LOW, shadow_of=made)

    def told(number: int) -> int:
        outcomes = ["high", "low"] if number % 2 else ["low", "high"]
        return api.put(f"{PLACE}/{made}/outcome", {"outcomes": outcomes}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(told, range(24))) == {200}
    assert sorted(known(api, made)) == ["high", "low"]
    assert known(api, made) == known(api, shadow)


def test_a_request_that_is_being_removed_keeps_no_outcome(api: Api, anywhere: Factory) -> None:
    """Who tells one between two deletes waits for their end, and finds no request."""
    assert api
    made = record(anywhere, HIGH)
    told: list[Future[OutcomesTold]] = []

    with ThreadPoolExecutor(1) as pool, anywhere.engine.begin() as connection:

        def meanwhile(*_: Any) -> None:
            if not told:
                outcome = TellOutcomes(outcome="low")
                told.append(
                    pool.submit(anywhere.outcomes.tell, made, outcome, actor="test", now=utc_now())
                )
                assert not wait(told, 0.5).done

        sa.event.listen(connection, "after_cursor_execute", meanwhile)
        RetentionStore(connection).remove([made])
        connection.commit()
        with pytest.raises(NotFoundError):
            told[0].result(60)
    assert kept(anywhere, "truth") == []
