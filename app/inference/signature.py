"""The signature of a fitted model: from the model itself, and from a sample of its inputs."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from app.errors import ModelError
from app.inference.predictions import Predictions
from app.values.signature import FieldType, InputField, Outputs, Signature, Task

MOST_CATEGORIES = 1000
"""A text column with more distinct values than this is free text."""


def read_sample(path: Path, rows: int) -> pd.DataFrame:
    """Read the first `rows` rows of a CSV or Parquet file."""
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path).head(rows)
        return pd.read_csv(path, nrows=rows)
    except (OSError, ValueError) as error:
        raise ModelError(f"the sample {path} cannot be read as CSV or Parquet: {error}") from error


def input_names(estimator: Any, sample: pd.DataFrame | None) -> list[str]:
    """Return the model's inputs: as it was fitted, else as many as it wants, else the sample's."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        return [str(name) for name in names]
    if hasattr(estimator, "get_inputs"):
        return _onnx_names(estimator.get_inputs(), sample)
    wanted = getattr(estimator, "n_features_in_", None)
    if sample is not None and (wanted is None or len(sample.columns) == wanted):
        return [str(name) for name in sample.columns]
    if wanted is None:
        raise ModelError("the model does not tell its inputs; give a sample of them with --sample")
    return [f"x{n}" for n in range(wanted)]


def _onnx_names(inputs: list[Any], sample: pd.DataFrame | None) -> list[str]:
    if len(inputs) > 1:
        return [one.name for one in inputs]
    if sample is not None:
        return [str(name) for name in sample.columns]
    width = inputs[0].shape[1]
    if not isinstance(width, int):
        raise ModelError(
            "the ONNX file does not tell its inputs; give a sample of them with --sample"
        )
    return [f"x{n}" for n in range(width)]


def derive_inputs(estimator: Any, sample: pd.DataFrame | None) -> tuple[InputField, ...]:
    """Return one field an input; with a sample, its types, ranges and categories."""
    names, known = input_names(estimator, sample), dict(_fitted_categories(estimator))
    if sample is None:
        return tuple(_bare_field(name, known.get(name)) for name in names)
    if missing := [name for name in names if name not in sample.columns]:
        near = difflib.get_close_matches(missing[0], map(str, sample.columns), n=1)
        hint = f"; did you mean its column {near[0]!r}?" if near else ""
        raise ModelError(f"the sample lacks the inputs {', '.join(missing)}{hint}", missing=missing)
    return tuple(_sampled_field(name, sample[name], known.get(name)) for name in names)


def _fitted_categories(estimator: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the categories that encoders inside Pipelines and ColumnTransformers were fitted on."""
    first = estimator.steps[0][1] if isinstance(estimator, Pipeline) else estimator
    if not isinstance(first, ColumnTransformer):
        return
    for _, encoder, columns in first.transformers_:
        inner = encoder.steps[0][1] if isinstance(encoder, Pipeline) else encoder
        if isinstance(inner, (OrdinalEncoder, OneHotEncoder)) and not isinstance(columns, str):
            for column, found in zip(columns, inner.categories_, strict=True):
                if all(isinstance(one, str) for one in found if not pd.isna(one)):
                    yield str(column), tuple(one for one in found if not pd.isna(one))


def _bare_field(name: str, categories: tuple[str, ...] | None) -> InputField:
    kind = FieldType.TEXT if categories else FieldType.NUMBER
    return InputField(name=name, type=kind, categories=categories)


def _sampled_field(
    name: str, column: "pd.Series[Any]", known: tuple[str, ...] | None
) -> InputField:
    kind, nullable = field_type(name, column), bool(column.isna().any())
    if kind is FieldType.TEXT:
        distinct = known or tuple(sorted(map(str, column.dropna().unique())))
        categories = distinct if len(distinct) <= MOST_CATEGORIES else None
        return InputField(name=name, type=kind, nullable=nullable, categories=categories)
    if kind in {FieldType.INTEGER, FieldType.NUMBER} and column.notna().any():
        low, high = float(column.min()), float(column.max())
        return InputField(name=name, type=kind, nullable=nullable, minimum=low, maximum=high)
    return InputField(name=name, type=kind, nullable=nullable)


def field_type(name: str, column: "pd.Series[Any]") -> FieldType:
    """Return the type of a sample's column."""
    if types.is_bool_dtype(column):
        return FieldType.BOOLEAN
    if types.is_integer_dtype(column):
        return FieldType.INTEGER
    if types.is_float_dtype(column):
        return FieldType.NUMBER
    if types.is_datetime64_any_dtype(column):
        return FieldType.TIMESTAMP
    if types.is_string_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype):
        return FieldType.TEXT
    raise ModelError(
        f"the sample's column {name!r} has type {column.dtype}, which no source can give"
    )


def derive_outputs(estimator: Any, answer: Predictions) -> Outputs:
    """Return what the model answers, seen from `answer`, its predictions for some rows."""
    if answer.labels is None:
        values = 1 if answer.values is None or answer.values.ndim == 1 else answer.values.shape[1]
        return Outputs(task=Task.REGRESSION, values=values)
    known = getattr(estimator, "classes_", None)
    width = 0 if answer.probabilities is None else answer.probabilities.shape[1]
    labels = np.arange(width) if known is None else np.asarray(known)
    return Outputs(
        task=Task.CLASSIFICATION if known is not None or width else Task.LABELLING,
        classes=tuple(labels.tolist()),
        probabilities=width > 0,
        label_type=_label_type(answer.labels),
    )


def _label_type(labels: np.ndarray[Any, Any]) -> FieldType:
    kinds = {
        "b": FieldType.BOOLEAN,
        "i": FieldType.INTEGER,
        "u": FieldType.INTEGER,
        "f": FieldType.NUMBER,
    }
    return kinds.get(labels.dtype.kind, FieldType.TEXT)


def synthetic_row(inputs: tuple[InputField, ...]) -> pd.DataFrame:
    """Return one row that fits `inputs`, to try a model on that came without a sample."""
    values: dict[str, Any] = {
        field.name: field.categories[0] if field.categories else 0.0 for field in inputs
    }
    return pd.DataFrame([values])


def make_signature(
    estimator: Any, inputs: tuple[InputField, ...], answer: Predictions
) -> Signature:
    """Put the two halves together."""
    return Signature(inputs=inputs, outputs=derive_outputs(estimator, answer))
