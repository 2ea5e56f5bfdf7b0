"""From the JSON of cases to rows, by a decoder that is compiled once for a version.

What fits takes one pass of msgspec. Only where something does not fit, a second, slower look
names every fault.
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Literal

import msgspec

from app.errors import InvalidCasesError
from app.values.serving import UnknownCategories
from app.values.signature import FieldType, InputField, Signature

Row = tuple[Any, ...]
"""The inputs of one case in the signature's order; None where a value is missing."""

_LEAST, _MOST = -(2**63), 2**63 - 1
_TYPES: dict[FieldType, type] = {
    FieldType.INTEGER: int,
    FieldType.NUMBER: float,
    FieldType.BOOLEAN: bool,
    FieldType.TEXT: str,
    FieldType.TIMESTAMP: datetime,
}
_SHOWN = 80
"""Characters of a refused value that are told."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one input of one case."""

    case: int
    field: str | None
    reason: str


class Decoder:
    """Turns cases into rows by a signature, and says what is wrong with those that do not fit."""

    def __init__(
        self,
        signature: Signature,
        unknown: UnknownCategories = UnknownCategories.REFUSE,
        *,
        most_faults: int = 20,
    ) -> None:
        self._inputs = signature.inputs
        self._unknown = unknown
        self._most_faults = most_faults
        self._case = _struct(signature.inputs, unknown)
        self._decoder = msgspec.json.Decoder(list[self._case])  # type: ignore[name-defined]
        self._row = _row_of(len(signature.inputs))
        self._mends = dict(_mends(signature.inputs, unknown))
        self._integers = [
            at for at, field in enumerate(signature.inputs) if field.type is FieldType.INTEGER
        ]

    def rows(self, cases: bytes | msgspec.Raw) -> list[Row]:
        """Return the rows of a JSON array of cases. Raises InvalidCasesError naming each fault."""
        try:
            found = self._decoder.decode(cases)
        except (ValueError, RecursionError) as error:  # what is no UTF-8 is a ValueError too
            raise self._refusal(cases, str(error)) from None
        rows = list(map(self._row, found))
        if self._integers and not all(map(self._fits, rows)):
            raise self._refusal(cases, "a number is beyond 64 bits")
        try:
            return [self._mended(row) for row in rows] if self._mends else rows
        except OverflowError as error:  # a time that in UTC is of no year there is
            raise self._refusal(cases, str(error)) from None

    def plain_rows(self, cases: Sequence[dict[str, Any]]) -> list[Row]:
        """Return the rows of cases that came in another form than JSON: Python's own values.

        Raises InvalidCasesError, in the words of `rows`.
        """
        try:
            found = msgspec.convert(cases, list[self._case])  # type: ignore[name-defined]
            rows = [self._mended(row) for row in map(self._row, found)]
        except (ValueError, OverflowError) as error:
            raise self._refused(cases, str(error)) from None
        if not all(map(_is_plain, rows)) or not all(map(self._fits, rows)):
            raise self._refused(cases, "a value is none that JSON carries")
        return rows

    def _fits(self, row: Row) -> bool:
        return all(row[at] is None or _LEAST <= row[at] <= _MOST for at in self._integers)

    def _mended(self, row: Row) -> Row:
        values = list(row)
        for at, mend in self._mends.items():
            if values[at] is not None:
                values[at] = mend(values[at])
        return tuple(values)

    def case(self, row: Row) -> dict[str, Any]:
        """Return a row as the case that it came from, for the record."""
        return {field.name: value for field, value in zip(self._inputs, row, strict=True)}

    def _refusal(self, cases: bytes | msgspec.Raw, words: str) -> InvalidCasesError:
        try:
            plain = json.loads(bytes(cases))
        except (ValueError, RecursionError):
            return self.refusal([Fault(case=0, field=None, reason=words)])
        if not isinstance(plain, list):
            return InvalidCasesError(f"`cases` must be a list of objects, not {_shown(plain)}")
        return self._refused(plain, words)

    def _refused(self, cases: Sequence[object], words: str) -> InvalidCasesError:
        return self.refusal(self.faults(cases) or [Fault(case=0, field=None, reason=words)])

    def refusal(self, faults: list[Fault]) -> InvalidCasesError:
        """Return the error that names these faults, as many as are told."""
        told = faults[: self._most_faults]
        more = "; and more" if len(faults) > len(told) else ""
        return InvalidCasesError(
            "; ".join(map(_sentence, told)) + more,
            errors=[msgspec.to_builtins(fault) for fault in told],
            model_inputs=[field.name for field in self._inputs],
        )

    def faults(self, cases: Sequence[object]) -> list[Fault]:
        """Return what is wrong with decoded cases: no more than are told, and one that says so."""
        found: list[Fault] = []
        for number, case in enumerate(cases):
            found += self._faults(number, case)
            if len(found) > self._most_faults:
                break
        return found

    def _faults(self, number: int, case: object) -> Iterator[Fault]:
        if not isinstance(case, dict):
            yield Fault(
                case=number, field=None, reason=f"{_shown(case)} is no object of inputs by name"
            )
            return
        known = {field.name for field in self._inputs}
        for name in case:
            if name not in known:
                yield Fault(case=number, field=name[:_SHOWN], reason="the model has no such input")
        for field in self._inputs:
            if (reason := self._reason(field, case)) is not None:
                yield Fault(case=number, field=field.name, reason=reason)

    def _reason(self, field: InputField, case: dict[str, Any]) -> str | None:
        value = case.get(field.name)
        if value is None:
            if field.nullable:
                return None
            return "it must not be missing" if field.name in case else "it is missing"
        reason = _REASONS[field.type](value)
        if reason is None and _is_closed(field, self._unknown) and value not in _known(field):
            return f"{_shown(value)} is none of its categories ({_some(_known(field))})"
        return reason


