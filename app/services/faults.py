"""What is wrong with what people and programs send, in plain words: pydantic's are for programmers.

What was sent may be secret, so none of it is told but the word that names a kind.
"""

from collections.abc import Mapping, Sequence
from typing import Any

_FORMS = {
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": "must be a name: letters, digits, dots, hyphens and "
    "underscores, a letter or a digit first",
    r"^https?://": "must be a URL that begins with http:// or https://",
    "]+@[": "must be an address such as ops@example.org",
}
"""What texts must look like: by their pattern, or else by what stands in it."""
_TYPES = {
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "missing": "is missing",
    "extra_forbidden": "there is no such key",
    "time_delta_parsing": "is no duration; write e.g. PT30M, PT2H or P1D",
    "time_delta_type": "is no duration; write e.g. PT30M, PT2H or P1D",
    "timezone_aware": "the time has no offset; write e.g. 2013-11-28T07:30:00Z or …-05:00",
}
_BOUNDS = {
    "greater_than": ("must be more than", "gt"),
    "greater_than_equal": ("must be at least", "ge"),
    "less_than": ("must be less than", "lt"),
    "less_than_equal": ("must be at most", "le"),
}
_SENT = {dict: "keys with values", list: "a list", str: "text", bool: "true or false"}
Fault = Mapping[str, Any]
"""An error as pydantic tells it."""


def distinct(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults without those of lists that are too short because their entries are wrong."""
    return [one for one in faults if one["type"] != "too_short" or not _has_inner(one, faults)]


def _has_inner(fault: Fault, faults: Sequence[Fault]) -> bool:
    place = tuple(fault["loc"])
    return any(len(one["loc"]) > len(place) and one["loc"][: len(place)] == place for one in faults)


def words(fault: Fault) -> str:
    """Say what is wrong at a fault's place."""
    kind, facts = fault["type"], fault.get("ctx", {})
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _BOUNDS:
        bound, name = _BOUNDS[kind]
        return f"{bound} {facts[name]}"
    return _of_text(kind, facts) or _of_several(kind, facts) or _of_kinds(fault) or _own(fault)


def _of_text(kind: str, facts: Mapping[str, Any]) -> str | None:
    match kind:
        case "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {facts['max_length']} characters"
        case "string_pattern_mismatch":
            pattern = facts["pattern"]
            near = (told for part, told in _FORMS.items() if part in pattern)
            return _FORMS.get(pattern) or next(near, None)
        case _:
            return None


def _of_several(kind: str, facts: Mapping[str, Any]) -> str | None:
    match kind:
        case "too_short":
            return f"must have at least {_entries(facts['min_length'])}"
        case "too_long":
            return f"must have at most {_entries(facts['max_length'])}"
        case _:
            return None


def _of_kinds(fault: Fault) -> str | None:
    facts = fault.get("ctx", {})
    match fault["type"]:
        case "literal_error" | "enum":
            return f"must be {facts['expected']}"
        case "union_tag_invalid":
            known = facts["expected_tags"]
            return f"there is no {facts['discriminator']} {facts['tag']!r}; it is one of {known}"
        case "union_tag_not_found":
            return f"its {facts['discriminator']} is missing, which says what it is"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"must be keys with values, not {_sent(fault.get('input'))}"
        case _:
            return None


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


def _sent(value: object) -> str:
    return "nothing" if value is None else _SENT.get(type(value), "a number")


def _own(fault: Fault) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")
