"""The names of classes, read from the bytes of an ONNX file.

ONNX Runtime runs a graph but does not show its nodes, and the package `onnx`, which does, is large.
What is needed is little: the attributes `classlabels_…` of the classifiers' nodes. Field numbers
are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; the encoding is described at
https://protobuf.dev/programming-guides/encoding/.
"""

from collections.abc import Iterator

_GRAPH, _NODE, _ATTRIBUTE = 7, 1, 5
_NAME, _INTS, _STRINGS = 1, 8, 9
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}


def class_labels(model: bytes) -> list[tuple[int, ...] | tuple[str, ...]]:
    """Return the class labels that each classifier's node lists, in the order of the nodes.

    Raises ValueError or IndexError for bytes that are no protocol buffer.
    """
    found = []
    for graph in _parts(memoryview(model), _GRAPH):
        for node in _parts(graph, _NODE):
            for attribute in _parts(node, _ATTRIBUTE):
                if labels := _labels(attribute):
                    found.append(labels)  # noqa: PERF401 - three loops read better than one line
    return found


def _labels(attribute: memoryview) -> tuple[int, ...] | tuple[str, ...] | None:
    names = [bytes(name) for name in _parts(attribute, _NAME)]
    if not (names and names[0].startswith(b"classlabels_")):
        return None
    if texts := tuple(str(text, "utf-8") for text in _parts(attribute, _STRINGS)):
        return texts
    return tuple(_integers(attribute))


def _integers(attribute: memoryview) -> Iterator[int]:
    for number, content in _fields(attribute):
        if number != _INTS:
            continue
        if isinstance(content, int):
            yield _signed(content)
            continue
        at = 0
        while at < len(content):
            value, at = _varint(content, at)
            yield _signed(value)


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _parts(message: memoryview, wanted: int) -> Iterator[memoryview]:
    for number, content in _fields(message):
        if number == wanted and not isinstance(content, int):
            yield content


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in _WIDTHS:
            size = _WIDTHS[kind]
        else:
            raise ValueError(f"wire type {kind} is not used by protocol buffers today")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return value, at
        shift += 7
