"""Rows as text: CSV (RFC 4180) and lines of JSON."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from app.values.export import Row


def as_csv(names: Sequence[str], parts: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """Yield a header, then the rows; what is missing is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    yield _taken(text)
    for rows in parts:
        writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
        yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


def _cell(value: Any) -> Any:
    """Return a cell as other programs read it; the writer writes floats to their last digit."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else value


def as_jsonl(parts: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """Yield the rows, an object on each line."""
    encoder = msgspec.json.Encoder()
    for rows in parts:
        yield encoder.encode_lines(rows)
