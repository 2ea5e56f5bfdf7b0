"""A fitted scikit-learn model as its last step and the matrix that this step sees.

Each column of the matrix is known to come from one input, so that what is said of the columns can
be said of the inputs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from app.inference.runtimes.sklearn_inputs import chosen_columns

Array = npt.NDArray[Any]
MOST_COLUMNS = 20_000
"""A wider matrix is not made: it would be held in memory whole, for the sample too."""
_ONE_TO_ONE = frozenset(
    {
        MaxAbsScaler,
        MinMaxScaler,
        OrdinalEncoder,
        PowerTransformer,
        QuantileTransformer,
        RobustScaler,
        SimpleImputer,
        StandardScaler,
    }
)
"""Steps that make one column of each. Only these very classes: a subclass may do otherwise."""


class UnknownOriginError(Exception):
    """A column of the matrix cannot be told to come from one input."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """The two halves of a model."""

    last: Any
    """The fitted step that answers."""
    places: Array
    """Shape (columns,): the place among the inputs that each column comes from."""
    transform: Callable[[pd.DataFrame], Any]

    def matrix(self, frame: pd.DataFrame) -> Array:
        """Return what the last step sees of n rows, shape (n, columns).

        Raises ValueError or TypeError for what is no matrix of numbers.
        """
        found = self.transform(frame)
        dense = found.toarray() if scipy.sparse.issparse(found) else found
        return np.asarray(dense, dtype=float).reshape(len(frame), len(self.places))


def parts(estimator: Any, names: Sequence[str], laid: Callable[[pd.DataFrame], Any]) -> Parts:
    """Return a model's halves; `laid` makes of a frame what the model was fitted on.

    Raises UnknownOriginError.
    """
    if type(estimator) is not Pipeline:
        return Parts(last=estimator, places=np.arange(len(names)), transform=laid)
    head, last = estimator[:-1], estimator.steps[-1][1]
    places = list(range(len(names)))
    for _, step in head.steps:
        places = _through(step, places, names)
    if len(places) > MOST_COLUMNS:
        raise UnknownOriginError("the matrix is too wide")
    return Parts(
        last=last,
        places=np.asarray(places),
        transform=lambda frame: head.transform(laid(frame)) if head.steps else laid(frame),
    )


def _through(step: Any, places: list[int], names: Sequence[str]) -> list[int]:
    """Return where the columns that a step makes come from, given where those it takes do."""
    if type(step) is Pipeline:
        for _, inner in step.steps:
            places = _through(inner, places, names)
        return places
    if type(step) is ColumnTransformer:
        return _spread(step, places, names)
    if type(step) is OneHotEncoder:
        return _one_hot(step, places)
    return places if _is_one_to_one(step) else _of_one_input(step, places)


def _is_one_to_one(step: Any) -> bool:
    """Tell whether a step makes one column of each, and no other."""
    if step is None or step == "passthrough":
        return True
    if type(step) is FunctionTransformer:
        return step.func is None  # what a ColumnTransformer makes of `passthrough`
    return type(step) in _ONE_TO_ONE and _keeps_width(step)


def _keeps_width(step: Any) -> bool:
    """Tell whether an imputer adds no column and leaves none out."""
    if type(step) is not SimpleImputer:
        return True
    is_empty = pd.isna(np.asarray(step.statistics_, dtype=object))
    return not step.add_indicator and (step.keep_empty_features or not is_empty.any())


def _spread(step: ColumnTransformer, places: list[int], names: Sequence[str]) -> list[int]:
    if len(places) != len(names):
        raise UnknownOriginError("columns are chosen from others than the inputs")
    found: dict[int, int] = {}
    for name, part, where in step.transformers_:
        if part == "drop":
            continue
        # By place: what a step before has made of the inputs need not have their names.
        chosen = [places[list(names).index(one)] for one in chosen_columns(names, where)]
        made = _through(part, chosen, names)
        span = step.output_indices_[name]
        if span.stop - span.start != len(made):
            raise UnknownOriginError(f"{name!r} makes another number of columns than is known")
        found |= dict(zip(range(span.start, span.stop), made, strict=True))
    return [found[at] for at in range(len(found))]


def _one_hot(step: OneHotEncoder, places: list[int]) -> list[int]:
    return [place for place, width in zip(places, _widths(step), strict=True) for _ in range(width)]


def _widths(step: OneHotEncoder) -> Iterator[int]:
    """Yield how many columns are made of each: rare categories share one, one may be left out."""
    rare = getattr(step, "infrequent_categories_", None) or [None] * len(step.categories_)
    for at, categories in enumerate(step.categories_):
        shared = 0 if rare[at] is None else len(rare[at]) - 1
        dropped = step.drop_idx_ is not None and step.drop_idx_[at] is not None
        yield len(categories) - shared - int(dropped)


def _of_one_input(step: Any, places: list[int]) -> list[int]:
    """Whatever a step makes of one input comes from that one."""
    if len(set(places)) != 1:
        raise UnknownOriginError(f"{type(step).__name__} mixes its inputs")
    names = getattr(step, "get_feature_names_out", None)
    if names is None:
        raise UnknownOriginError(f"{type(step).__name__} does not tell what it makes")
    return places[:1] * len(names())
