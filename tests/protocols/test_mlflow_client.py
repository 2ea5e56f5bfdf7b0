"""MLflow's own scoring client asks this service as it asks `mlflow models serve`."""

from typing import Any

import pytest

from app import __version__

pytestmark = pytest.mark.timeout(700)


@pytest.fixture
def told(clients: dict[str, Any]) -> Any:
    """Give what the client was told."""
    return clients["mlflow_scoring"]


def test_a_data_frame_is_answered(told: Any) -> None:
    """Also one with a missing value; records too."""
    assert told["frame"] == ["high", "low"]
    assert told["records"] == ["low"]
    assert told["version"] == __version__


def test_the_client_raises_with_our_words(told: Any) -> None:
    """The status and the sentence stand in its exception."""
    refused = told["refused"]
    assert "error code 400" in refused["category"]
    assert "is none of its categories (a, b)" in refused["category"]
    assert "models take no `params` here" in refused["params"]
