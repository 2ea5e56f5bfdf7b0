"""Values from text that people and spreadsheets write: typed by the signature, or refused."""

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from app.values.serving import UnknownCategories
from app.values.signature import FieldType, InputField

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_DIGITS = 400
"""Digits of the longest whole number that a float may hold, and some more."""
_ABSENT = {"nan", "na", "n/a", "null", "none", "nil", "#n/a", "-", "?"}
"""What others write where a value is missing."""
_WORDS = {"true": True, "1": True, "false": False, "0": False}
_BLANK = " \t"
_SHOWN = 80
"""Characters of a refused text that are told."""


def typed(text: str | None, field: InputField | None, unknown: UnknownCategories) -> Any:
    """Return the value of a cell, None for a missing one; for no input it is text.

    Raises ValueError, which says why there is none.
    """
    if text is None or field is None:
        return text
    if field.type is FieldType.TEXT:
        return text if text or _may_be_empty(field, unknown) else None
    plain = text.strip(_BLANK)
    return _READ[field.type](plain) if plain else None


def _may_be_empty(field: InputField, unknown: UnknownCategories) -> bool:
    """Tell whether an empty text is a value; files that quote all cells write missing ones so."""
    is_closed = field.categories is not None and unknown is UnknownCategories.REFUSE
    return not is_closed or "" in (field.categories or ())


def number(text: str) -> int | float:
    """Return a finite number as written in JSON: `5` is an integer. Raises ValueError."""
    if _INTEGER.fullmatch(text) and len(text) <= _DIGITS:
        return int(text)
    if not _NUMBER.fullmatch(text):
        raise _refused(text, "number")
    if math.isfinite(found := float(text)):
        return found
    message = f"{_shown(text)} is too large"
    raise ValueError(message)


def _integer(text: str) -> int:
    """Return an integer, also from 3.0, as which tables with missing values write 3."""
    if not _NUMBER.fullmatch(text):
        raise _refused(text, "integer")
    found = Decimal(text)
    if found and found.adjusted() > _DIGITS:
        message = "the integer is beyond 64 bits"
        raise ValueError(message)
    if found.adjusted() < -_DIGITS or found != found.to_integral_value():
        raise _refused(text, "integer")
    return int(found)


def boolean(text: str) -> bool:
    """Return true or false, however capitalised, or 1 or 0. Raises ValueError."""
    if (found := _WORDS.get(text.lower())) is not None:
        return found
    message = f"{_shown(text)} is neither true nor false{_hint(text)}"
    raise ValueError(message)


def _time(text: str) -> str:
    """Return a time in the form that the Showroom takes, as it is where that fits."""
    try:
        msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        try:
            return datetime.fromisoformat(text).isoformat()
        except ValueError:
            message = f"{_shown(text)} is no time; write it as 2013-11-28T07:30:00"
            raise ValueError(message) from None
    return text


_READ: dict[FieldType, Callable[[str], Any]] = {
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: number,
    FieldType.BOOLEAN: boolean,
    FieldType.TIMESTAMP: _time,
}


def _refused(text: str, noun: str) -> ValueError:
    return ValueError(f"{_shown(text)} is no {noun}{_hint(text)}")


def _hint(text: str) -> str:
    if text.lower() in _ABSENT:
        return "; leave the cell empty where the value is missing"
    if any(digit.isdigit() for digit in text) and any(mark in text for mark in ",' _\u00a0\u202f"):
        return "; write digits alone, with a point before decimals"
    return ""


def _shown(text: str) -> str:
    told = json.dumps(text, ensure_ascii=False)
    return told if len(told) <= _SHOWN else f"{told[:_SHOWN]}…"
