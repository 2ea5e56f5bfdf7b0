"""What the floor and the prototype share: the body, the answer and the server."""

import json
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

KINDS = {"int": int, "float": float, "str": str}


class Answer(msgspec.Struct):
    """The answer to one case."""

    label: str
    probabilities: dict[str, float]


class Answers(msgspec.Struct):
    """The answer to a request."""

    predictions: list[Answer]


def decoder_of(directory: Path) -> "msgspec.json.Decoder[Any]":
    """Return what decodes and checks a body with cases of the model in `directory`."""
    fields = json.loads((directory / "model.json").read_text())["fields"]
    case = msgspec.defstruct("Case", [(name, KINDS[kind]) for name, kind in fields.items()])
    body = msgspec.defstruct("Body", [("cases", list[case])])  # type: ignore[valid-type]
    return msgspec.json.Decoder(body)


def serve(app: Any, port: int) -> None:
    """Serve an application from this process."""
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
