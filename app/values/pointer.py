"""JSON Pointers (RFC 6901): the way to a value within a document."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

_BAD_TILDE = re.compile(r"~(?![01])")
_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")


def _checked(pointer: str) -> str:
    if pointer and not pointer.startswith("/"):
        raise ValueError(
            f"a JSON Pointer begins with /, e.g. /{pointer}; an empty one is the whole"
        )
    if _BAD_TILDE.search(pointer):
        raise ValueError("in a JSON Pointer ~ is written ~0, and / within a name ~1")
    return pointer


Pointer = Annotated[str, Field(max_length=1000), AfterValidator(_checked)]
"""A pointer in its string form (RFC 6901, section 5)."""


def value_at(document: Any, pointer: str) -> Any:
    """Return what the pointer leads to in a decoded document. Raises LookupError, in words."""
    found, way = document, ""
    for part in pointer.split("/")[1:]:
        found = _member(found, part.replace("~1", "/").replace("~0", "~"), way or "the document")
        way += f"/{part}"
    return found


def _member(within: Any, name: str, way: str) -> Any:
    match within:
        case dict() if name in within:
            return within[name]
        case dict():
            raise LookupError(f"{way} has no member {name!r}")
        case list() if _INDEX.fullmatch(name) and int(name) < len(within):
            return within[int(name)]
        case list():
            raise LookupError(f"{way} is an array of {len(within)}, and has no index {name!r}")
        case _:
            raise LookupError(f"{way} is neither an object nor an array")
