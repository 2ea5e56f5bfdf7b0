"""What may stand in for a parameter's default."""

from datetime import date, datetime

import pytest

from app.values.base import Scalar
from app.values.parameters import require_fit

DAY = date(2013, 11, 28)
NOON = datetime(2013, 11, 28, 12)  # noqa: DTZ001 - a query's wall clock


@pytest.mark.parametrize(
    ("default", "value"),
    [
        (1, 2), (0.5, 2), (0.5, 2.5), (True, False), ("a", "b"), ("a", ""), (None, 1), (None, "a"),
        (DAY, NOON), (NOON, DAY), (DAY, "2013-11-28"), (NOON, "2013-11-28T12:00"), ("a", DAY),
    ],
)  # fmt: skip
def test_a_value_of_the_defaults_type_fits(default: Scalar, value: Scalar) -> None:
    """Whole numbers are numbers, ISO texts are dates, and null takes anything."""
    require_fit("p", default, value)


@pytest.mark.parametrize(
    ("default", "value", "words"),
    [
        (1, "two", "is an integer, as its default 1 is; got 'two'"),
        (1, 0.5, "is an integer"),
        (1, True, "is an integer"),
        (1, None, "is an integer"),
        (0.5, "0.5", "is a number"),
        (0.5, True, "is a number"),
        (True, 1, "is true or false"),
        ("a", 12, "is a text"),
        (DAY, "tomorrow", "is a date or time, as its default 2013-11-28 is; got 'tomorrow'"),
        (DAY, 20131128, "is a date or time"),
    ],
)
def test_another_type_is_refused(default: Scalar, value: Scalar, words: str) -> None:
    """The sentence names the parameter, what it is, and what was given."""
    with pytest.raises(ValueError, match=f"parameter 'p' {words}"):
        require_fit("p", default, value)
