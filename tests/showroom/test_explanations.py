"""POST /showroom/predictions?explain=true: in the answer, not on record, within bounds."""

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from app.inference.explaining import Explainer
from tests import casework
from tests.asgi import Api
from tests.casework import inputs
from tests.patience import await_that
from tests.showroom.test_asking import PLACE, ask, factory_of, records

ASKED = f"{PLACE}?explain=true"


def explained(door: Api, *cases: dict[str, Any], **more: Any) -> Any:
    """Ask model `m` for predictions with explanations."""
    return door.post(ASKED, {"model": "m", "cases": list(cases)} | more)


def test_each_prediction_is_explained_in_the_answer_but_not_on_record(door: Api) -> None:
    """What is on record is the answer without its explanation."""
    answer = explained(door, inputs(30), inputs(3, weight=None))
    assert answer.status_code == 200, answer.text
    found = [one.pop("explanation") for one in answer.json()["predictions"]]
    assert [one["class"] for one in found] == ["high", "low"]
    for one in found:
        assert (one["method"], one["scale"]) == ("linear", "log-odds")
        assert list(one["contributions"]) == ["size", "kind", "weight"]
        assert one["contributions"]["weight"] == 0
    assert set(answer.json()["seconds"]) == {"queue", "inference", "commit", "explanation"}
    plain = ask(door, inputs(30), inputs(3, weight=None)).json()["predictions"]
    assert [json.loads(one["output"]) for one in records(door)] == plain * 2


def test_log_odds_add_up_to_the_answered_probability(door: Api) -> None:
    """The client can check it from the answer alone."""
    for prediction in explained(door, inputs(30), inputs(3)).json()["predictions"]:
        one = prediction["explanation"]
        odds = one["base"] + sum(one["contributions"].values())
        expected = prediction["probabilities"][prediction["label"]]
        assert 1 / (1 + np.exp(-odds)) == pytest.approx(expected)


@pytest.mark.parametrize("query", ["", "?", "?explain=false"])
def test_nothing_is_explained_unless_it_is_asked_for(door: Api, query: str) -> None:
    """The answer is as it always was."""
    answer = door.post(PLACE + query, {"model": "m", "cases": [inputs(30)]})
    (prediction,) = answer.json()["predictions"]
    assert set(prediction) == {"label", "probabilities"}


def test_a_misspelt_wish_is_refused(door: Api) -> None:
    """Nobody takes an answer without explanations for one that has none to give."""
    answer = door.post(f"{PLACE}?explian=true", {"model": "m", "cases": [inputs(30)]})
    assert answer.status_code == 422
    assert "explain" in answer.json()["detail"]


@pytest.mark.parametrize("value", ["", "1", "yes", "%ff"])
def test_what_is_neither_true_nor_false_is_refused(door: Api, value: str) -> None:
    """Nothing is guessed, and nothing is on record."""
    answer = door.post(f"{PLACE}?explain={value}", {"model": "m", "cases": [inputs(30)]})
    assert answer.status_code == 400
    assert "explain is true or false" in answer.json()["detail"]
    assert records(door) == []


def test_a_value_is_explained_without_a_class(door: Api, tmp_path: Path) -> None:
    """Base and contributions add up to it."""
    casework.register_regressor(factory_of(door), tmp_path)
    answer = door.post(ASKED, {"model": "r", "cases": [inputs(10)]})
    (prediction,) = answer.json()["predictions"]
    one = prediction["explanation"]
    assert (one["scale"], "class" in one) == ("value", False)
    assert one["base"] + sum(one["contributions"].values()) == pytest.approx(prediction["value"])


def test_any_other_model_is_explained_by_occlusion(door: Api, tmp_path: Path) -> None:
    """And the answer says so."""
    outcome = np.where(casework.SAMPLE["size"] >= 20, "high", "low")
    model = casework.fitted(KNeighborsClassifier(1), outcome)
    casework.register_fitted(factory_of(door), tmp_path, model, "k")
    answer = door.post(ASKED, {"model": "k", "cases": [inputs(30)]})
    (prediction,) = answer.json()["predictions"]
    assert prediction["explanation"] == {
        "method": "occlusion",
        "scale": "probability",
        "class": "high",
        "base": 0.5,
        "contributions": {"size": 0.5, "kind": 0, "weight": 0},
    }


def test_more_cases_than_are_explained_at_once_are_refused(door: Api) -> None:
    """The setting is named; the same cases without explanations are answered."""
    cases = [inputs(30)] * 101
    answer = explained(door, *cases)
    assert answer.status_code == 422
    assert "showroom.explain_cases, 100" in answer.json()["detail"]
    assert records(door) == []
    assert ask(door, *cases).status_code == 200


def held_up(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Let explaining tell that it has begun, and wait until it may end; return both events."""
    begun, may_end = threading.Event(), threading.Event()
    real = Explainer.explain

    def slow(self: Explainer, *arguments: Any) -> Any:
        begun.set()
        assert may_end.wait(60)
        return real(self, *arguments)

    monkeypatch.setattr(Explainer, "explain", slow)
    return begun, may_end


def test_predictions_are_answered_while_one_is_being_explained(
    door: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Explaining has a thread of its own: neither the event loop nor the model waits for it."""
    begun, may_end = held_up(monkeypatch)
    found: list[Any] = []
    asking = threading.Thread(target=lambda: found.append(explained(door, inputs(30))))
    asking.start()
    try:
        await_that(begun.is_set)
        assert ask(door, inputs(3)).status_code == 200
        assert not found
    finally:
        may_end.set()
        asking.join(60)
    assert found[0].status_code == 200


def test_an_explanation_past_the_deadline_is_refused_and_room_is_bounded(
    door: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """504 to the one who waited; 503 to the next while the one room is still taken; then 200."""
    explanations = factory_of(door).showroom._explanations
    monkeypatch.setattr(explanations, "_room", threading.BoundedSemaphore(1))
    with monkeypatch.context() as patch:
        begun, may_end = held_up(patch)
        body = {"model": "m", "cases": [inputs(30)]}

        def is_late_while_explained() -> bool:  # and not before, on a busy machine
            late = door.post(ASKED, body, headers={"Disparo-Timeout": "0.5"})
            assert late.status_code == 504
            return begun.is_set()

        await_that(is_late_while_explained)
        busy = explained(door, inputs(30))
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        may_end.set()
    await_that(lambda: explained(door, inputs(30)).status_code == 200)
