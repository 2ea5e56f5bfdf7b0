"""The first rows of a file that may be small, and huge once it is unpacked."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from app.errors import ModelError

_BATCH_ROWS = 10_000
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def read_csv(path: Path, rows: int, most: int) -> pd.DataFrame:
    """Return the first rows of a CSV file, packed as its suffix says.

    Raises ModelError once more than `most` bytes of it were unpacked.
    """
    with _unpacked(path) as file:
        bounded = _Bounded(file, most)
        try:
            # One look at whole columns: in pieces, a column of mixed values would get mixed types.
            return pd.read_csv(io.BufferedReader(bounded), nrows=rows, low_memory=False)
        except ValueError:
            if bounded.is_over:  # which pandas tells otherwise
                raise _too_large(path, most) from None
            raise


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    suffix = path.suffix.lower()
    if suffix != ".zip":
        with _OPENERS.get(suffix, open)(path, "rb") as file:
            yield file
        return
    with ZipFile(path) as archive:
        names = archive.namelist()
        if len(names) != 1:
            raise ValueError(f"the archive holds {len(names)} files, and it must be one")
        with archive.open(names[0]) as file:
            yield file


class _Bounded(io.RawIOBase):
    """Reads no more than so many bytes of a file."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._left = most
        self.is_over = False

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read some bytes. Raises ValueError when there were too many."""
        piece = self._file.read(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            self.is_over = True
            raise ValueError("too many bytes")
        buffer[: len(piece)] = piece
        return len(piece)


def read_parquet(path: Path, rows: int, most: int) -> pd.DataFrame:
    """Return the first rows of a Parquet file. Raises ModelError for more than `most` bytes.

    A text that comes often stands once in the file: it is counted as often as it comes before it is
    written out so often.
    """
    with pq.ParquetFile(path) as plain:
        schema, metadata = plain.schema_arrow, plain.metadata
    texts = [field.name for field in schema if _is_text(field.type)]
    if metadata.num_row_groups and metadata.row_group(0).total_byte_size > most:
        raise _too_large(path, most)
    batches: list[pa.RecordBatch] = []
    left, size = rows, 0
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for batch in file.iter_batches(batch_size=min(rows, _BATCH_ROWS)):
            part = batch.slice(0, left)
            if (size := size + sum(map(_size, part.columns))) > most:
                raise _too_large(path, most)
            batches.append(part.cast(schema))
            if (left := left - part.num_rows) <= 0:
                break
    frame: pd.DataFrame = pa.Table.from_batches(batches, schema).to_pandas()
    return frame


def _is_text(kind: pa.DataType) -> bool:
    return any(
        is_it(kind)
        for is_it in (pa.types.is_string, pa.types.is_binary,
                      pa.types.is_large_string, pa.types.is_large_binary)
    )  # fmt: skip


def _size(column: pa.Array) -> int:
    """Return the bytes of a column, once each text is written out."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return int(pc.sum(lengths).as_py() or 0) + int(column.indices.nbytes)


def _too_large(path: Path, most: int) -> ModelError:
    return ModelError(
        f"the sample {path.name} has more than models.sample_bytes ({most}) once it is unpacked; "
        "give fewer rows or columns, or raise the setting"
    )
