"""Cases in the bodies that scoring servers take: JSON in several forms, lines of JSON, CSV.

MLflow's: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally
SageMaker's: https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.errors import InvalidRequestError, UnsupportedError
from app.routers.protocols.delimited import csv_cases
from app.routers.protocols.parts import JSON, some
from app.services.foreign import Cases, Foreign
from app.values.signature import Signature

CSV = "text/csv"
LINES = ("application/jsonlines", "application/x-ndjson", "application/jsonl")
MEDIA = (JSON, *LINES, CSV)
FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs", "input_data")
_PARAMS = "params"


def foreign(body: bytes, content_type: str, model: str, version: int | None, most: int) -> Foreign:
    """Return the cases of a body, of which no more than `most` and one are looked at.

    Raises InvalidRequestError, UnsupportedError.
    """
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower() or JSON
    charset = parameters.partition("charset=")[2].strip(' "').lower() or "utf-8"
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedError(f"charset {charset[:50]!r} is not taken; send UTF-8")
    if kind == CSV:
        return csv_cases(body, model, version, most)
    if kind in LINES:
        return _rows([_read(line) for line in body.splitlines() if line.strip()], model, version)
    if kind.endswith("json"):
        return _document(_read(body), model, version)
    raise UnsupportedError(f"Content-Type {kind[:80]!r} is not taken here; there are {some(MEDIA)}")


def _read(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        words = str(error)
    try:  # clients write NaN, which Python reads
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRequestError(f"the body is no JSON: {words}") from None


def _document(document: Any, model: str, version: int | None) -> Foreign:
    if isinstance(document, list):
        return _rows(document, model, version)
    if not isinstance(document, dict):
        raise InvalidRequestError(f"the body must be an object with one of {some(FORMS)}")
    if document.get(_PARAMS):
        raise InvalidRequestError("models take no `params` here; leave them out")
    keys = [key for key in document if key != _PARAMS]
    if len(keys) != 1 or keys[0] not in FORMS:
        raise InvalidRequestError(
            f"the body must have exactly one of {some(FORMS)}, and it has {some(sorted(keys))}"
        )
    found = document[keys[0]]
    if keys[0] == "dataframe_split" or (keys[0] == "input_data" and isinstance(found, dict)):
        return _split(found, model, version)
    if keys[0] == "inputs" and isinstance(found, dict):
        return _columns(found, model, version)
    if not isinstance(found, list):
        raise InvalidRequestError(f"`{keys[0]}` must be a list of cases")
    return _rows(found, model, version)


def _rows(rows: Sequence[Any], model: str, version: int | None) -> Foreign:
    """Return cases that are objects of inputs by name, or lists of all inputs in their order."""
    return Foreign(
        model=model,
        version=version,
        size=len(rows),
        cases=lambda signature: [_case(row, at, signature) for at, row in enumerate(rows)],
    )


def _case(row: Any, at: int, signature: Signature) -> dict[str, Any]:
    if isinstance(row, dict):
        return row
    names = signature.input_names
    values = row if isinstance(row, list) else [row]
    if len(values) != len(names):
        raise InvalidRequestError(
            f"case {at}: it has {len(values)} values, and the model has {len(names)} inputs "
            f"({some(names)})"
        )
    return dict(zip(names, values, strict=True))


def _split(found: Any, model: str, version: int | None) -> Foreign:
    """Return the cases of a data frame: its columns' names, and its rows."""
    data = found.get("data") if isinstance(found, Mapping) else None
    if not isinstance(data, list) or not set(found) <= {"columns", "index", "data"}:
        raise InvalidRequestError("a data frame that is split has `columns`, `data` and `index`")
    columns = found.get("columns")
    if columns is None or columns == list(range(len(data[0]) if _is_rows(data) else 0)):
        return _rows(data, model, version)
    if not isinstance(columns, list) or not all(isinstance(one, str) for one in columns):
        raise InvalidRequestError("`columns` are the names of the inputs")
    if len(set(columns)) != len(columns):
        raise InvalidRequestError("`columns` name an input twice")

    def cases(_: Signature) -> Cases:
        return [_named(row, at, columns) for at, row in enumerate(data)]

    return Foreign(model=model, version=version, size=len(data), cases=cases)


def _is_rows(data: list[Any]) -> bool:
    return bool(data) and isinstance(data[0], list)


def _named(row: Any, at: int, columns: Sequence[str]) -> dict[str, Any]:
    if not isinstance(row, list) or len(row) != len(columns):
        raise InvalidRequestError(
            f"case {at}: it is no list of {len(columns)} values, as there are columns"
        )
    return dict(zip(columns, row, strict=True))


def _columns(found: Mapping[str, Any], model: str, version: int | None) -> Foreign:
    """Return the cases of columns by their names."""
    lists = {name: one if isinstance(one, list) else [one] for name, one in found.items()}
    sizes = {len(one) for one in lists.values()}
    if len(sizes) > 1:
        raise InvalidRequestError("the columns of `inputs` are of different lengths")

    def cases(_: Signature) -> Cases:
        rows = zip(*map(_flat, lists.values()), strict=True)
        return [dict(zip(lists, row, strict=True)) for row in rows]

    return Foreign(model=model, version=version, size=max(sizes, default=0), cases=cases)


def _flat(values: list[Any]) -> list[Any]:
    """Return a column that may be a matrix of one column."""
    return [one[0] if isinstance(one, list) and len(one) == 1 else one for one in values]
