"""Cases as lines of JSON: an object on each line, as they are exported."""

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from pydantic import ValidationError

from app.db.cases import json_text
from app.services.case_checks import Named
from app.services.documents import in_words
from app.values.case import NewCase, StoredCase
from app.values.case_import import CaseFile

Told = list[tuple[str | None, str]]
"""What is wrong with a line: field and reason."""
_KEYS = ("title", "inputs", "expected", "tags")


def read_lines(content: BinaryIO, asked: CaseFile) -> Iterator[tuple[Named, NewCase, Told]]:
    """Yield the lines that are not empty as cases of the model that is asked for."""
    for number, line in enumerate(content, 1):
        if line.strip():
            yield ("line", number), *_case(line, asked)


def _case(line: bytes, asked: CaseFile) -> tuple[NewCase, Told]:
    nothing = NewCase(model=asked.model, inputs={})
    try:
        document = json.loads(line.removeprefix(codecs.BOM_UTF8).decode())
    except (ValueError, RecursionError) as error:  # what is no UTF-8 is a ValueError too
        return nothing, [(None, f"that is no JSON: {error}")]
    if not isinstance(document, dict):
        return nothing, [(None, "that is no object with inputs")]
    if (model := document.get("model", asked.model)) != asked.model:
        return nothing, [
            (None, f"model: it is {model!r}, and cases of {asked.model!r} are imported")
        ]
    try:
        found = NewCase.model_validate({**document, "model": asked.model})
        more = [tag for tag in asked.tags if tag not in found.tags]
        return NewCase.model_validate(found.model_dump() | {"tags": [*found.tags, *more]}), []
    except ValidationError as error:
        return nothing, list(_told(error))


def _told(error: ValidationError) -> Iterator[tuple[str | None, str]]:
    """Yield what is wrong; an answer of no type is told once, and not type by type."""
    for one in error.errors():
        if one["type"] == "extra_forbidden":
            yield None, f"{one['loc'][0]}: there is no such key"
        elif one["loc"][0] != "expected":
            yield None, in_words(one, "the case")
    if any(one["loc"][0] == "expected" for one in error.errors()):
        yield None, "expected: an answer is true, false, a number or a text"


def as_lines(cases: Iterable[StoredCase]) -> Iterator[str]:
    """Yield cases as lines, without what is this database's own."""
    for case in cases:
        plain: dict[str, Any] = case.model_dump(mode="json", include=set(_KEYS))
        yield json_text(plain) + "\n"
