"""Trying a version on cases of which not all may suit it: an answer, or what is wrong, for each."""

import json
from collections.abc import Sequence

from app.errors import AppError, InvalidCasesError
from app.inference.answering import Answerer, Output
from app.inference.decoding import Decoder, Row
from app.inference.runtimes.base import Loaded
from app.values.prediction import Case
from app.values.serving import UnknownCategories
from app.values.signature import Signature

_AT_ONCE = 1000
"""Cases that are predicted at once, which bounds the memory for them."""


class Trial:
    """A loaded version that answers whatever it can."""

    def __init__(self, loaded: Loaded, signature: Signature, unknown: UnknownCategories) -> None:
        self._answerer = Answerer(loaded, signature)
        self._decoder = Decoder(signature, unknown, most_faults=5)

    def answers(self, cases: Sequence[Case]) -> list[Output | AppError]:
        """Return for each case its answer, or why there is none."""
        found: list[Output | AppError] = []
        for start in range(0, len(cases), _AT_ONCE):
            found += self._some(cases[start : start + _AT_ONCE])
        return found

    def seen(self, case: Case) -> Case:
        """Return the inputs of a case as the version sees them. Raises InvalidCasesError."""
        [row] = self._decoder.rows(json.dumps([case]).encode())
        return self._decoder.case(row)

    def _some(self, cases: Sequence[Case]) -> list[Output | AppError]:
        decoded = self._decoded(cases)
        rows = [row for row in decoded if not isinstance(row, AppError)]
        outputs = iter(self._outputs(rows))
        return [row if isinstance(row, AppError) else next(outputs) for row in decoded]

    def _decoded(self, cases: Sequence[Case]) -> list[Row | AppError]:
        try:
            return list(self._decoder.rows(json.dumps(cases).encode()))
        except InvalidCasesError as error:
            if len(cases) == 1:
                return [error]
            return [row for case in cases for row in self._decoded([case])]

    def _outputs(self, rows: Sequence[Row]) -> list[Output | AppError]:
        """Answer all at once; where that fails, each half by itself, down to the one that fails."""
        if not rows:
            return []
        try:
            return list(self._answerer.outputs(rows))
        except AppError as error:
            if len(rows) == 1:
                return [error]
            middle = len(rows) // 2
            return self._outputs(rows[:middle]) + self._outputs(rows[middle:])
