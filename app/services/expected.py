"""Expected answers: in the form in which a model gives its answers, or refused."""

import math
from contextlib import suppress
from typing import assert_never

from app.services.cells import boolean, number
from app.values.case import Expected
from app.values.signature import ClassLabel, FieldType, Outputs, Task

_SHOWN = 80
"""Characters of a refused value that are told."""
_MOST = 10
"""Classes that are told."""


def as_expected(value: Expected, outputs: Outputs, *, is_text: bool = False) -> Expected:
    """Return the answer that a model must give, of the type that its answers have.

    `is_text`: the value comes from a file that knows only text, such as CSV. Raises ValueError,
    which says what is wrong.
    """
    match outputs.task:
        case Task.CLASSIFICATION:
            return _class(value, outputs, is_text=is_text)
        case Task.REGRESSION if outputs.values > 1:
            message = f"this model gives {outputs.values} values; only one can be expected"
            raise ValueError(message)
        case Task.REGRESSION:
            return _number(value, is_text=is_text)
        case Task.LABELLING:
            return _label(value, outputs.label_type, is_text=is_text)
        case _:
            assert_never(outputs.task)


def same(one: object, other: object) -> bool:
    """Tell whether two labels are the same: unlike in Python, true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _class(value: Expected, outputs: Outputs, *, is_text: bool) -> ClassLabel:
    for label in outputs.classes:
        given = str(label) if outputs.label_type is FieldType.TEXT else label
        if same(given, value) or (is_text and _reads(str(value), given)):
            return given
    some = ", ".join(str(label)[:_SHOWN] for label in outputs.classes[:_MOST])
    rest = f", … {len(outputs.classes)} in all" if len(outputs.classes) > _MOST else ""
    message = f"{_shown(value)} is none of the model's classes ({some}{rest})"
    raise ValueError(message)


def _reads(text: str, label: ClassLabel) -> bool:
    """Tell whether a text of a file means a class."""
    if isinstance(label, str):
        return text == label
    with suppress(ValueError):
        read = boolean if isinstance(label, bool) else number
        return read(text.strip()) == label
    return False


def _number(value: Expected, *, is_text: bool) -> float:
    if isinstance(value, str) and is_text:
        with suppress(ValueError):
            value = number(value.strip())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):
            if math.isfinite(found := float(value)):
                return found
    message = f"{_shown(value)} is no number, as which this model answers"
    raise ValueError(message)


def _label(value: Expected, kind: FieldType, *, is_text: bool) -> Expected:
    if is_text and kind is not FieldType.TEXT:
        with suppress(ValueError):
            read = boolean if kind is FieldType.BOOLEAN else number
            value = read(str(value).strip())
    if not _is_label(value, kind):
        message = f"{_shown(value)} is no {kind}, as which this model labels"
        raise ValueError(message)
    return int(value) if kind is FieldType.INTEGER else value


def _is_label(value: Expected, kind: FieldType) -> bool:
    match kind:
        case FieldType.BOOLEAN:
            return isinstance(value, bool)
        case FieldType.TEXT:
            return isinstance(value, str)
        case _ if isinstance(value, (bool, str)):
            return False
        case FieldType.INTEGER:
            return -(2**63) <= value < 2**63 and value == int(value)
        case _:
            return True


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
