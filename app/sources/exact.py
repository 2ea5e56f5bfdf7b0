"""What ODBC drivers announce or deliver inexactly, put right or refused. Never cut in silence."""

import pyarrow as pa
import pyarrow.compute as pc

_WIDER = {
    pa.float32(): pa.float64(),  # what PostgreSQL's driver calls a float8
    pa.int8(): pa.int64(),
    pa.int16(): pa.int64(),
    pa.int32(): pa.int64(),
    pa.uint8(): pa.int64(),
    pa.timestamp("s"): pa.timestamp("us"),
    pa.timestamp("ms"): pa.timestamp("us"),
    pa.timestamp("ns"): pa.timestamp("us"),
    # PostgreSQL's numeric without a precision: as a decimal it would end after six digits.
    pa.decimal128(28, 6): pa.string(),
}
_EXACT_DECIMAL = pa.decimal128(38, 18)


class CutTextError(Exception):
    """A text is longer than the buffer in which the driver delivers it."""


def asked_for(schema: pa.Schema) -> pa.Schema:
    """Return the types in which to ask the driver for its columns."""
    return pa.schema([field.with_type(_asked_type(field.type)) for field in schema])


def _asked_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_fixed_size_binary(kind) and not pa.types.is_decimal(kind):
        return pa.binary()  # arrow-odbc aborts the process over BIT(8) and the like
    return _WIDER.get(kind, kind)


def put_right(batch: pa.Table, announced: pa.Schema, max_text: int) -> pa.Table:
    """Return a batch with numerics read from their text. Raises CutTextError."""
    for index, (field, before) in enumerate(zip(batch.schema, announced, strict=True)):
        if not pa.types.is_string(field.type):
            continue
        column = batch.column(index)
        if before.type in _WIDER:
            numbers = column.cast(_EXACT_DECIMAL)
            batch = batch.set_column(index, field.with_type(_EXACT_DECIMAL), numbers)
        elif (pc.max(pc.binary_length(column)).as_py() or 0) > max_text:
            raise CutTextError
    return batch


def may_be_unsigned(batch: pa.Table) -> list[str]:
    """Return the columns whose negative numbers may be large numbers without a sign."""
    return [
        field.name
        for field, column in zip(batch.schema, batch.columns, strict=True)
        if pa.types.is_int64(field.type) and (pc.min(column).as_py() or 0) < 0
    ]


def storable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return values as SQLite keeps them, which has no type for dates and decimals: as text."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        form = "%Y-%m-%d" if pa.types.is_date(kind) else "%Y-%m-%d %H:%M:%S"
        return pc.strftime(column, format=form)  # with six digits of a fraction
    if pa.types.is_decimal(kind):
        texts = [None if one is None else format(one, "f") for one in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    return column
