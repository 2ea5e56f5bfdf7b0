"""The signature of a fitted model: from the model itself, and from a sample of its inputs.

Whether an input may be missing:

- with a sample, where the sample has missing values, or a fitted encoder saw some. A model may well
  answer a row with a missing value that it never saw in training, but nobody has looked at what it
  answers; so such a row is refused with its key rather than predicted;
- without a sample, where the model answers when that input is missing: it is tried.
"""

import difflib
from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from app.errors import ModelError
from app.inference.frame import to_columns, to_frame
from app.inference.predictions import Predictions
from app.inference.runtimes.base import KnownInputs, Loaded, default_names
from app.inference.sample import read_sample
from app.values.signature import ClassLabel, FieldType, InputField, Outputs, Signature, Task

__all__ = ["derive_inputs", "derive_outputs", "derive_signature", "field_type", "read_sample"]

MOST_CATEGORIES = 1000
"""A text column with more distinct values than this is free text."""

TRIED_ROWS = 1000
"""How many rows of a sample are predicted to see what the model answers."""

MOST_TRIED_MISSING = 200
"""Of how many inputs it is tried, one by one, whether they may be missing."""

_KINDS = {
    "boolean": FieldType.BOOLEAN,
    "integer": FieldType.INTEGER,
    "floating": FieldType.NUMBER,
    "mixed-integer-float": FieldType.NUMBER,
    "decimal": FieldType.NUMBER,
    "string": FieldType.TEXT,
    "datetime64": FieldType.TIMESTAMP,
    "datetime": FieldType.TIMESTAMP,
    "date": FieldType.TIMESTAMP,
}
"""What pandas finds in a column, by the field's type that holds it."""

_MADE_UP = {
    FieldType.BOOLEAN: False,
    FieldType.INTEGER: 0,
    FieldType.NUMBER: 0.0,
    FieldType.TEXT: "",
    FieldType.TIMESTAMP: pd.Timestamp(2000, 1, 1),
}


def derive_signature(
    loaded: Loaded, sample: pd.DataFrame | None, known: KnownInputs | None = None
) -> Signature:
    """Return the inputs and the outputs of a model, having predicted with it.

    `known` is what is known of the inputs, where that is more than the file tells.

    With a sample, its columns must hold every input; further ones are ignored. Raises ModelError if
    inputs are missing from the sample or cannot be known, and if the model does not answer, or
    gives something that is no number, as it would at the first real prediction.
    """
    inputs = derive_inputs(known or loaded.inputs, sample)
    if sample is None:
        rows = _made_up(inputs)
    else:
        rows = _typical(sample[[field.name for field in inputs]])
    answer = _tried(loaded, inputs, rows)
    if sample is None:
        inputs = _tried_missing(loaded, inputs)
    signature = Signature(inputs=inputs, outputs=derive_outputs(answer))
    answer.table(signature.outputs)
    return signature


def derive_inputs(known: KnownInputs, sample: pd.DataFrame | None) -> tuple[InputField, ...]:
    """Return a field for each input; from a sample come its type, range and categories.

    Without a sample an input of which the model tells nothing is a number. Raises ModelError.
    """
    names = _names(known, sample)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ModelError(f"the model has two inputs named {', '.join(twice)}; name each once")
    keys = known.names or default_names(len(names))  # by which `known` tells of unnamed inputs
    if sample is None:
        return tuple(_bare_field(name, known) for name in names)
    _require(names, sample)
    return tuple(
        _sampled_field(name, sample[name], known, key)
        for name, key in zip(names, keys, strict=True)
    )


def _names(known: KnownInputs, sample: pd.DataFrame | None) -> tuple[str, ...]:
    if known.names is not None:
        return known.names
    if sample is None:
        if known.width is None:
            raise ModelError("the model does not tell its inputs; give a sample of them")
        return default_names(known.width)
    found = tuple(map(str, sample.columns))
    expected = default_names(known.width or 0)
    if known.width in {None, len(found)}:
        return found
    if set(expected) <= set(found):
        return expected
    raise ModelError(
        f"the model has {known.width} inputs without names, the sample has {len(found)} columns; "
        f"give one of the inputs alone, in the order of training, or named {expected[0]}, x1…"
    )


def _require(names: tuple[str, ...], sample: pd.DataFrame) -> None:
    if sample.empty:
        raise ModelError("the sample holds no rows; give one with some typical inputs")
    if missing := [name for name in names if name not in sample.columns]:
        columns = [str(column) for column in sample.columns]
        hints = [(name, difflib.get_close_matches(name, columns, n=1)) for name in missing]
        near = ", ".join(f"{match[0]!r} for {name!r}" for name, match in hints if match)
        raise ModelError(
            f"the sample lacks the inputs {', '.join(missing)}"
            + (f"; did you mean its {near}?" if near else ""),
            missing=missing,
        )


def _bare_field(name: str, known: KnownInputs) -> InputField:
    kind = known.types.get(name, FieldType.NUMBER)
    return InputField(
        name=name,
        type=kind,
        nullable=name not in known.never_missing,
        categories=_few(known.categories.get(name)),
    )


