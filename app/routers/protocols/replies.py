"""Answers in the forms that clients of scoring servers ask for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.errors import UnsupportedError
from app.routers.protocols.parts import JSON, Answer, encoded, recorded, some
from app.routers.protocols.tables import CSV, LINES
from app.services.csv_text import csv_line
from app.values.signature import Outputs, Task

if TYPE_CHECKING:  # it loads pandas
    from app.services.requests import Request

_ANY = frozenset({"*/*", "application/*", ""})
GIVEN = (JSON, *LINES, CSV)


def plain(request: "Request") -> list[Any]:
    """Return each answer's label, or its value, or its values."""
    return [
        output["label"] if "label" in output else output.get("value", output.get("values"))
        for output in request.outputs
    ]


def as_mlflow(request: "Request") -> Answer:
    """Return labels or values, as MLflow's scoring server answers for a model of scikit-learn."""
    return Answer(body=encoded({"predictions": plain(request)}), headers=recorded(request))


def chosen(accept: str) -> str:
    """Return the form of an answer that a client accepts. Raises UnsupportedError."""
    for part in accept.split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in _ANY:
            return JSON
        if kind == "text/*":
            return CSV
        if kind in GIVEN:
            return kind
    raise UnsupportedError(f"Accept {accept[:80]!r} is not given here; there are {some(GIVEN)}")


def as_accepted(request: "Request", kind: str) -> Answer:
    """Return answers with their probabilities, in JSON, in lines of it, or in CSV."""
    outputs = request.outputs
    if kind == CSV:
        lines = csv_rows(outputs, request.served.version.signature.outputs)
        body = "".join(map(csv_line, lines)).encode()
    elif kind in LINES:
        body = b"".join(text + b"\n" for text in request.outputs_json)
    else:
        body = b'{"predictions":[%b]}' % b",".join(request.outputs_json)
    return Answer(body=body, media=kind, headers=recorded(request))


def csv_rows(outputs: Sequence[dict[str, Any]], signature: Outputs) -> list[list[Any]]:
    """Return the columns of each answer, in the order in which a dispatch delivers them."""
    if signature.task is Task.REGRESSION:
        return [output.get("values", [output.get("value")]) for output in outputs]
    return [[output["label"], *output.get("probabilities", {}).values()] for output in outputs]
