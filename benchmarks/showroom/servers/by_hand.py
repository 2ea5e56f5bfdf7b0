"""FastAPI as one writes it by hand: a pydantic body, and `predict_proba` in the thread pool.

python -m benchmarks.showroom.servers.by_hand MODEL_DIRECTORY PORT
"""

import json
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, create_model

KINDS = {"int": int, "float": float, "str": str}


class Answer(BaseModel):
    """The answer to one case."""

    label: str
    probabilities: dict[str, float]


class Answers(BaseModel):
    """The answer to a request."""

    predictions: list[Answer]


def make_app(directory: Path) -> FastAPI:
    """Return an application that serves the model in `directory`."""
    facts = json.loads((directory / "model.json").read_text())
    fields = {name: (KINDS[kind], ...) for name, kind in facts["fields"].items()}
    case = create_model("Case", **fields)  # type: ignore[call-overload]
    body_type = create_model("Body", cases=(list[case], ...))
    classes, is_table = facts["classes"], facts["is_table"]
    estimator = joblib.load(directory / "model.joblib")
    app = FastAPI()

    def predict(body: Any) -> Answers:
        rows = [one.model_dump() for one in body.cases]
        inputs = pd.DataFrame(rows) if is_table else np.array([list(row.values()) for row in rows])
        found = estimator.predict_proba(inputs)
        return Answers(
            predictions=[
                Answer(
                    label=classes[int(chances.argmax())],
                    probabilities=dict(zip(classes, chances.tolist(), strict=True)),
                )
                for chances in found
            ]
        )

    predict.__annotations__["body"] = body_type
    app.post("/predict")(predict)
    return app


def main() -> None:
    """Serve until told to stop."""
    uvicorn.run(
        make_app(Path(sys.argv[1])),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
