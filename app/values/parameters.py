"""Whether a value given for a run may stand in for a parameter's default."""

from datetime import date, datetime

from app.values.base import Scalar

_Kinds = tuple[type, ...]


def require_fit(name: str, default: Scalar, value: Scalar) -> None:
    """Raise ValueError unless the value is of its default's type; a default of null takes any.

    A whole number may stand for a number, and a text in ISO 8601 for a date.
    """
    if default is None:
        return
    words, kinds = _expected(default)
    # To Python a truth value is an integer; to a database it is not.
    is_of_kind = isinstance(value, kinds) and isinstance(value, bool) == isinstance(default, bool)
    if not is_of_kind or (isinstance(default, date) and not _is_date(value)):
        message = f"parameter {name!r} is {words}, as its default {default!s} is; got {value!r}"
        raise ValueError(message)


def _expected(default: Scalar) -> tuple[str, _Kinds]:
    if isinstance(default, bool):
        return "true or false", (bool,)
    if isinstance(default, int):
        return "an integer", (int,)
    if isinstance(default, float):
        return "a number", (int, float)
    if isinstance(default, date):
        return "a date or time", (date, str)
    # YAML and stored specs read a text such as 2013-11-28 as a date.
    return "a text", (str, date)


def _is_date(value: Scalar) -> bool:
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
    return True
