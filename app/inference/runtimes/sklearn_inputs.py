"""What a fitted scikit-learn estimator tells of its inputs."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from app.inference.runtimes.base import KnownInputs, default_names
from app.values.signature import FieldType

_TYPES = {
    "string": FieldType.TEXT,
    "integer": FieldType.INTEGER,
    "floating": FieldType.NUMBER,
    "mixed-integer-float": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
}


def known_inputs(estimator: Any) -> KnownInputs:
    """Return names, or else their number, and what fitted encoders tell of their columns."""
    first = _first_step(estimator)
    found = getattr(estimator, "feature_names_in_", getattr(first, "feature_names_in_", None))
    names = None if found is None else tuple(str(name) for name in found)
    fitted_on = getattr(estimator, "n_features_in_", getattr(first, "n_features_in_", None))
    width = len(names) if names else fitted_on
    columns = names or default_names(width or 0)
    fitted = dict(_fitted(first, columns))
    types = {name: _TYPES.get(_kind(values)) for name, values in fitted.items()}
    return KnownInputs(
        names=names,
        width=width,
        types={name: kind for name, kind in types.items() if kind is not None},
        categories={
            name: tuple(str(value) for value in values if not pd.isna(value))
            for name, values in fitted.items()
            if types[name] is FieldType.TEXT
        },
        missing=frozenset(name for name, values in fitted.items() if pd.isna(values).any()),
    )


def _kind(values: np.ndarray[Any, Any]) -> str:
    return pd.api.types.infer_dtype(values, skipna=True)


def _fitted(step: Any, columns: Sequence[str]) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Yield inputs with the categories that encoders were fitted on.

    Only encoders that see the inputs themselves are looked at: first steps of Pipelines, parts of a
    ColumnTransformer, and the encoder that gradient boosting makes for itself.
    """
    if isinstance(step, (OrdinalEncoder, OneHotEncoder)):
        found = getattr(step, "categories_", ())
        yield from zip(columns, map(np.asarray, found), strict=False)
    elif isinstance(step, ColumnTransformer):
        for _, part, where in getattr(step, "transformers_", ()):
            yield from _fitted(_first_step(part), chosen_columns(columns, where))
    elif isinstance(step, (HistGradientBoostingClassifier, HistGradientBoostingRegressor)):
        yield from _fitted(getattr(step, "_preprocessor", None), columns)


def _first_step(estimator: Any) -> Any:
    """Return what sees the inputs first: a Pipeline does not tell of it behind `passthrough`."""
    if not isinstance(estimator, Pipeline):
        return estimator
    steps = [one for _, one in estimator.steps if one is not None and not isinstance(one, str)]
    return _first_step(steps[0]) if steps else None


def chosen_columns(columns: Sequence[str], where: Any) -> list[str]:
    """Return the columns that a ColumnTransformer's part takes, in its order."""
    if isinstance(where, str):
        return [where]
    if isinstance(where, slice) and any(isinstance(end, str) for end in (where.start, where.stop)):
        return []  # by name and open at an end: rare, and only a hint is lost
    if isinstance(where, slice):
        return list(columns[where])
    if np.isscalar(where):
        return [columns[where]]  # type: ignore[call-overload]
    chosen = np.asarray(where)
    if chosen.dtype.kind in "biu":
        return [str(name) for name in np.asarray(columns, dtype=object)[chosen]]
    return [str(name) for name in chosen]