def _is_plain(row: Row) -> bool:
    """Tell whether JSON can carry a row: it has no number that is none, and no half character."""
    numbers = (value for value in row if type(value) is float)
    texts = (value for value in row if type(value) is str)
    return all(map(math.isfinite, numbers)) and not any(map(_no_text, texts))


def _struct(inputs: tuple[InputField, ...], unknown: UnknownCategories) -> type[msgspec.Struct]:
    """Return a class for the cases: attribute `fN` holds the input number N, whatever its name."""
    fields: list[Any] = []
    for at, field in enumerate(inputs):
        kind: Any = _TYPES[field.type]
        if _is_closed(field, unknown):
            kind = Literal[_known(field)]
        fields.append((f"f{at}", kind | None, None) if field.nullable else (f"f{at}", kind))
    return msgspec.defstruct(
        "Case",
        fields,
        rename={f"f{at}": field.name for at, field in enumerate(inputs)},
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,
    )


def _is_closed(field: InputField, unknown: UnknownCategories) -> bool:
    """Tell whether a text beyond the categories is refused."""
    if field.categories is None or unknown is UnknownCategories.PASS:
        return False
    return unknown is UnknownCategories.REFUSE or not field.nullable


def _known(field: InputField) -> tuple[str, ...]:
    return field.categories or ()


def _row_of(width: int) -> Callable[[Any], Row]:
    if width == 1:
        return lambda case: (case.f0,)
    getter: Callable[[Any], Row] = attrgetter(*(f"f{at}" for at in range(width)))
    return getter


def _mends(
    inputs: tuple[InputField, ...], unknown: UnknownCategories
) -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """Yield the inputs whose values are not yet what the model takes."""
    for at, field in enumerate(inputs):
        if field.type is FieldType.TIMESTAMP:
            yield at, _utc
        elif unknown is UnknownCategories.MISSING and field.nullable and field.categories:
            yield at, _or_missing(frozenset(field.categories))


def _or_missing(known: frozenset[str]) -> Callable[[Any], Any]:
    return lambda value: value if value in known else None


def _utc(moment: datetime) -> datetime:
    """Return a moment as sources give it: without a zone, and in UTC if it had one."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _no_number(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{_shown(value)} is no number" + _unquoted(value, float)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN and infinities are no values; send null where it may be missing"
    try:
        return None if math.isfinite(float(value)) else "the number is too large"
    except OverflowError:
        return "the number is too large"


def _no_integer(value: object) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return _no_number(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return f"{_shown(value)} is no integer" + _unquoted(value, int)
    return None if _LEAST <= value <= _MOST else "the integer is beyond 64 bits"


def _unquoted(value: object, kind: type) -> str:
    try:
        kind(value)
    except (TypeError, ValueError, OverflowError):
        return ""
    return "; send it without quotes" if isinstance(value, str) else ""


def _no_boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else f"{_shown(value)} is neither true nor false"


def _no_text(value: object) -> str | None:
    if not isinstance(value, str):
        return f"{_shown(value)} is no text"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "the text holds half a character (a lone surrogate)"
    return None


def _no_timestamp(value: object) -> str | None:
    try:
        _utc(msgspec.convert(value, datetime))
    except msgspec.ValidationError:
        return f"{_shown(value)} is no time; write it as 2013-11-28T07:30:00"
    except OverflowError:
        return f"{_shown(value)} is no time: the years go from 1 to 9999 in UTC"
    return None


_REASONS: dict[FieldType, Callable[[Any], str | None]] = {
    FieldType.NUMBER: _no_number,
    FieldType.INTEGER: _no_integer,
    FieldType.BOOLEAN: _no_boolean,
    FieldType.TEXT: _no_text,
    FieldType.TIMESTAMP: _no_timestamp,
}


def _shown(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _some(categories: tuple[str, ...], most: int = 10) -> str:
    shown = ", ".join(category[:_SHOWN] for category in categories[:most])
    return f"{shown}, … {len(categories)} in all" if len(categories) > most else shown


def _sentence(fault: Fault) -> str:
    place = f"case {fault.case}" + ("" if fault.field is None else f", {fault.field}")
    return f"{place}: {fault.reason}"
