"""Answers as tensors of the Open Inference Protocol."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import InvalidRequestError
from app.routers.protocols import tensors
from app.routers.protocols.infer import Infer, Parameters
from app.routers.protocols.parts import Answer, encoded, recorded, some
from app.values.signature import FieldType, Outputs, Task

if TYPE_CHECKING:  # these load pandas
    from app.inference.answering import Output
    from app.services.requests import Request

LENGTH = b"inference-header-content-length"
DATATYPES = {
    FieldType.INTEGER: tensors.INT64,
    FieldType.NUMBER: tensors.FP64,
    FieldType.BOOLEAN: tensors.BOOL,
    FieldType.TEXT: tensors.BYTES,
    FieldType.TIMESTAMP: tensors.BYTES,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """An output of a model."""

    name: str
    datatype: str
    width: int | None
    """Of a matrix; None: one value for each case."""
    key: tuple[str, ...]
    """Where the value is in an answer: under which key, and which key in that."""


def named(outputs: Outputs) -> Iterator[Named]:
    """Yield what a model answers, the likely ones first."""
    fp64 = tensors.FP64
    if outputs.task is Task.REGRESSION:
        width = None if outputs.values == 1 else outputs.values
        name = "value" if width is None else "values"
        yield Named(name=name, datatype=fp64, width=width, key=(name,))
        return
    yield Named(name="label", datatype=DATATYPES[outputs.label_type], width=None, key=("label",))
    if outputs.probabilities:
        width = len(outputs.classes)
        yield Named(name="probabilities", datatype=fp64, width=width, key=("probabilities",))


def columns(outputs: Outputs) -> Iterator[Named]:
    """Yield the same with a column for each class, as data frames have it."""
    for one in named(outputs):
        if one.name == "probabilities":
            for label in map(str, outputs.classes):
                yield Named(
                    name=f"probability_{label}", datatype=tensors.FP64, width=None,
                    key=("probabilities", label),
                )  # fmt: skip
        else:
            yield one


def require(asked: Infer) -> None:
    """Raise InvalidRequestError for what no output can be, before the model is asked."""
    for one in asked.outputs or ():
        if one.says("classification") is not None:
            raise InvalidRequestError(
                f"output {one.name!r}: there are no classification strings; ask for label and "
                "probabilities"
            )
        if one.says("shared_memory_region") is not None:
            raise InvalidRequestError(f"output {one.name!r}: this service writes no shared memory")


def chosen(asked: Infer, outputs: Outputs) -> list[tuple[Named, bool]]:
    """Return the outputs asked for, and whether each is in binary. Raises InvalidRequestError."""
    is_binary = asked.says("binary_data_output") is True
    is_frame = asked.says("content_type") == "pd"
    if not asked.outputs:
        return [(one, is_binary) for one in (columns(outputs) if is_frame else named(outputs))]
    known = {one.name: one for one in (*columns(outputs), *named(outputs))}
    for one in asked.outputs:
        if one.name not in known:
            raise InvalidRequestError(
                f"there is no output {one.name[:80]!r}; there are {some(list(known))}"
            )
    own = [(one.name, one.says("binary_data")) for one in asked.outputs]
    return [(known[name], is_binary if said is None else said is True) for name, said in own]


def answer(asked: Infer, request: "Request") -> Answer:
    """Return the answer to a request that was answered."""
    model, version = request.served.key
    parts: list[bytes] = []
    told = []
    for one, is_binary in chosen(asked, request.served.version.signature.outputs):
        document, data = _tensor(one, request.outputs, is_binary=is_binary)
        told.append(document)
        parts += [] if data is None else [data]
    document = {
        "model_name": model,
        "model_version": str(version),
        "id": request.id if asked.id is None else asked.id,
        "parameters": _parameters(asked, request),
        "outputs": told,
    }
    return _sent(encoded(document), parts, request)


def _parameters(asked: Infer, request: "Request") -> Parameters:
    found = {"prediction_id": request.id}
    kind = asked.says("content_type")
    return found | ({"content_type": kind} if kind in tensors.CONTENT_TYPES else {})


def _tensor(
    one: Named, answers: Sequence["Output"], *, is_binary: bool
) -> tuple[dict[str, Any], bytes | None]:
    values = list(_values(one, answers))
    shape = [len(answers)] if one.width is None else [len(answers), one.width]
    parameters: Parameters = {"content_type": "str" if one.datatype == tensors.BYTES else "np"}
    found = {"name": one.name, "shape": shape, "datatype": one.datatype, "parameters": parameters}
    if not is_binary:
        return {**found, "data": values}, None
    data = tensors.to_bytes(one.datatype, values)
    parameters["binary_data_size"] = len(data)
    return found, data


def _values(one: Named, answers: Sequence["Output"]) -> Iterator[Any]:
    for answer in answers:
        value = answer
        for key in one.key:
            value = value[key]
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        else:
            yield value


def _sent(document: bytes, parts: Sequence[bytes], request: "Request") -> Answer:
    if not parts:
        return Answer(body=document, headers=recorded(request))
    length = (LENGTH, str(len(document)).encode())
    return Answer(
        body=b"".join([document, *parts]),
        media="application/octet-stream",
        headers=(*recorded(request), length),
    )


def described(one: Named, outputs: Outputs) -> dict[str, Any]:
    """Return an output as a model's metadata tell it."""
    shape = [-1] if one.width is None else [-1, one.width]
    found: dict[str, Any] = {"name": one.name, "datatype": one.datatype, "shape": shape}
    if one.name == "probabilities":
        classes = json.dumps([str(label) for label in outputs.classes], ensure_ascii=False)
        found["parameters"] = {"classes": classes}
    return found
