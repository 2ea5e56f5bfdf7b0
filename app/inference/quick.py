"""The quick way from rows to answers, where it is proven to give the very same.

The one way (frame.py) makes a data frame, on which scikit-learn spends most of the time of a small
batch. A model that can be taken apart answers arrays instead; but it does so only after both ways
gave the same bits for rows like those that the model was trained on, alone and together.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.errors import AppError
from app.inference.decoding import Row
from app.inference.predictions import Predictions
from app.inference.runtimes.sklearn_plain import Columns
from app.values.signature import FieldType, InputField, Signature

Answer = Callable[[Sequence[Row]], Predictions]
_EXACT = 2.0**53
"""Beyond this a float64 cannot hold each integer."""
_TRIED = 100
_TRIED_ALONE = 4
_TRIED_HOLED = 20
_UNKNOWN = "none of the categories"


class Quick:
    """Answers rows as arrays."""

    def __init__(self, answer: Callable[[Columns], Predictions], signature: Signature) -> None:
        self._answer = answer
        places = range(len(signature.inputs))
        kinds = [field.type for field in signature.inputs]
        self._texts = [place for place in places if kinds[place] is FieldType.TEXT]
        self._numbers = [place for place in places if kinds[place] is not FieldType.TEXT]
        self._rows = {place: row for row, place in enumerate(self._numbers)}
        self._integers = [
            self._rows[place] for place in places if kinds[place] is FieldType.INTEGER
        ]

    def __call__(self, rows: Sequence[Row]) -> Predictions | None:
        """Return the answers; None for rows that arrays would not hold exactly."""
        columns = list(zip(*rows, strict=True))
        numbers = np.array([columns[place] for place in self._numbers], dtype=float)
        numbers = numbers.reshape(len(self._numbers), len(rows))  # even if there are none
        if self._integers and (np.abs(numbers[self._integers]) > _EXACT).any():
            return None
        texts = {place: _texts(columns[place]) for place in self._texts}
        return self._answer(Columns(numbers, self._rows, texts))


def _texts(column: Sequence[object]) -> npt.NDArray[np.generic]:
    array = np.empty(len(column), dtype=object)
    array[:] = column
    if None in column:
        array[array == None] = np.nan  # noqa: E711 - element by element
    return array


def is_proven(quick: Quick, slow: Answer, signature: Signature, cases: Sequence[Row]) -> bool:
    """Tell whether both ways answer alike: `cases` and made-up rows, together and alone.

    Among those that are tried alone some lack a value, or hold a category that nobody knows.
    """
    known, made_up = cases[:_TRIED], list(_made_up(signature, _TRIED))
    alone = [*_some(known), *_some(made_up), *islice(_holed(signature, known), _TRIED_HOLED)]
    groups = [known, made_up, *([row] for row in alone)]
    return all(_same(quick, slow, rows) for rows in groups if rows)


def _some(rows: Sequence[Row]) -> Sequence[Row]:
    return rows[:: max(1, len(rows) // _TRIED_ALONE)][:_TRIED_ALONE]


def _same(quick: Quick, slow: Answer, rows: Sequence[Row]) -> bool:
    try:
        expected = slow(rows)
    except AppError:
        return _refuses(quick, rows)
    try:
        found = quick(rows)
    except AppError:
        return False
    return found is None or all(
        _equal(getattr(found, part), getattr(expected, part))
        for part in ("labels", "probabilities", "values", "classes")
    )


def _refuses(quick: Quick, rows: Sequence[Row]) -> bool:
    try:
        answers = quick(rows)
        if answers is not None:
            answers.check(pa.array(range(len(rows))))
    except AppError:
        return True
    return answers is None


def _equal(one: npt.NDArray[np.generic] | None, other: npt.NDArray[np.generic] | None) -> bool:
    if one is None or other is None:
        return one is other
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype == object:
        return bool(one.tolist() == other.tolist())
    return one.tobytes() == other.tobytes()


def _made_up(signature: Signature, count: int) -> Iterator[Row]:
    """Yield rows that the signature allows."""
    draw = np.random.default_rng(0)
    for _ in range(count):
        yield tuple(_value(field, draw) for field in signature.inputs)


def _value(field: InputField, draw: np.random.Generator) -> object:
    low, high = field.minimum or 0.0, field.maximum or 1.0
    match field.type:
        case FieldType.TEXT:
            known = field.categories or ("", _UNKNOWN)
            return str(known[draw.integers(len(known))])
        case FieldType.BOOLEAN:
            return bool(draw.integers(2))
        case FieldType.INTEGER:
            return round(draw.uniform(low, high))
        case _:
            return float(draw.uniform(low, high))


def _holed(signature: Signature, cases: Sequence[Row]) -> Iterator[Row]:
    """Yield rows that lack one value each, and rows with a category that nobody knows."""
    whole = next(iter(cases), None) or next(_made_up(signature, 1))
    for at, field in enumerate(signature.inputs):
        if field.nullable:
            yield (*whole[:at], None, *whole[at + 1 :])
        if field.type is FieldType.TEXT:
            yield (*whole[:at], _UNKNOWN, *whole[at + 1 :])
