"""Compares what a version is asked with the sample that it was registered with, input by input.

Cases are added one by one, or column by column; of each a number, or less, is kept.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np

from app.inference.drift import (
    Counts,
    Numbers,
    bin_counts,
    chi_squared,
    kolmogorov_smirnov,
    psi,
    quantile_edges,
)
from app.values.model_health import Bin, InputHealth, LabelRate
from app.values.prediction import Case, Sample
from app.values.signature import FieldType, InputField, Outputs, Signature, Task

MOST_LABELS = 100
"""Labels whose rate is told."""
_MOST_COUNTED = 10_000
"""Different labels that are counted; a label beyond them is not."""
Counted = Iterable[tuple[Any, int]]
"""Values, and how many cases have each."""
_TEXTS = {FieldType.TEXT, FieldType.BOOLEAN}


class Column(Protocol):
    """One input."""

    def add(self, value: Any, times: int = 1) -> None:
        """Take the value of one case, or of several that have the same."""

    def result(self, cases: int) -> InputHealth:
        """Return what was found in so many cases."""


class Comparison:
    """All inputs of a version, and its labels."""

    def __init__(self, signature: Signature, sample: Sample, *, bins: int) -> None:
        self.cases = 0
        self.sample_cases = len(sample.cases)
        self._labels: Counter[str] = Counter()
        self._columns = {
            field.name: _column(field, [case.get(field.name) for case in sample.cases], bins)
            for field in signature.inputs
        }
        self._has_labels = signature.outputs.task is not Task.REGRESSION
        field = answer_field(signature.outputs)
        is_known = field is not None and bool(sample.answers)
        self._answers = _column(field, sample.answers, bins) if field and is_known else None

    def add(self, inputs: Case, answer: Any) -> None:
        """Take one case, and its label or value."""
        self.cases += 1
        for name, column in self._columns.items():
            column.add(inputs.get(name))
        if self._answers is not None:
            self._answers.add(answer)
        if self._has_labels and answer is not None:
            self._count(str(answer), 1)

    def add_counted(self, cases: int, inputs: Mapping[str, Counted], answers: Counted) -> None:
        """Take many cases, as the values that each input has and how often: a look at each once."""
        self.cases += cases
        for name, column in self._columns.items():
            for value, times in inputs[name]:
                column.add(value, times)
        for answer, times in answers:
            if self._answers is not None:
                self._answers.add(answer, times)
            if self._has_labels and answer is not None:
                self._count(str(answer), times)

    def _count(self, label: str, times: int) -> None:
        if len(self._labels) < _MOST_COUNTED or label in self._labels:
            self._labels[label] += times

    def labels(self) -> tuple[LabelRate, ...]:
        """Return the rates of the most frequent labels."""
        return tuple(
            LabelRate(label=label, cases=count, rate=count / self.cases)
            for label, count in self._labels.most_common(MOST_LABELS)
        )

    def inputs(self) -> tuple[InputHealth, ...]:
        """Return what was found of each input, in the model's order."""
        return tuple(column.result(self.cases) for column in self._columns.values())

    def answers(self) -> InputHealth | None:
        """Return what was found of the answers, as if they were an input."""
        return None if self._answers is None else self._answers.result(self.cases)


def answer_field(outputs: Outputs) -> InputField | None:
    """Return the field of an answer; None where it is not one."""
    if outputs.task is not Task.REGRESSION:
        labels = tuple(map(_text, outputs.classes))
        return InputField(name="label", type=FieldType.TEXT, categories=labels)
    return InputField(name="value", type=FieldType.NUMBER) if outputs.values == 1 else None


def _column(field: InputField, sample: list[Any], bins: int) -> Column:
    kind = _Categories if field.type in _TEXTS else _Numbers
    return kind(field, sample, bins)


