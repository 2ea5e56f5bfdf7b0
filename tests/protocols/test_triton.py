"""tritonclient asks this service as it asks Triton."""

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(700)


@pytest.fixture
def told(clients: dict[str, Any]) -> Any:
    """Give what the client was told."""
    return clients["triton"]


def test_it_is_live_and_ready(told: Any) -> None:
    """The service, its models and versions; a model that is not there is not ready."""
    names = ("live", "ready", "model ready", "version ready", "no model ready")
    assert [told[name] for name in names] == [True, True, True, True, False]


def test_the_metadata_tell_the_signature(told: Any) -> None:
    """Names, datatypes and shapes of what goes in and comes out."""
    assert told["server"]["extensions"] == ["binary_tensor_data"]
    inputs = [(one["name"], one["datatype"], one["shape"]) for one in told["model"]["inputs"]]
    assert inputs == [("size", "INT64", [-1]), ("kind", "BYTES", [-1]), ("weight", "FP64", [-1])]
    found = [(one["name"], one["datatype"], one["shape"]) for one in told["model"]["outputs"]]
    assert found == [("label", "BYTES", [-1]), ("probabilities", "FP64", [-1, 2])]
    assert told["version"]["outputs"][0]["name"] == "value"


@pytest.mark.parametrize(
    "how",
    ["binary True", "binary False", "no outputs named", "packed", "deflated", "async"],
)
def test_columns_are_answered_however_they_are_sent(told: Any, how: str) -> None:
    """In JSON and in binary, packed, and by the client's other call."""
    found = told[how]
    assert found["labels"] == ["high", "low"]
    assert [sum(row) for row in found["probabilities"]] == pytest.approx([1, 1])
    assert found["probabilities"] == told["binary True"]["probabilities"]
    response = found["response"]
    assert (response["model_name"], response["model_version"]) == ("m", "1")


def test_a_request_keeps_its_own_id(told: Any) -> None:
    """And the record's stands beside it."""
    response = told["no outputs named"]["response"]
    assert response["id"] == "mine"
    assert len(response["parameters"]["prediction_id"]) == 32


def test_one_tensor_is_enough_for_plain_numbers(told: Any) -> None:
    """Of any datatype that holds them."""
    for found in told["matrix"].values():
        assert found == pytest.approx([6, 15])
    assert set(told["matrix"]) == {"FP64", "FP32", "FP16", "INT32", "UINT8"}


def test_one_class_may_be_asked_for(told: Any) -> None:
    """The column of a class, as a data frame has it."""
    chances = [row[0] for row in told["binary True"]["probabilities"]]
    assert told["one column"] == chances


def test_the_client_raises_with_our_words(told: Any) -> None:
    """Its exceptions hold the sentence and the status."""
    refused = told["refused"]
    assert {name: one["status"] for name, one in refused.items()} == {
        "model": "404", "version": "404", "category": "400", "config": "404",
        "statistics": "404", "output": "400", "deadline": "504",
    }  # fmt: skip
    assert refused["category"]["message"] == 'case 1, kind: "z" is none of its categories (a, b)'
    assert "past its deadline" in refused["deadline"]["message"]
