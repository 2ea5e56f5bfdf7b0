"""LitServe with batches of up to 64. Run by the Python of LitServe's own environment.

python litserve_.py MODEL_DIRECTORY PORT
"""

import json
import sys
from pathlib import Path
from typing import Any

import joblib
import litserve
import numpy as np
import pandas as pd

MOST = 64
WAIT_SECONDS = 0.001


class Api(litserve.LitAPI):
    """A pipeline behind LitServe's own steps."""

    directory: Path

    def setup(self, _device: str) -> None:
        """Load the pipeline, once, in the worker."""
        facts = json.loads((self.directory / "model.json").read_text())
        self.estimator = joblib.load(self.directory / "model.joblib")
        self.classes, self.is_table = facts["classes"], facts["is_table"]
        self.columns = list(facts["fields"])

    def decode_request(self, request: dict[str, Any]) -> Any:
        """Take the one case of a body."""
        return request["input"]

    def batch(self, inputs: list[Any]) -> Any:
        """Put cases together."""
        if self.is_table:
            return pd.DataFrame(inputs, columns=self.columns)
        return np.array(inputs)

    def predict(self, rows: Any) -> Any:
        """Answer them together."""
        return self.estimator.predict_proba(rows)

    def unbatch(self, output: Any) -> list[Any]:
        """Take the answers apart."""
        answers: list[Any] = output.tolist()
        return answers

    def encode_response(self, output: list[float]) -> dict[str, float]:
        """Name the classes."""
        return dict(zip(self.classes, output, strict=True))


if __name__ == "__main__":
    api = Api(max_batch_size=MOST, batch_timeout=WAIT_SECONDS)
    api.directory = Path(sys.argv[1])
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[2]),
        num_api_servers=1,
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
