"""Tensors of the Open Inference Protocol: from their JSON or their bytes to values, and back.

Datatypes, shapes and the binary form: https://github.com/kserve/open-inference-protocol and
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

import base64
import binascii
import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

from app.errors import InvalidRequestError
from app.routers.protocols.parts import some

_INTEGERS = {
    f"{sign}INT{bits}": (bits, code if sign else code.lower())
    for bits, code in ((8, "B"), (16, "H"), (32, "I"), (64, "Q"))
    for sign in ("U", "")
}
_FLOATS = {"FP16": "e", "FP32": "f", "FP64": "d", "BF16": "H"}
BYTES, BOOL, INT64, FP64 = "BYTES", "BOOL", "INT64", "FP64"
DATATYPES = (BOOL, *_INTEGERS, *_FLOATS, BYTES)
CONTENT_TYPES = ("np", "pd", "str", "base64", "datetime")
"""MLServer's, and what they say of values: `base64` that a text is packed so, the others nothing
that the datatype does not say."""
_CODES = {BOOL: "?", **_FLOATS, **{name: code for name, (_, code) in _INTEGERS.items()}}
_SIZES = {name: struct.calcsize(f"<{code}") for name, code in _CODES.items()}
_LENGTH = struct.Struct("<I")


def from_bytes(name: str, datatype: str, data: bytes, count: int) -> list[Any]:
    """Return the `count` values that a tensor's bytes are. Raises InvalidRequestError."""
    if datatype == BYTES:
        return _texts(name, data, count)
    if len(data) != count * _SIZES[datatype]:
        raise InvalidRequestError(
            f"input {name!r}: {count} values of {datatype} are {count * _SIZES[datatype]} bytes, "
            f"and its data has {len(data)}"
        )
    if datatype == BOOL:
        return [byte != 0 for byte in data]
    found = list(struct.unpack(f"<{count}{_CODES[datatype]}", data))
    return list(map(_brain_float, found)) if datatype == "BF16" else found


def _brain_float(bits: int) -> float:
    [value] = struct.unpack("<f", struct.pack("<I", bits << 16))
    return float(value)


def _texts(name: str, data: bytes, count: int) -> list[Any]:
    """Return texts, each of which is led by its length: four bytes, the lowest first."""
    found: list[Any] = []
    at = 0
    while at < len(data) and len(found) < count:
        if at + _LENGTH.size > len(data):
            break
        [length] = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if at + length > len(data):
            break
        found.append(_text(name, data[at : at + length]))
        at += length
    else:
        if len(found) == count and at == len(data):
            return found
    raise InvalidRequestError(
        f"input {name!r}: its {len(data)} bytes are not {count} texts, each led by its length in "
        "four bytes"
    )


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequestError(f"input {name!r}: {error}; texts are in UTF-8") from None


def from_json(name: str, datatype: str, data: Sequence[Any], count: int) -> list[Any]:
    """Return the `count` values of a tensor in JSON, nested or not. Raises InvalidRequestError."""
    found = list(data)
    while found and isinstance(found[0], list):
        if not all(isinstance(one, list) for one in found):
            raise InvalidRequestError(f"input {name!r}: its data is nested unevenly")
        found = [value for one in found for value in one]
    if len(found) != count:
        raise InvalidRequestError(
            f"input {name!r}: its shape is of {count} values, and its data has {len(found)}"
        )
    fits = _FITS[datatype]
    for value in found:
        if value is not None and not fits(value):
            raise InvalidRequestError(f"input {name!r}: {str(value)[:80]!r} is no {datatype}")
    return found


def _is_integer(bits: int, *, signed: bool) -> Callable[[Any], bool]:
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    return lambda value: type(value) is int and least <= value < most


def _is_number(value: Any) -> bool:
    return type(value) in {int, float}


_FITS: dict[str, Callable[[Any], bool]] = {
    BOOL: lambda value: type(value) is bool or value in (0, 1),
    BYTES: lambda value: type(value) is str,
    **dict.fromkeys(_FLOATS, _is_number),
    **{
        name: _is_integer(bits, signed=not name.startswith("U"))
        for name, (bits, _) in _INTEGERS.items()
    },
}


def unpacked(name: str, values: Sequence[Any]) -> list[Any]:
    """Return the texts that base64 holds. Raises InvalidRequestError."""
    return [None if one is None else _text(name, _plain(name, one)) for one in values]


def _plain(name: str, value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequestError(f"input {name!r}: {value[:80]!r} is no base64") from None


def to_bytes(datatype: str, values: Sequence[Any]) -> bytes:
    """Return values as a tensor's bytes; of BOOL, BYTES, FP64 and INT64."""
    if datatype == BYTES:
        texts = [str(value).encode() for value in values]
        return b"".join(_LENGTH.pack(len(text)) + text for text in texts)
    return struct.pack(f"<{len(values)}{_CODES[datatype]}", *values)


def count_of(name: str, datatype: str, shape: Sequence[int]) -> int:
    """Return of how many values a shape is. Raises InvalidRequestError."""
    if datatype not in DATATYPES:
        raise InvalidRequestError(
            f"input {name!r}: there is no datatype {datatype[:50]!r}; there are {some(DATATYPES)}"
        )
    if not shape or any(size < 0 for size in shape):
        raise InvalidRequestError(
            f"input {name!r}: {list(shape)[:10]} is no shape; it has the number of cases first"
        )
    return math.prod(shape)
