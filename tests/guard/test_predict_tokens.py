"""Tokens for predictions: what they reach, of which models, and what is on record of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.factory import Factory
from app.values.account import Role
from app.values.token import TokenScope
from tests import casework
from tests.asgi import Api
from tests.casework import inputs
from tests.guard.letting import closed, token

ASKED: dict[str, Any] = {"model": "m", "cases": [inputs(30)]}


@pytest.fixture
def door(factory: Factory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Api]:
    """Give the application that lets nobody in unknown, with the models `m` and `n`."""
    assert factory
    with closed(monkeypatch) as api:
        for name in ("m", "n"):
            casework.register(api.application.factory, tmp_path, name=name)
        api.application.factory.showroom.start()
        yield api
        api.application.factory.showroom.stop()


@pytest.fixture
def mine(door: Api) -> dict[str, str]:
    """Give the header of a token for predictions of `m` alone."""
    return token(
        door.application.factory, "app", Role.OPERATOR, scope=TokenScope.PREDICT, models=("m",)
    )


def test_nobody_gets_a_prediction_unknown(door: Api) -> None:
    """The Showroom's own door is guarded as the rest: by nobody, by a viewer."""
    refused = door.post("/showroom/predictions", ASKED)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="disparo"'
    assert "x-request-id" in refused.headers
    viewer = token(door.application.factory, "viewer")
    refused = door.post("/showroom/predictions", ASKED, headers=viewer)
    assert (refused.status_code, refused.json()["facts"]["needed"]) == (403, "operator")


def test_a_token_asks_its_model_and_stands_on_record(door: Api, mine: dict[str, str]) -> None:
    """The caller on record is the token's name."""
    answered = door.post("/showroom/predictions", ASKED, headers=mine)
    assert answered.status_code == 200
    record = door.application.factory.predictions.get(answered.json()["id"])
    assert record.caller == "token app"


def test_it_asks_no_other_model(door: Api, mine: dict[str, str]) -> None:
    """Not with cases, with stored ones, with explanations, nor with a body that is wrong."""
    case = {"model": "n", "title": "one", "inputs": inputs(30)}
    operator = token(door.application.factory, "operator", Role.OPERATOR)
    stored = door.post("/showroom/cases", case, headers=operator).json()["id"]
    for path, body in (
        ("/showroom/predictions", {**ASKED, "model": "n"}),
        ("/showroom/predictions", {**ASKED, "model": "not there"}),
        ("/showroom/predictions", {"model": "n", "case_ids": [stored]}),
        ("/showroom/predictions?explain=true", {**ASKED, "model": "n"}),
        ("/showroom/predictions", {"model": "n", "cases": "nonsense"}),
        ("/showroom/predictions", {"model": "n", "cases": [{"size": "x"}], "version": 7}),
    ):
        refused = door.post(path, body, headers=mine)
        assert refused.status_code == 403, body
        assert refused.json()["facts"] == {"models": ["m"]}
    refused = door.post("/showroom/predictions", {"model": "m", "case_ids": [stored]}, headers=mine)
    assert refused.status_code == 404


def test_it_replays_no_other_models_requests(door: Api, mine: dict[str, str]) -> None:
    """A request of its own model is answered again, one of another is not shown."""
    operator = token(door.application.factory, "operator", Role.OPERATOR)
    for model, status in (("m", 200), ("n", 403)):
        made = door.post("/showroom/predictions", {**ASKED, "model": model}, headers=operator)
        path = f"/showroom/predictions/{made.json()['id']}/replay"
        replayed = door.post(path, headers=mine)
        assert replayed.status_code == status, replayed.text
        if status == 200:
            record = door.application.factory.predictions.get(replayed.json()["id"])
            assert record.caller == "token app"
        else:
            assert "cases" not in replayed.json()


def test_it_reads_its_models_signature_and_nothing_else(door: Api, mine: dict[str, str]) -> None:
    """What a program needs to ask rightly, and no list of what there is."""
    assert door.get("/models/m/versions/1", headers=mine).status_code == 200
    for path in (
        "/models/n",
        "/models/n/versions/1",
        "/models",
        "/showroom/cases?model=m",
        "/docs",
    ):
        assert door.get(path, headers=mine).status_code == 403, path


def test_the_description_says_who_may(door: Api) -> None:
    """Of each operation the role, the ways to show who one is, and both refusals."""
    viewer = token(door.application.factory, "viewer")
    described = door.get("/openapi.json", headers=viewer).json()
    assert set(described["components"]["securitySchemes"]) == {"token", "session"}
    assert described["paths"]["/health/live"]["get"]["security"] == []
    predict = described["paths"]["/showroom/predictions"]["post"]
    assert predict["security"] == [{"token": []}, {"session": []}]
    assert predict["description"].endswith("Needs the role operator.")
    assert {"401", "403"} <= set(predict["responses"])
