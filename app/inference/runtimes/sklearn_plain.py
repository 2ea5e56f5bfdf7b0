"""A fitted scikit-learn model taken apart: its own fitted steps, called on plain arrays.

Most of the time that one row takes is spent on the handling of data frames: on the flights example
a ColumnTransformer needs 27 times as long for a row as its fitted parts do (29 ms and 1.1 ms on a
busy machine). The same parts, called on the arrays that they would have been given, compute the
same bits; whether they do is tried on rows like those of the training before it is relied on.

Only classes of scikit-learn itself are taken apart, and only where they lie in the way of arrays.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler

from app.inference.runtimes.sklearn_boosting import BOOSTED, Boosted
from app.inference.runtimes.sklearn_forests import FORESTS, plain_forest
from app.inference.runtimes.sklearn_inputs import chosen_columns
from app.inference.runtimes.sklearn_steps import Array, Logistic, Transform, encoded, scaled


class CannotTakeApartError(Exception):
    """The model holds a step that wants to see a data frame, or might."""


class Columns:
    """Rows as columns: those of numbers together, shape (k, n), and an array for each other one."""

    def __init__(
        self, numbers: Array, rows: Mapping[int, int], others: Mapping[int, Array]
    ) -> None:
        """`rows` and `others` tell by an input's place where it is."""
        self._numbers = numbers
        self._rows = rows
        self._others = others

    def __getitem__(self, rows: Array) -> "Columns":
        others = {place: array[rows] for place, array in self._others.items()}
        return Columns(self._numbers[:, rows], self._rows, others)

    def matrix(self, places: Sequence[int]) -> Array:
        """Return some of the columns side by side, each in one piece, as in a data frame.

        A linear model's last bits depend on how its rows lie in memory.
        """
        if self._others and not self._others.keys().isdisjoint(places):
            return np.stack([self._column(place) for place in places]).T
        return self._numbers.take([self._rows[place] for place in places], axis=0).T

    def _column(self, place: int) -> Array:
        other = self._others.get(place)
        return self._numbers[self._rows[place]] if other is None else other


class PlainModel:
    """The steps of a fitted model. It has the methods that the model has."""

    def __init__(self, estimator: Any, names: Sequence[str], *, is_of_array: bool) -> None:
        *steps, last = _steps(estimator)
        first, *others = steps or [None]
        self._first = _matrix_of(first, names, is_of_array=is_of_array)
        self._others = [_plain_transform(step) for step in others]
        self.last = _plain_last(last)
        for method in ("predict", "predict_proba"):
            if hasattr(estimator, method):
                setattr(self, method, self._through(getattr(self.last, method)))
        if hasattr(estimator, "classes_"):
            self.classes_ = estimator.classes_

    def _through(self, answer: Callable[[Array], Any]) -> Callable[[Columns], Any]:
        def answered(rows: Columns) -> Any:
            matrix = self._first(rows)
            for transform in self._others:
                matrix = transform(matrix)
            return answer(matrix)

        return answered


def _steps(estimator: Any) -> list[Any]:
    """Return the steps that do something, the steps of inner pipelines among them."""
    if type(estimator) is not Pipeline:
        return [estimator]
    found: list[Any] = []
    for _, step in estimator.steps:
        if step is not None and step != "passthrough":
            found += _steps(step)
    return found


def _matrix_of(step: Any, names: Sequence[str], *, is_of_array: bool) -> Transform:
    """Return what makes the first matrix of the inputs' columns."""
    if type(step) is ColumnTransformer:
        return _column_transform(step, names)
    everything = range(len(names))
    laid: Transform = np.ascontiguousarray if is_of_array else np.asarray
    transform = laid if step is None else _plain_transform(step)
    return lambda rows: transform(laid(rows.matrix(everything)))


def _column_transform(step: ColumnTransformer, names: Sequence[str]) -> Transform:
    if step.sparse_output_:
        raise CannotTakeApartError("its matrix is sparse")
    parts: list[tuple[Transform, list[int]]] = []
    for _, part, where in step.transformers_:
        places = [list(names).index(name) for name in chosen_columns(names, where)]
        if isinstance(part, str) or not places:
            if part == "passthrough":
                parts.append((lambda matrix: matrix, places))
            continue
        parts.append((_chained(part), places))

    def transformed(rows: Columns) -> Array:
        blocks = [_dense(transform(rows.matrix(places))) for transform, places in parts]
        return np.hstack(blocks)

    return transformed


def _chained(part: Any) -> Transform:
    transforms = [_plain_transform(step) for step in _steps(part)]

    def transformed(matrix: Array) -> Array:
        for transform in transforms:
            matrix = transform(matrix)
        return matrix

    return transformed


def _plain_transform(step: Any) -> Transform:
    plain = _unnamed(step)
    if type(step) is StandardScaler:
        return scaled(plain)
    if type(step) is OrdinalEncoder:
        return encoded(plain)
    transform: Transform = plain.transform
    return transform


def _plain_last(model: Any) -> Any:
    plain = _unnamed(model)
    if type(model) in FORESTS and model.n_outputs_ == 1:
        return plain_forest(plain)
    if type(model) in BOOSTED:
        # What it is made of is not for others: it may be otherwise in another release.
        with suppress(AttributeError, TypeError, ValueError):
            return Boosted(plain)
    return Logistic(plain) if type(model) is LogisticRegression else plain


def _dense(block: Any) -> Array:
    return np.asarray(block.toarray() if scipy.sparse.issparse(block) else block)


def _unnamed(step: Any) -> Any:
    """Return a step that does not miss the names of its columns. Raises CannotTakeApartError."""
    is_own = type(step).__module__.startswith("sklearn.")
    if not is_own or isinstance(step, ColumnTransformer):
        raise CannotTakeApartError(f"it has a step of type {type(step).__name__}")
    if isinstance(step, FunctionTransformer) and step.func is not None:
        raise CannotTakeApartError("it has a step that calls a function")
    plain = copy.copy(step)
    vars(plain).pop("feature_names_in_", None)
    if getattr(plain, "_sklearn_output_config", {}).get("transform", "default") != "default":
        raise CannotTakeApartError("a step makes data frames")
    return plain
