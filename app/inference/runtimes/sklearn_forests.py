"""Fitted forests of scikit-learn whose trees are added up in their own order, to the same bits."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree._tree import Tree

from app.inference.runtimes.sklearn_trees import (
    MOST_WALKS,
    Array,
    Fields,
    summed,
    under_one_root,
    walks,
)

_CLASSIFYING = (RandomForestClassifier, ExtraTreesClassifier)
FORESTS = (*_CLASSIFYING, RandomForestRegressor, ExtraTreesRegressor)
_FIELDS = Fields("left_child", "right_child", "feature", "threshold")
_MOST_NODES = 1_000_000
"""Nodes of a forest beyond which it is not kept a second time."""


def plain_forest(forest: Any) -> Any:
    """Return a forest with one output, which does not miss the names of columns, taken apart."""
    return (_Classifying if type(forest) in _CLASSIFYING else _Regressing)(forest)


class _Forest:
    """A forest, for rows without gaps and infinities."""

    def __init__(self, forest: Any) -> None:
        self._forest = forest
        self._trees = [tree.tree_ for tree in forest.estimators_]
        self._width = forest.n_classes_ if type(forest) in _CLASSIFYING else 1
        self._together: Callable[[Array], Array] | None = None
        # What a tree is made of is not for others: it may be otherwise in another release.
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            self._together = _together(self._trees)

    def _mean(self, matrix: Array) -> Array | None:
        """Return the mean of the trees' answers; None: the forest itself is to answer."""
        rows = np.ascontiguousarray(matrix, dtype=np.float32)
        if rows.shape[1] != self._forest.n_features_in_ or not np.isfinite(rows).all():
            return None
        total = self._sum(rows)
        total /= len(self._trees)
        return total

    def _sum(self, rows: Array) -> Array:
        if self._together is not None and len(rows) * len(self._trees) <= MOST_WALKS:
            return self._together(rows)[:, : self._width]
        total = np.zeros((len(rows), self._width))
        for tree in self._trees:
            total += tree.predict(rows)[:, : self._width]
        return total


class _Classifying(_Forest):
    def predict_proba(self, matrix: Array) -> Array:
        mean = self._mean(matrix)
        return np.asarray(self._forest.predict_proba(matrix)) if mean is None else mean

    def predict(self, matrix: Array) -> Array:
        return np.asarray(self._forest.predict(matrix))


class _Regressing(_Forest):
    def predict(self, matrix: Array) -> Array:
        mean = self._mean(matrix)
        return np.asarray(self._forest.predict(matrix)) if mean is None else mean[:, 0]


def _together(trees: Sequence[Any]) -> Callable[[Array], Array]:
    """Return what sums up the answers of trees: rows (n, inputs) -> sums (n, classes or 1)."""
    if sum(tree.node_count for tree in trees) > _MOST_NODES:
        message = "it is too large"
        raise ValueError(message)
    states, first = [tree.__getstate__() for tree in trees], trees[0]
    nodes = under_one_root([state["nodes"] for state in states], _FIELDS, first.n_features)
    nowhere = np.zeros((len(trees) - 1, *states[0]["values"].shape[1:]))
    values = np.concatenate([nowhere, *(state["values"] for state in states)])
    tree = Tree(first.n_features + 1, first.n_classes, first.n_outputs)
    depth = len(trees) + max(state["max_depth"] for state in states)
    tree.__setstate__(
        {"max_depth": depth, "node_count": len(nodes), "nodes": nodes, "values": values}
    )

    def answered(rows: Array) -> Array:
        found = tree.predict(walks(rows, len(trees)))
        return summed(found.reshape(len(rows), len(trees), -1))

    return answered