def _sampled_field(name: str, column: "pd.Series[Any]", known: KnownInputs, key: str) -> InputField:
    kind = _agreed(name, field_type(name, column), known.types.get(key))
    bounds: dict[str, Any] = {}
    if kind in {FieldType.INTEGER, FieldType.NUMBER}:
        bounds = _range(column)
    elif kind is FieldType.TEXT:
        bounds["categories"] = _few(known.categories.get(key) or _distinct(column))
    nullable = bool(column.isna().any()) or key in known.missing
    return InputField(name=name, type=kind, nullable=nullable, **bounds)


def _agreed(name: str, sampled: FieldType | None, known: FieldType | None) -> FieldType:
    """Return an input's type; the sample and what an encoder was fitted on must not contradict."""
    if sampled is None or known is None:
        return sampled or known or FieldType.NUMBER
    if (sampled is FieldType.TEXT) != (known is FieldType.TEXT):
        raise ModelError(
            f"the sample's column {name!r} is {sampled}, but the model was trained on {known}; "
            "a Parquet file keeps types that a CSV file loses"
        )
    return sampled


def field_type(name: str, column: "pd.Series[Any]") -> FieldType | None:
    """Return the type that holds a sample's column; None where every value is missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    found = pd.api.types.infer_dtype(column, skipna=True)
    if found == "empty" or (column.isna().all() and found in {"floating", "boolean"}):
        return None
    try:
        return _KINDS[found]
    except KeyError:
        raise ModelError(
            f"the sample's column {name!r} holds {found} values, which no source can give; "
            f"make them all one of {', '.join(FieldType)}"
        ) from None


def _range(column: "pd.Series[Any]") -> dict[str, float]:
    numbers = column.dropna().to_numpy(dtype=float)
    finite = numbers[np.isfinite(numbers)]
    return {"minimum": float(finite.min()), "maximum": float(finite.max())} if len(finite) else {}


def _distinct(column: "pd.Series[Any]") -> tuple[str, ...]:
    return tuple(sorted(map(str, column.dropna().unique())))


def _few(categories: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return categories if categories and len(categories) <= MOST_CATEGORIES else None


def derive_outputs(answer: Predictions) -> Outputs:
    """Return what a model answers, seen from its answer to some rows. Raises ModelError."""
    if answer.labels is None:
        values = answer.values
        if values is None or values.ndim not in {1, 2}:
            raise ModelError("the model gives neither labels nor one or several values a row")
        return Outputs(task=Task.REGRESSION, values=1 if values.ndim == 1 else values.shape[1])
    classes = () if answer.classes is None else _usable(answer.classes)
    return Outputs(
        task=Task.CLASSIFICATION if classes else Task.LABELLING,
        classes=classes,
        probabilities=answer.probabilities is not None,
        label_type=_label_type(answer.labels if answer.classes is None else answer.classes),
    )


def _usable(classes: npt.NDArray[Any]) -> tuple[ClassLabel, ...]:
    labels: list[ClassLabel] = classes.tolist()
    if len(set(map(str, labels))) < len(labels):
        raise ModelError(
            f"the model has two classes that read alike: {', '.join(map(str, labels))}"
        )
    return tuple(labels)


def _label_type(labels: npt.NDArray[Any]) -> FieldType:
    found = _KINDS.get(pd.api.types.infer_dtype(labels, skipna=False))
    if found is None or found is FieldType.TIMESTAMP:
        raise ModelError(
            f"the model's labels are of type {type(labels.flat[0]).__name__}; "
            "they can be texts, numbers or booleans, and all must be of one type"
        )
    return found


def _made_up(inputs: tuple[InputField, ...]) -> pd.DataFrame:
    """Return one row that fits the inputs, to try a model on that came without a sample."""
    row = {field.name: (field.categories or (_MADE_UP[field.type],))[0] for field in inputs}
    return pd.DataFrame([row])


def _typical(sample: pd.DataFrame) -> pd.DataFrame:
    """Return the first rows, and for each input with missing values one that has one."""
    missing = sample.isna().to_numpy()
    first = missing.argmax(axis=0)[missing.any(axis=0)]
    chosen = sorted({*range(min(TRIED_ROWS, len(sample))), *first.tolist()})
    return sample.iloc[chosen]


def _tried(loaded: Loaded, inputs: tuple[InputField, ...], rows: pd.DataFrame) -> Predictions:
    """Predict the way that a dispatch will, from typed columns, and check every answer."""
    asked = Signature(inputs=inputs, outputs=Outputs(task=Task.LABELLING))
    try:
        columns = to_columns(rows, asked)
    except (pa.ArrowException, OverflowError) as error:
        raise ModelError(f"the sample holds a value that no source can give: {error}") from error
    answer = loaded.predict(to_frame(columns, asked))
    answer.check(pa.array(rows.index.tolist()))
    return answer


def _tried_missing(loaded: Loaded, inputs: tuple[InputField, ...]) -> tuple[InputField, ...]:
    """Find out which inputs a model answers without; beyond a number of them, that none may be."""
    row = _made_up(inputs)
    nullable = {
        field.name
        for field in islice(_candidates(inputs), MOST_TRIED_MISSING)
        if _answers(loaded, inputs, row.assign(**{field.name: None}))
    }
    return tuple(field.model_copy(update={"nullable": field.name in nullable}) for field in inputs)


def _candidates(inputs: tuple[InputField, ...]) -> Iterable[InputField]:
    return (field for field in inputs if field.nullable)


def _answers(loaded: Loaded, inputs: tuple[InputField, ...], row: pd.DataFrame) -> bool:
    try:
        _tried(loaded, inputs, row)
    except ModelError:
        return False
    return True
