"""Many fitted trees of scikit-learn as one, which is asked once for each of them.

For a few rows scikit-learn's call of each tree costs more than the walk through it. Under one root
that chooses between the trees by an input of its own, the number of the tree, one call of
scikit-learn's own code walks through all of them.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
MOST_WALKS = 16_384
"""Rows times trees beyond which a call of each tree is as fast, and takes less memory."""


class Fields(NamedTuple):
    """What a kind of tree calls the parts of its nodes."""

    left: str
    right: str
    feature: str
    threshold: str


def under_one_root(trees: Sequence[Array], fields: Fields, feature: int) -> Array:
    """Return the nodes of all trees, behind those that choose: one fewer than there are trees.

    `feature` is the place of the tree's number among the inputs. Raises ValueError for fewer than
    two trees.
    """
    if len(trees) < 2:  # noqa: PLR2004 - one tree is under one root as it is
        message = "there is nothing to choose"
        raise ValueError(message)
    choices = len(trees) - 1
    starts = offsets(trees, choices)
    chosen = np.zeros(choices, dtype=trees[0].dtype)
    chosen[fields.feature] = feature
    _choose(chosen, fields, 0, (0, len(trees)), starts)
    moved = [_moved(nodes, fields, start) for nodes, start in zip(trees, starts, strict=True)]
    return np.concatenate([chosen, *moved])


def offsets(parts: Sequence[Any], first: int = 0) -> list[int]:
    """Return where each part starts when all are put together from `first` on."""
    return list(accumulate(map(len, parts[:-1]), initial=first))


def walks(matrix: Array, trees: int) -> Array:
    """Return each row once for each tree, with the tree's number: shape (n * trees, inputs + 1)."""
    made = np.empty((len(matrix), trees, matrix.shape[1] + 1), dtype=matrix.dtype)
    made[:, :, :-1] = matrix[:, None, :]
    made[:, :, -1] = np.arange(trees)
    return made.reshape(len(matrix) * trees, -1)


def summed(values: Array) -> Array:
    """Return the sums over axis 1, added up one by one, where a plain sum would add in pairs."""
    return np.asarray(np.add.accumulate(values, axis=1)[:, -1])


def _choose(
    nodes: Array, fields: Fields, at: int, trees: tuple[int, int], starts: Sequence[int]
) -> int:
    """Fill the nodes from `at` on that choose between trees [low, high); return the next one."""
    low, high = trees
    middle = (low + high) // 2
    nodes[at][fields.threshold] = middle - 0.5
    free = at + 1
    for side, first, end in ((fields.left, low, middle), (fields.right, middle, high)):
        if end - first == 1:
            nodes[at][side] = starts[first]
        else:
            nodes[at][side] = free
            free = _choose(nodes, fields, free, (first, end), starts)
    return free


def _moved(nodes: Array, fields: Fields, start: int) -> Array:
    """Return a tree's nodes as they are at another place."""
    found = nodes.copy()
    is_leaf = found[fields.left] == found[fields.right]
    for side in (fields.left, fields.right):
        found[side] = np.where(is_leaf, found[side], found[side] + start)
    return found