class _Numbers:
    """An input of numbers or instants; instants are seconds since 1970."""

    def __init__(self, field: InputField, sample: list[Any], bins: int) -> None:
        self._field = field
        self._sample_cases = len(sample)
        self._sample = np.array([one for one in map(_number, sample) if one is not None])
        self._edges = quantile_edges(self._sample, bins) if len(self._sample) else np.empty(0)
        self._values = array("d")

    def add(self, value: Any, times: int = 1) -> None:
        """Take the value of one case, or of several."""
        number = _number(value)
        if number is not None:
            self._values.extend([number] * times)

    def result(self, cases: int) -> InputHealth:
        """Return what was found."""
        values = np.array(self._values)
        missing = cases - len(values)
        found = InputHealth(name=self._field.name, type=self._field.type, missing=missing / cases)
        if not len(self._sample):
            return found
        sample_missing = self._sample_cases - len(self._sample)
        before = [*bin_counts(self._edges, self._sample), sample_missing]
        after = [*bin_counts(self._edges, values), missing]
        names = [*_intervals(self._edges, self._field.type), "missing"]
        return found.model_copy(
            update={
                "sample_missing": sample_missing / self._sample_cases,
                "psi": psi(before, after),
                "test": kolmogorov_smirnov(self._sample, values),
                "bins": _bins(names, before, after),
            }
        )


class _Categories:
    """An input of texts or booleans: the most frequent ones of the sample have a bin each.

    Free text, of which the signature knows no categories, is not compared.
    """

    def __init__(self, field: InputField, sample: list[Any], bins: int) -> None:
        self._field = field
        self._sample_cases = len(sample)
        known = [_text(value) for value in sample if value is not None]
        self._sample = Counter(known)
        self._own = [name for name, _ in self._sample.most_common(bins)]
        self._known = None if field.categories is None else frozenset(field.categories)
        self._counts = dict.fromkeys(self._own, 0)
        self._others = self._unseen = self._missing = 0

    def add(self, value: Any, times: int = 1) -> None:
        """Take the value of one case, or of several."""
        if value is None:
            self._missing += times
            return
        text = _text(value)
        if text in self._counts:
            self._counts[text] += times
        else:
            self._others += times
        if self._known is not None and text not in self._known:
            self._unseen += times

    def result(self, cases: int) -> InputHealth:
        """Return what was found."""
        found = InputHealth(
            name=self._field.name,
            type=self._field.type,
            missing=self._missing / cases,
            unseen=None if self._known is None else self._unseen / cases,
        )
        if not self._sample_cases:
            return found
        sample_missing = self._sample_cases - self._sample.total()
        update: dict[str, Any] = {"sample_missing": sample_missing / self._sample_cases}
        is_free = self._field.type is FieldType.TEXT and self._known is None
        if self._own and not is_free:
            own = [self._sample[name] for name in self._own]
            before = [*own, self._sample.total() - sum(own), sample_missing]
            after = [*self._counts.values(), self._others, self._missing]
            update["psi"] = psi(before, after)
            update["test"] = chi_squared(before, after)
            update["bins"] = _bins([*self._own, "others", "missing"], before, after)
        return found.model_copy(update=update)


def _bins(names: Iterable[str], before: Counts, after: Counts) -> tuple[Bin, ...]:
    total, recent = sum(before), sum(after)
    return tuple(
        Bin(name=name, sample=float(one / total), recent=float(other / recent))
        for name, one, other in zip(names, before, after, strict=True)
    )


def _intervals(edges: Numbers, kind: FieldType) -> list[str]:
    """Return names of the bins."""
    shown = [_shown(edge, kind) for edge in edges.tolist()]
    names = [*(f"to {edge}" for edge in shown), f"over {shown[-1]}"]
    if len(edges) > 1 and np.nextafter(edges[1], -np.inf) == edges[0]:
        names[0] = f"under {shown[1]}"
    return names


def _shown(edge: float, kind: FieldType) -> str:
    if kind is FieldType.TIMESTAMP:
        return f"{np.datetime64(int(edge), 's')}"
    return f"{edge:.6g}"


def _number(value: Any) -> float | None:
    """Return a value as a number; None for what is missing, or is none and so cannot be read."""
    try:
        number = _seconds(value) if isinstance(value, str) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if np.isfinite(number) else None


def _seconds(text: str) -> float:
    """Return an instant as seconds since 1970; one without an offset is taken for UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
