"""boto3 invokes this service as it invokes an endpoint of SageMaker."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(700)


@pytest.fixture
def told(clients: dict[str, Any]) -> Any:
    """Give what the client was told."""
    return clients["boto"]


def test_cases_are_answered_however_they_are_sent(told: Any) -> None:
    """CSV with a header and without, JSON, lines of JSON; and as the client accepts it."""
    for how in ("csv", "json", "variant"):
        predictions = json.loads(told[how]["body"])["predictions"]
        assert [one["label"] for one in predictions] == ["high", "low"]
        assert set(predictions[0]["probabilities"]) == {"high", "low"}
        assert told[how]["ContentType"] == "application/json"
    lines = [json.loads(line) for line in told["lines"]["body"].splitlines()]
    assert [one["label"] for one in lines] == ["high", "low"]
    rows = [line.split(",") for line in told["csv without header"]["body"].splitlines()]
    assert [row[0] for row in rows] == ["high", "low"]
    assert sum(map(float, rows[0][1:])) == pytest.approx(1)
    assert list(map(float, told["values"]["body"].split())) == pytest.approx([6, 15])


def test_the_answer_names_the_version_and_the_record(told: Any) -> None:
    """As the production variant that was invoked, and as custom attributes."""
    assert told["csv"]["InvokedProductionVariant"] == "version-1"
    assert len(told["csv"]["CustomAttributes"]) == 32


def test_the_client_raises_the_exceptions_of_aws(told: Any) -> None:
    """What a model's container would refuse is its ModelError, and says why."""
    refused = told["refused"]
    assert {name: (one["class"], one["status"]) for name, one in refused.items()} == {
        "endpoint": ("ValidationError", 404),
        "category": ("ModelError", 424),
        "type": ("ModelError", 424),
        "width": ("ModelError", 424),
        "json": ("ModelError", 424),
        "variant": ("ValidationError", 400),
        "version": ("ValidationError", 404),
        "target": ("ValidationError", 400),
        "media": ("ValidationError", 415),
        "accept": ("ValidationError", 415),
    }
    category = refused["category"]
    assert category["original"] == 422
    assert category["original message"] == category["message"]
    assert category["message"] == 'case 0, kind: "z" is none of its categories (a, b)'
    assert "there is no model 'none'" in refused["endpoint"]["message"]
    assert 'case 0, size: "many" is no integer' in refused["type"]["message"]
    assert "x-amzn-sagemaker-target-model is not for this service" in refused["target"]["message"]
