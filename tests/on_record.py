"""Predictions on record for tests, written as the prediction log writes them."""

import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.db.showroom_tables import prediction_cases, prediction_requests
from app.factory import Factory
from app.values.prediction import first_id

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def label(name: Any, **chances: float) -> dict[str, Any]:
    """Return a classifier's output: the label, and the probabilities by class."""
    return {"label": name, "probabilities": chances} if chances else {"label": name}


def record(
    factory: Factory,
    *outputs: dict[str, Any],
    at: datetime = NOON,
    inputs: Sequence[dict[str, Any]] = (),
    **fields: Any,
) -> str:
    """Put a request on record, with a case for each output; return its id."""
    made = first_id(at)[:12] + f"{next(_numbers):020x}"
    told = outputs or (label("late", late=0.75, early=0.25),)
    row = {
        "id": made,
        "model": "m",
        "version": 1,
        "caller": "api",
        "received_at": at,
        "cases": len(told),
        "queue_seconds": 0.001,
        "infer_seconds": 0.002,
        "shadow_of": None,
        "replay_of": None,
        "trial": False,
        **fields,
    }
    cases = [
        {
            "request": made,
            "number": number,
            "inputs": json.dumps(inputs[number] if inputs else {"x": number}, ensure_ascii=False),
            "output": json.dumps(output),
            "label": str(output["label"]) if "label" in output else None,
        }
        for number, output in enumerate(told)
    ]
    with factory.engine.begin() as connection:
        connection.execute(prediction_requests.insert(), [row])
        connection.execute(prediction_cases.insert(), cases)
    return made
