"""The API's description: each model's own schema, and an example that works."""

from pathlib import Path

from app.factory import Factory
from tests import casework
from tests.asgi import Api
from tests.patience import await_that

PLACE = "/showroom/predictions"


def test_each_model_is_described_by_its_signature(door: Api, tmp_path: Path) -> None:
    """A case has the model's inputs, with their types and categories; an answer its classes."""
    factory: Factory = door.application.factory
    casework.register_regressor(factory, tmp_path)
    await_that(lambda: len(factory.showroom.live.all()) == 2)
    described = door.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    case = schemas["m.case"]
    assert case["required"] == ["size", "kind"]
    assert case["additionalProperties"] is False
    assert case["properties"]["kind"] == {"type": "string", "enum": ["a", "b"]}
    assert case["properties"]["weight"]["anyOf"][1] == {"type": "null"}
    answer = schemas["m.answer"]["properties"]["predictions"]["items"]
    assert answer["properties"]["label"] == {"enum": ["high", "low"]}
    assert list(answer["properties"]["probabilities"]["properties"]) == ["high", "low"]
    assert list(schemas["r.answer"]["properties"]["predictions"]["items"]["properties"]) == [
        "value",
        "explanation",
    ]
    assert {"get", "post"} <= set(described["paths"][PLACE])


def test_the_examples_work(door: Api) -> None:
    """What the description shows as an example is answered."""
    factory: Factory = door.application.factory
    await_that(factory.showroom.live.all)
    operation = door.get("/openapi.json").json()["paths"][PLACE]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert list(examples) == ["m"]
    for example in examples.values():
        answer = door.post(PLACE, example["value"])
        assert answer.status_code == 200, answer.text


def test_without_a_model_the_operation_is_described_all_the_same(api: Api) -> None:
    """A newcomer finds it before anything is registered."""
    operation = api.get("/openapi.json").json()["paths"][PLACE]["post"]
    assert operation["summary"] == "Predict"
