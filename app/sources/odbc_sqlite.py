"""Exact reading through SQLite's ODBC driver, which hands every value over as a text.

Of a float it gives 15 digits, a time stamp ends at its seconds, a text at a NUL, and an integer is
announced by its column's declaration, whatever it is. So each value is asked for as a text that
SQLite itself writes in full, beside the type that it really has.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.errors import DataRefusedError
from app.sources.exact import CutTextError

WIDE = "disparo_wide"
"""The empty temporary table whose column's declared length the driver's buffers get."""
_TYPE = "CASE WHEN typeof({c})='text' AND instr({c}, char(0)) THEN 'nul' ELSE typeof({c}) END"
# 20 digits are more than any double needs; `!` lets SQLite write more than 16.
_VALUE = (
    "CASE typeof({c}) WHEN 'real' THEN printf('%!.20g', {c}) WHEN 'blob' THEN hex({c}) "
    "ELSE CASE WHEN instr({c}, char(0)) THEN hex({c}) ELSE CAST({c} AS TEXT) END END"
)


class SqliteReader:
    """A result's rows, in tables of the types that the values have."""

    def __init__(self, raw: Any, sql: str, parameters: Any, options: dict[str, Any]) -> None:
        self.schema = _announced(raw, sql, parameters, options)
        self._max_text: int = options["max_text_size"] - 1
        self._reader = raw.read_arrow_batches(
            exact(sql, len(self.schema)),
            parameters=parameters or None,
            map_schema=lambda found: pa.schema([field.with_type(pa.string()) for field in found]),
            **options,
        )

    def __iter__(self) -> Iterator[pa.Table]:
        return self

    def __next__(self) -> pa.Table:
        batch = next(self._reader)
        columns = [
            _decoded(name, batch.column(2 * index), batch.column(2 * index + 1), self._max_text)
            for index, name in enumerate(self.schema.names)
        ]
        return pa.table(columns, names=self.schema.names)


def exact(sql: str, columns: int) -> str:
    """Return SQL that gives the type and the whole value of each column, as texts."""
    names = [f"c{index}" for index in range(columns)]
    chosen = ", ".join(f"{_TYPE.format(c=c)}, {_VALUE.format(c=c)}" for c in names)
    widths = ", ".join(["w"] * (2 * columns))
    # The first part of a compound says how long its values may be: else the driver says 255.
    return (
        f"WITH disparo_q({', '.join(names)}) AS ({sql}\n) SELECT {widths} FROM {WIDE} "
        f"UNION ALL SELECT {chosen} FROM disparo_q"
    )


def _announced(raw: Any, sql: str, parameters: Any, options: dict[str, Any]) -> pa.Schema:
    schema = raw.read_arrow_batches(sql, parameters=parameters or None, **options).schema
    # The driver gives names that are not ASCII a tail behind a NUL.
    return pa.schema([field.with_name(field.name.partition("\0")[0]) for field in schema])


def _decoded(name: str, types: pa.Array, values: pa.Array, max_text: int) -> pa.Array:
    kinds = set(pc.unique(types).to_pylist()) - {"null"}
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {"integer"}:
        return values.cast(pa.int64())
    if kinds <= {"integer", "real"}:
        return _numbers(name, types, values)
    if kinds <= {"text", "nul"}:
        return _texts(types, values, max_text)
    if kinds == {"blob"}:
        return pa.array(_from_hex(values))
    raise DataRefusedError(
        f"column {name!r} holds values of several types ({', '.join(sorted(kinds))}); cast it to "
        "one in the query",
        column=name,
    )


def _numbers(name: str, types: pa.Array, values: pa.Array) -> pa.Array:
    whole = values.filter(pc.equal(types, "integer")).cast(pa.int64())
    try:
        whole.cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise DataRefusedError(
            f"column {name!r} holds fractions, and integers that no float holds: {error}; cast it "
            "to one type in the query",
            column=name,
        ) from error
    return values.cast(pa.float64())


def _texts(types: pa.Array, values: pa.Array, max_text: int) -> pa.Array:
    has_nul = pc.equal(types, "nul")
    if pc.any(has_nul).as_py():
        decoded = [
            bytes.fromhex(value).decode() if nul else value
            for nul, value in zip(has_nul.to_pylist(), values.to_pylist(), strict=True)
        ]
        values = pa.array(decoded, pa.string())
    if (pc.max(pc.binary_length(values)).as_py() or 0) > max_text:
        raise CutTextError
    return values


def _from_hex(values: pa.Array) -> list[bytes | None]:
    return [None if value is None else bytes.fromhex(value) for value in values.to_pylist()]
