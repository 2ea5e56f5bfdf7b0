"""The rows of a tryout beside the model: how each column fits, and the answer to each row."""

import difflib
import math
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa

from app.errors import AppError, DataRefusedError
from app.inference.frame import to_frame
from app.inference.runtimes.base import Loaded
from app.sources.collect import LONGEST_SHOWN, checked, faults
from app.values.signature import InputField, Signature
from app.values.tryout import Fit, TriedColumn, TriedRow

_EXACT = 2**53
"""Whole numbers beyond it are told as text: a browser's would be others."""
_MOST_NAMED = 3


def tried_rows(
    rows: pa.Table, key: str, signature: Signature, loaded: Loaded
) -> tuple[tuple[TriedColumn, ...], tuple[TriedRow, ...]]:
    """Return all columns and rows of a tryout."""
    columns = tuple(_columns(rows, key, signature))
    is_whole = all(one.fit is not Fit.MISSING for one in columns)
    answers = list(_answers(rows, key, signature, loaded)) if is_whole else []
    values = rows.to_pylist()
    shown = [{name: _plain(value) for name, value in row.items()} for row in values]
    return columns, tuple(
        _row(row, answers[n] if is_whole else None) for n, row in enumerate(shown)
    )


def _row(values: dict[str, Any], answer: dict[str, Any] | AppError | None) -> TriedRow:
    if isinstance(answer, AppError):
        return TriedRow(values=values, fault=answer.detail)
    return TriedRow(values=values, answer=answer)


def _columns(rows: pa.Table, key: str, signature: Signature) -> Iterator[TriedColumn]:
    inputs = {field.name: field for field in signature.inputs}
    wrong = faults(rows, key, signature) if rows.num_rows and key in rows.column_names else {}
    for name in rows.column_names:
        yield _column(rows, name, inputs.get(name), wrong.get(name), is_key=name == key)
    for name in dict.fromkeys((key, *inputs)):
        if name not in rows.column_names:
            yield _missing(name, rows.column_names, inputs.get(name), is_key=name == key)


def _column(
    rows: pa.Table,
    name: str,
    field: InputField | None,
    fault: DataRefusedError | None,
    *,
    is_key: bool,
) -> TriedColumn:
    fit, detail = Fit.FITS, None
    if fault is not None:
        fit, detail = Fit.REFUSED, fault.detail
    elif field is None and not is_key:
        fit = Fit.EXTRA
    elif field is not None and (unknown := _unknown(rows.column(name), field)):
        fit, detail = Fit.UNKNOWN, unknown
    return TriedColumn(
        name=name,
        fit=fit,
        is_key=is_key,
        found=str(rows.column(name).type) if rows.num_rows else None,
        wanted=field.type if field else None,
        detail=detail,
    )


def _missing(name: str, found: list[str], field: InputField | None, *, is_key: bool) -> TriedColumn:
    near = difflib.get_close_matches(name, found, n=1)
    what = "the key" if is_key else "an input of the model"
    hint = f"did you mean {near[0]!r}? Write {near[0]} AS {name}" if near else "add it to the query"
    return TriedColumn(
        name=name,
        fit=Fit.MISSING,
        is_key=is_key,
        wanted=field.type if field else None,
        detail=f"the query lacks {what}; {hint}",
    )


def _unknown(column: pa.ChunkedArray, field: InputField) -> str | None:
    """Say which texts of a column the model was not trained with."""
    if field.categories is None:
        return None
    known = set(field.categories)
    counts = Counter(
        value for value in column.to_pylist() if value is not None and str(value) not in known
    )
    if not counts:
        return None
    named = [f"{_cut(str(value))!r} in {n}" for value, n in counts.most_common(_MOST_NAMED)]
    more = f" and {len(counts) - _MOST_NAMED} more" if len(counts) > _MOST_NAMED else ""
    return f"none of the {len(known)} categories of the training: {', '.join(named)} rows{more}"


def _answers(
    rows: pa.Table, key: str, signature: Signature, loaded: Loaded
) -> Iterator[dict[str, Any] | AppError]:
    """Yield the answer to each row: of all at once, as in a dispatch, or else of each by itself."""
    if rows.num_rows == 0:
        return
    try:
        yield from _predicted(rows, key, signature, loaded)
    except AppError:
        for n in range(rows.num_rows):
            try:
                yield from _predicted(rows.slice(n, 1), key, signature, loaded)
            except AppError as error:
                yield error


def _predicted(
    rows: pa.Table, key: str, signature: Signature, loaded: Loaded
) -> list[dict[str, Any]]:
    batch = checked(rows, key, signature)
    answer = loaded.predict(to_frame(batch, signature))
    answer.check(batch.column(key))
    plain = answer.table(signature.outputs).to_pylist()
    return [{name: _plain(value) for name, value in one.items()} for one in plain]


def _plain(value: object) -> object:
    """Return a value as JSON carries it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return _cut(value.hex())
    return _cut(f"{value:f}" if isinstance(value, Decimal) else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
