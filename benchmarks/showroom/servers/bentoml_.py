"""A BentoML service with adaptive batches of up to 64. BentoML imports it in its own environment.

The environment variable BENCH_MODEL names the directory of the model.
"""

import json
import os
from pathlib import Path
from typing import Any

import bentoml
import joblib
import numpy as np
import pandas as pd

DIRECTORY = Path(os.environ["BENCH_MODEL"])
MOST = 64
LATENCY_MS = 10_000
"""When a request would take longer, BentoML refuses it. No request is meant to be refused."""


@bentoml.service(
    workers=1,
    traffic={"timeout": 60},
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
class Service:
    """A pipeline behind BentoML's batcher."""

    def __init__(self) -> None:
        facts = json.loads((DIRECTORY / "model.json").read_text())
        self.estimator = joblib.load(DIRECTORY / "model.joblib")
        self.is_table, self.columns = facts["is_table"], list(facts["fields"])

    @bentoml.api(batchable=True, max_batch_size=MOST, max_latency_ms=LATENCY_MS)
    def predict(self, rows: list[list[Any]]) -> list[list[float]]:
        """Return the classes' probabilities of each row."""
        inputs = pd.DataFrame(rows, columns=self.columns) if self.is_table else np.array(rows)
        answers: list[list[float]] = self.estimator.predict_proba(inputs).tolist()
        return answers
