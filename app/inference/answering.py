"""From rows to answers: what the Showroom asks of a version."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from app.inference.decoding import Row
from app.inference.frame import ARROW_TYPES, to_frame
from app.inference.predictions import Predictions
from app.inference.quick import Quick, is_proven
from app.inference.runtimes.base import Loaded
from app.values.signature import ClassLabel, FieldType, Signature, Task

Output = dict[str, Any]
"""`label` and `probabilities` by class, or `value`, or `values`."""


class Answerer:
    """Answers rows with a loaded version, the same as a dispatch answers them."""

    def __init__(self, loaded: Loaded, signature: Signature, cases: Sequence[Row] = ()) -> None:
        """`cases` are rows like those of the training, on which the quick way is tried."""
        self._loaded = loaded
        self._signature = signature
        self._types = [ARROW_TYPES[field.type] for field in signature.inputs]
        self._quick = self._proven(cases)

    @property
    def is_quick(self) -> bool:
        """Tell whether rows are answered without data frames."""
        return self._quick is not None

    def _proven(self, cases: Sequence[Row]) -> Quick | None:
        plain = getattr(self._loaded, "plain", None)
        if any(field.type is FieldType.TIMESTAMP for field in self._signature.inputs):
            return None
        answer = None if plain is None else plain(self._signature.input_names)
        if answer is None:
            return None
        quick = Quick(answer, self._signature)
        return quick if is_proven(quick, self._slow, self._signature, cases) else None

    def predict(self, rows: Sequence[Row]) -> Predictions:
        """Return the usable answers to rows. Raises ModelError."""
        answers = None if self._quick is None else self._quick(rows)
        answers = answers or self._slow(rows)
        answers.check(range(len(rows)))
        return answers

    def _slow(self, rows: Sequence[Row]) -> Predictions:
        """Answer the way that a dispatch does."""
        return self._loaded.predict(self.frame(rows))

    def frame(self, rows: Sequence[Row]) -> pd.DataFrame:
        """Return rows as the model sees them in a dispatch."""
        arrays = [
            pa.array(column, kind)
            for column, kind in zip(zip(*rows, strict=True), self._types, strict=True)
        ]
        table = pa.table(arrays, names=list(self._signature.input_names))
        return to_frame(table, self._signature)

    def outputs(self, rows: Sequence[Row]) -> list[Output]:
        """Return the answer to each row in the words of the interface. Raises ModelError."""
        return outputs(self.predict(rows), self._signature)


def outputs(answers: Predictions, signature: Signature) -> list[Output]:
    """Return each answer as JSON carries it. Raises ModelError for what no signature foresees."""
    expected = signature.outputs
    answers.require(expected)
    if expected.task is Task.REGRESSION:
        name = "value" if expected.values == 1 else "values"
        values = np.asarray(answers.values, dtype=float)
        if expected.values == 1:
            values = values.reshape(-1)
        return [{name: value} for value in values.tolist()]
    labels = _labels(answers, expected.label_type)
    if answers.probabilities is None:
        return [{"label": label} for label in labels]
    names = [str(label) for label in expected.classes]
    chances = np.asarray(answers.probabilities, dtype=float).tolist()
    return [
        {"label": label, "probabilities": dict(zip(names, chance, strict=True))}
        for label, chance in zip(labels, chances, strict=True)
    ]


def _labels(answers: Predictions, kind: FieldType) -> list[Any]:
    labels = np.asarray(answers.labels).tolist()
    return list(map(str, labels)) if kind is FieldType.TEXT else labels


def given(output: Output) -> ClassLabel | None:
    """Return the label of an output, or its value; None for one of several values."""
    answer = output.get("label", output.get("value"))
    return answer if isinstance(answer, bool | int | float | str) else None
