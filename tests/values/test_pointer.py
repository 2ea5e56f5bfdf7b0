"""JSON Pointers: the examples of RFC 6901, and ways that lead nowhere."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.values.pointer import Pointer, value_at

DOCUMENT: dict[str, Any] = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
"""Of RFC 6901, section 5."""


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_examples_of_the_standard(pointer: str, found: object) -> None:
    """Section 5 of RFC 6901, whole."""
    assert value_at(DOCUMENT, TypeAdapter(Pointer).validate_python(pointer)) == found


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("/no", "the document has no member 'no'"),
        ("/foo/2", "/foo is an array of 2, and has no index '2'"),
        ("/foo/-", "has no index '-'"),
        ("/foo/01", "has no index '01'"),
        ("/foo/-1", "has no index '-1'"),
        ("/foo/\u0661", "has no index"),
        ("/foo/" + "9" * 5000, "has no index"),
        ("/foo/0/x", "/foo/0 is neither an object nor an array"),
        ("/~01", "no member '~1'"),
    ],
)
def test_a_way_that_leads_nowhere_is_told(pointer: str, words: str) -> None:
    """By the place where it ends."""
    with pytest.raises(LookupError) as caught:
        value_at(DOCUMENT, pointer)
    assert words in str(caught.value)


@pytest.mark.parametrize("pointer", ["foo", "#/foo", "/a~", "/a~2b", "/" + "x" * 1000])
def test_what_is_no_pointer_is_refused(pointer: str) -> None:
    """Where it is declared, and not first when it is looked at."""
    with pytest.raises(ValidationError):
        TypeAdapter(Pointer).validate_python(pointer)
