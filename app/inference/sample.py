"""A sample of a model's inputs: rows like those that it was trained on."""

import math
import zlib
from datetime import datetime
from lzma import LZMAError
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import pandas as pd
import pyarrow as pa

from app.errors import ConfigurationError, ModelError
from app.inference.answering import given, outputs
from app.inference.bounded_files import read_csv, read_parquet
from app.inference.frame import to_columns, to_frame
from app.inference.runtimes.base import Loaded
from app.values.prediction import Case, Sample
from app.values.signature import FieldType, Signature

SAMPLE_ROWS = 100_000
SAMPLE_BYTES = 256 * 2**20
_CSV = (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zip")


def read_sample(
    path: Path, rows: int = SAMPLE_ROWS, most_bytes: int = SAMPLE_BYTES
) -> pd.DataFrame:
    """Read the first `rows` rows of a CSV or Parquet file, whichever its suffix says.

    Raises ConfigurationError for a file that is not there, ModelError for one that is neither, is
    damaged, holds no row, or more than `most_bytes` in those rows once they are unpacked.
    """
    name = path.name.lower()
    if not name.endswith((".parquet", *_CSV)):
        raise ModelError(f"the sample {path} must be a .csv or a .parquet file")
    if not path.is_file():
        raise ConfigurationError(f"there is no file {path}; the sample is a .csv or .parquet file")
    try:
        read = read_parquet if name.endswith(".parquet") else read_csv
        sample = read(path, rows, most_bytes)
    except (OSError, ValueError, EOFError, BadZipFile, LZMAError, zlib.error) as error:
        raise ModelError(f"the sample {path} cannot be read: {error}") from error
    if sample.empty:
        raise ModelError(f"the sample {path} holds no rows; give one with some typical inputs")
    return sample


def kept(sample: pd.DataFrame, loaded: Loaded, signature: Signature, most: int) -> Sample:
    """Return up to `most` rows, spread over the sample, as cases, and what the model answers.

    Raises ModelError with the model's own words.
    """
    step = max(1, len(sample) // most)
    columns = to_columns(sample.iloc[::step].head(most), signature)
    answers = outputs(loaded.predict(to_frame(columns, signature)), signature)
    rows = zip(plain_rows(columns), map(given, answers), strict=True)
    finite = [(row, answer) for row, answer in rows if _is_finite(row)]
    return Sample(cases=[row for row, _ in finite], answers=[answer for _, answer in finite])


def plain_rows(columns: pa.Table) -> list[Case]:
    """Return the rows of columns of the signature's types; instants are text, as in JSON."""
    return [{name: plain(value) for name, value in row.items()} for row in columns.to_pylist()]


def _is_finite(row: Case) -> bool:
    """Tell whether JSON can carry a row: an infinite number it cannot."""
    return not any(isinstance(value, float) and math.isinf(value) for value in row.values())


def plain(value: Any) -> Any:
    """Return a value as JSON has it: an instant is text."""
    return value.isoformat() if isinstance(value, datetime) else value


_MADE_UP: dict[FieldType, Any] = {
    FieldType.BOOLEAN: False,
    FieldType.INTEGER: 0,
    FieldType.NUMBER: 0.0,
    FieldType.TEXT: "",
    FieldType.TIMESTAMP: "2000-01-01T00:00:00",
}


def made_up_case(signature: Signature) -> Case:
    """Return a case that fits the inputs, where no sample is known."""
    return {
        field.name: field.categories[0] if field.categories else _MADE_UP[field.type]
        for field in signature.inputs
    }
