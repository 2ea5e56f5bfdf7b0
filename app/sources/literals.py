"""Rows as the text of INSERT statements, made column by column: no loop in Python goes over them.

A text that is more than ASCII letters, digits and a few signs is written as its bytes in
hexadecimal, so that no database's, session's or driver's rule of escaping can change what arrives.
Fractions are written with as many digits as tell them apart from every other double.
"""

import re
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from app.sources.exact import storable

PLAIN = re.compile(r"[A-Za-z0-9 _.,:+-]*")
"""A text that no rule of escaping changes."""

TextLiteral = Callable[[str], str]
"""Returns SQL for a text."""


def postgresql_text(text: str) -> str:
    """Return a text as PostgreSQL takes it."""
    plain = f"'{text}'"
    return plain if PLAIN.fullmatch(text) else f"convert_from('\\x{text.encode().hex()}', 'UTF8')"


def statements(
    head: str, rows: pa.Table, text_literal: TextLiteral, most_bytes: int
) -> Iterator[str]:
    """Yield `head` with the rows behind it, in statements of about `most_bytes` at most.

    One row is never divided.
    """
    lines = _lines([_literals(column, text_literal) for column in rows.columns])
    size = pc.sum(pc.binary_length(lines)).as_py() or 0
    step = max(1, len(lines) * most_bytes // max(1, size))
    for start in range(0, len(lines), step):
        yield head + _together(lines.slice(start, step))


def _lines(columns: list[pa.Array]) -> pa.Array:
    columns = [*columns]
    columns[0] = pc.binary_join_element_wise("(", columns[0], "")
    columns[-1] = pc.binary_join_element_wise(columns[-1], ")", "")
    return pc.binary_join_element_wise(*columns, ",")


def _together(lines: pa.Array) -> str:
    one_list = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
    text: str = pc.binary_join(one_list, ",")[0].as_py()
    return text


def _literals(column: pa.ChunkedArray, text_literal: TextLiteral) -> pa.Array:
    kept = storable(column).combine_chunks()
    if pa.types.is_integer(kept.type):
        literals = kept.cast(pa.string())
    elif pa.types.is_floating(kept.type) or not pa.types.is_string(column.type):
        literals = pc.binary_join_element_wise("'", kept.cast(pa.string()), "'", "")
    else:
        literals = _texts(kept, text_literal)
    return literals.fill_null("NULL") if literals.null_count else literals


def _texts(texts: pa.Array, text_literal: TextLiteral) -> pa.Array:
    """Labels are few and come often: each is written once."""
    coded = texts.dictionary_encode()
    written = [text_literal(text) for text in coded.dictionary.to_pylist()]
    return pa.array(written, pa.string()).take(coded.indices)
