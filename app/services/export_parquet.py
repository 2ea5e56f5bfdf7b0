"""Rows as a Parquet file, of which only one group of rows is held at a time."""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from app.inference.frame import ARROW_TYPES
from app.values.export import RECEIVED, ExportColumn, Row
from app.values.signature import FieldType

_GROUP = 10_000
"""Rows of one group, about: the end of a file lists all groups."""


class _Sink(io.RawIOBase):
    """A file that is taken away as it grows."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self._size += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        found, self._pieces = b"".join(self._pieces), []
        return found


def as_parquet(columns: Sequence[ExportColumn], parts: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """Yield the rows, typed as the columns are; what is missing is null."""
    schema = pa.schema([pa.field(one.name, _type(one)) for one in columns])
    sink = _Sink()
    with pq.ParquetWriter(sink, schema) as writer:
        waiting: list[pa.RecordBatch] = []
        for rows in parts:
            waiting.append(_batch(columns, rows, schema))
            if sum(one.num_rows for one in waiting) >= _GROUP:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting.clear()
                yield sink.taken()
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting))
    yield sink.taken()


def _type(column: ExportColumn) -> pa.DataType:
    return pa.timestamp("us", "UTC") if column.name == RECEIVED else ARROW_TYPES[column.type]


def _batch(
    columns: Sequence[ExportColumn], rows: Sequence[Row], schema: pa.Schema
) -> pa.RecordBatch:
    arrays = [
        pa.array([_cell(row.get(one.name), one.type) for row in rows], _type(one))
        for one in columns
    ]
    return pa.record_batch(arrays, schema=schema)


def _cell(value: Any, kind: FieldType) -> Any:
    """Return a value of JSON as one of the column's type."""
    if value is None or isinstance(value, datetime):
        return value
    match kind:
        case FieldType.NUMBER:
            return float(value)
        case FieldType.TIMESTAMP:
            return msgspec.convert(value, datetime)
        case FieldType.TEXT if not isinstance(value, str):
            return msgspec.json.encode(value).decode()
        case _:
            return value
