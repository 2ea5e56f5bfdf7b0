"""Rows of a table, from a query or a file, as cases of a model."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.errors import DataRefusedError
from app.inference.decoding import Fault
from app.services.case_checks import Named
from app.services.cells import typed
from app.values.case import NewCase, Tag
from app.values.case_import import OWN_COLUMNS, ImportOptions, TypedCase
from app.values.serving import UnknownCategories
from app.values.signature import FieldType, InputField, Signature, Task

Typed = Callable[[Any, InputField | None], Any]
"""Returns a cell's value as JSON carries it, None for a missing one; without an input: of no type
that is known. Raises ValueError."""
_TAG: TypeAdapter[str] = TypeAdapter(Tag)
_TITLE = 255
_ANSWER = 10_000
_TAGS = 20
"""What a case may have at the most, as `NewCase` says."""


@dataclass(kw_only=True)
class Drafts:
    """Cases as they came, what is wrong with them already, and where each of them stood."""

    news: list[NewCase] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    places: list[Named] = field(default_factory=list)
    ignored_columns: tuple[str, ...] = ()

    def add(self, place: Named, new: NewCase, faults: Iterable[tuple[str | None, str]]) -> None:
        """Take one more, with what is wrong with it: column and reason."""
        number = len(self.news)
        self.news.append(new)
        self.places.append(place)
        self.faults += (Fault(case=number, field=name, reason=why) for name, why in faults)

    def place(self, number: int) -> Named:
        """Return what the case number n is called."""
        return self.places[number]


class CaseTable:
    """Makes cases of rows: which column is what, and what its values are."""

    def __init__(
        self, asked: ImportOptions, signature: Signature, columns: Sequence[str], typed: Typed
    ) -> None:
        """Raise DataRefusedError for columns that are missing, or there twice."""
        self._asked = asked
        self.nothing = NewCase(model=asked.model, inputs={})
        self._inputs = [one for one in signature.inputs if one.name in columns]
        self._typed = typed
        outputs = signature.outputs
        is_any_text = outputs.label_type is FieldType.TEXT and outputs.task is Task.LABELLING
        self._may_be_empty = is_any_text or "" in outputs.classes
        own = {
            "title": asked.title,
            "expected": asked.expected,
            "tags": asked.tags_column,
        }
        inputs = signature.input_names
        self._own = {
            what: name or default
            for (what, name), default in zip(own.items(), OWN_COLUMNS.values(), strict=True)
            if name or (default in columns and default not in inputs)
        }
        _require(signature, list(filter(None, own.values())), columns)
        used = {*inputs, *self._own.values()}
        self.ignored = tuple(name for name in columns if name not in used)

    def case(self, row: Mapping[str, Any]) -> tuple[NewCase, list[tuple[str | None, str]]]:
        """Return a row as a case without what is wrong with it, and that: column and reason."""
        faults: list[tuple[str | None, str]] = []
        fields: dict[str, Any] = {"inputs": {}, "tags": self._asked.tags}
        for one in self._inputs:
            try:
                if (value := self._typed(row.get(one.name), one)) is not None:
                    fields["inputs"][one.name] = value
            except ValueError as error:
                faults.append((one.name, str(error)))
        for what, name in self._own.items():
            try:
                if (value := row.get(name)) is not None:
                    fields[what] = self._read(what, value)
            except ValueError as error:
                faults.append((name, str(error)))
        return NewCase(model=self._asked.model, **fields), faults

    def _read(self, what: str, value: Any) -> Any:
        match what:
            case "title":
                return _title(value)
            case "expected":
                plain = self._typed(value, None)
                is_none = plain is None or (plain == "" and not self._may_be_empty)
                return None if is_none else _answer(plain)
            case _:
                return self._tags(value)

    def _tags(self, value: Any) -> tuple[str, ...]:
        own = list(_split(value))
        found = (*own, *(tag for tag in self._asked.tags if tag not in own))
        if len(found) > _TAGS:
            message = f"{len(found)} tags are more than {_TAGS}"
            raise ValueError(message)
        return found


def _require(signature: Signature, named: Sequence[str], columns: Sequence[str]) -> None:
    if not {*columns} & {*signature.input_names}:
        raise DataRefusedError(
            f"none of the columns {', '.join(map(repr, columns))} is an input; the inputs are "
            f"{', '.join(map(repr, signature.input_names))}"
        )
    needed = [one.name for one in signature.inputs if not one.nullable]
    if missing := [name for name in (*needed, *named) if name not in columns]:
        raise DataRefusedError(
            f"there is no column {', '.join(map(repr, missing))}; the columns are "
            f"{', '.join(map(repr, columns))}",
            missing=missing,
        )
    if twice := sorted({name for name in columns if name and columns.count(name) > 1}):
        raise DataRefusedError(f"column {twice[0]!r} is there twice; name each once")


def _title(value: Any) -> str:
    if len(title := str(value)) > _TITLE:
        message = f"the title has {len(title)} characters; {_TITLE} are allowed"
        raise ValueError(message)
    return title


def _answer(value: Any) -> Any:
    """Return an expected answer of a type that answers have."""
    if not isinstance(value, (bool, int, float, str)):
        message = f"{str(value)[:_TITLE]!r} can be no answer"
        raise ValueError(message)  # noqa: TRY004 - told as what is wrong with the row
    if isinstance(value, str) and len(value) > _ANSWER:
        message = f"it has {len(value)} characters; {_ANSWER} are allowed"
        raise ValueError(message)
    if isinstance(value, float) and not math.isfinite(value):
        message = f"{value} can be no answer"
        raise ValueError(message)
    return value


def _split(value: Any) -> Iterator[str]:
    for tag in str(value).replace(",", " ").replace(";", " ").split():
        try:
            yield _TAG.validate_python(tag)
        except ValidationError:
            message = f"{tag[:80]!r} is no tag: letters, digits and _ . : / -, at most 50"
            raise ValueError(message) from None


def typed_case(
    case: TypedCase, signature: Signature, unknown: UnknownCategories
) -> tuple[NewCase, list[Fault]]:
    """Return a case that a person typed, and what is wrong with it."""
    fields = {one.name: one for one in signature.inputs}
    inputs, faults = {}, []
    for name, text in case.inputs.items():
        try:
            inputs[name] = typed(text or None, fields.get(name), unknown)
        except ValueError as error:
            faults.append(Fault(case=0, field=name, reason=str(error)))
    return NewCase(**case.model_dump() | {"inputs": inputs}), faults
