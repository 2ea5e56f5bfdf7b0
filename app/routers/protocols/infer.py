"""A request for inference of the Open Inference Protocol, with the extension for binary tensors."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from app.errors import InvalidRequestError
from app.routers.protocols import tensors
from app.routers.protocols.parts import some
from app.services.foreign import Cases, Foreign
from app.values.signature import FieldType, InputField, Signature

_PLAIN = frozenset({FieldType.NUMBER, FieldType.INTEGER})
_DIGITS = 12
Parameters = dict[str, Any]


class _Part(msgspec.Struct, kw_only=True):
    """What has parameters, which some clients write as null."""

    parameters: Parameters | None = None

    def says(self, name: str) -> Any:
        """Return a parameter, None where it is not there."""
        return None if self.parameters is None else self.parameters.get(name)


class Tensor(_Part):
    """An input."""

    name: str
    datatype: str
    shape: list[int]
    data: Any = None


class Wanted(_Part):
    """An output that is asked for."""

    name: str


class Infer(_Part):
    """What a client sends."""

    inputs: list[Tensor]
    id: str | None = None
    outputs: list[Wanted] | None = None


_DECODER = msgspec.json.Decoder(Infer)


def parsed(body: bytes, head: str | None) -> tuple[Infer, memoryview]:
    """Return a request, and the bytes behind its JSON. Raises InvalidRequestError.

    `head` is the header that says how long the JSON is, where bytes follow.
    """
    size = len(body) if head is None else _size(head, len(body))
    return _document(body[:size]), memoryview(body)[size:]


def _size(head: str, most: int) -> int:
    if not (head.isascii() and head.isdigit() and len(head) <= _DIGITS):
        raise InvalidRequestError(f"Inference-Header-Content-Length {head[:50]!r} is no length")
    if int(head) > most:
        raise InvalidRequestError(
            f"Inference-Header-Content-Length says {int(head)}, and the body has {most} bytes"
        )
    return int(head)


def _document(text: bytes) -> Infer:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        words = str(error)
    try:  # clients write NaN, which Python reads
        return msgspec.convert(json.loads(text), Infer)
    except msgspec.ValidationError as error:
        raise InvalidRequestError(f"the request: {error}") from None
    except (ValueError, RecursionError):
        raise InvalidRequestError(f"the request is no JSON: {words}") from None


def foreign(
    asked: Infer,
    rest: memoryview,
    model: str,
    version: int | None,
    check: Callable[[Signature], object],
) -> Foreign:
    """Return a request's cases; `check` raises for a signature. Raises InvalidRequestError."""
    if not asked.inputs:
        raise InvalidRequestError("there are no `inputs`; send a tensor for each column")
    counts = [tensors.count_of(one.name, one.datatype, one.shape) for one in asked.inputs]
    size = asked.inputs[0].shape[0]
    for one in asked.inputs:
        if one.shape[0] != size:
            raise InvalidRequestError(
                f"input {one.name!r} has {one.shape[0]} cases, and {asked.inputs[0].name!r} has "
                f"{size}; all have as many"
            )
    parts = _parts(asked, rest)

    def cases(signature: Signature) -> Cases:
        check(signature)
        return _cases(asked, parts, counts, signature.inputs)

    return Foreign(model=model, version=version, size=size, cases=cases)


def _parts(asked: Infer, rest: memoryview) -> list[bytes | None]:
    """Return each input's bytes, None where its values stand in the JSON."""
    found: list[bytes | None] = []
    at = 0
    for one in asked.inputs:
        if one.says("shared_memory_region") is not None:
            raise InvalidRequestError(f"input {one.name!r}: this service reads no shared memory")
        size = one.says("binary_data_size")
        if size is None:
            found.append(None)
            continue
        if type(size) is not int or size < 0:
            raise InvalidRequestError(f"input {one.name!r}: binary_data_size is a number of bytes")
        if at + size > len(rest):
            raise InvalidRequestError(
                f"input {one.name!r}: the body breaks off: {size} bytes are to come, and "
                f"{len(rest) - at} are there"
            )
        found.append(bytes(rest[at : at + size]))
        at += size
    if at != len(rest):
        raise InvalidRequestError(
            f"{len(rest) - at} bytes of the body belong to no input (binary_data_size, "
            "Inference-Header-Content-Length)"
        )
    return found


def _cases(
    asked: Infer,
    parts: Sequence[bytes | None],
    counts: Sequence[int],
    inputs: Sequence[InputField],
) -> Cases:
    fields = {one.name: one for one in inputs}
    columns: dict[str, list[Any]] = {}
    for one, data, count in zip(asked.inputs, parts, counts, strict=True):
        if one.name in columns:
            raise InvalidRequestError(f"there are two inputs {one.name!r}")
        if _is_matrix(asked, one, fields):
            return _matrix(one, _values(asked, one, data, count), inputs)
        if count != one.shape[0]:
            raise InvalidRequestError(
                f"input {one.name!r}: shape {one.shape[:10]} is no column; a column of "
                f"{one.shape[0]} cases is [{one.shape[0]}] or [{one.shape[0]}, 1]"
            )
        columns[one.name] = _values(asked, one, data, count)
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(asked: Infer, one: Tensor, data: bytes | None, count: int) -> list[Any]:
    if data is not None:
        found = tensors.from_bytes(one.name, one.datatype, data, count)
    elif isinstance(one.data, list):
        found = tensors.from_json(one.name, one.datatype, one.data, count)
    else:
        raise InvalidRequestError(
            f"input {one.name!r} has no data: neither a list `data` nor binary_data_size"
        )
    kind = one.says("content_type") or asked.says("content_type")
    if kind is not None and kind not in tensors.CONTENT_TYPES:
        raise InvalidRequestError(
            f"input {one.name!r}: there is no content type {str(kind)[:50]!r} here; there are "
            f"{some(tensors.CONTENT_TYPES)}"
        )
    is_packed = kind == "base64" and one.datatype == tensors.BYTES
    return tensors.unpacked(one.name, found) if is_packed else found


def _is_matrix(asked: Infer, one: Tensor, fields: dict[str, InputField]) -> bool:
    """Tell whether the only tensor holds all columns side by side."""
    if len(asked.inputs) > 1 or len(one.shape) != 2:  # noqa: PLR2004 - cases and columns
        return False
    return one.name not in fields or (one.shape[1] == len(fields) and len(fields) > 1)


def _matrix(one: Tensor, values: list[Any], inputs: Sequence[InputField]) -> Cases:
    """Return the rows of one tensor, for a model of plain numbers."""
    names = [field.name for field in inputs]
    others = [field for field in inputs if field.type not in _PLAIN]
    if others:
        raise InvalidRequestError(
            f"input {one.name!r} is none of the model's ({some(names)}); one tensor of all columns "
            f"is for models of plain numbers, and {others[0].name!r} is {others[0].type}"
        )
    width = one.shape[1]
    if width != len(names):
        raise InvalidRequestError(
            f"input {one.name!r}: shape {one.shape} has {width} columns, and the model has "
            f"{len(names)} inputs ({some(names)})"
        )
    return [
        dict(zip(names, values[at : at + width], strict=True))
        for at in range(0, len(values), width)
    ]
