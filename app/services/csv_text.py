"""CSV (RFC 4180) as cells of text, read row by row, and written.

The csv module of Python 3.11 does not tell an empty cell from a quoted one, `""`. Here the first
is None, a missing value, and the second an empty text, as PostgreSQL's COPY has it.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple

Cell = str | None
_MOST_CELLS = 100_000
"""Cells of a row; no more of a row that has more is read, nor of its file."""
_TOO_MANY = f"it has more than {_MOST_CELLS} cells"
_SPECIAL = re.compile(r'[",;|\t\r\n]')


class CsvRow(NamedTuple):
    """One row: cells, and what is wrong with the row as a whole."""

    number: int
    """From 1, as spreadsheets count; the header is one of them, and so are empty rows."""
    cells: list[Cell]
    fault: str | None = None


def read_csv(content: BinaryIO, delimiter: str) -> Iterator[CsvRow]:
    """Yield the rows that are not empty; nothing follows one whose quotes do not fit.

    Bytes that are no UTF-8 come as lone surrogates, which `no_utf8` finds.
    """
    text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="surrogateescape", newline="")
    return _rows(iter(text), delimiter)


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[CsvRow]:
    plain = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    for number, line in enumerate(lines, 1):  # of which _cells takes more where a cell goes on
        if not line.strip("\r\n"):
            continue
        try:
            cells = list(islice(_cells(line, lines, plain, delimiter), _MOST_CELLS + 1))
            if len(cells) > _MOST_CELLS:
                raise ValueError(_TOO_MANY)  # noqa: TRY301 - as what else is wrong with a row
            yield CsvRow(number, cells)
        except ValueError as error:
            yield CsvRow(number, [], str(error))
            return


def _cells(
    line: str, lines: Iterator[str], plain: re.Pattern[str], delimiter: str
) -> Iterator[Cell]:
    at = 0
    while True:
        if line.startswith('"', at):
            text, line, at = _quoted(line, at + 1, lines)
            yield text
        else:
            found = plain.match(line, at)
            end = at if found is None else found.end()
            yield line[at:end] or None
            at = end
        if not line.startswith(delimiter, at):
            break
        at += 1
    if line[at:].strip("\r\n"):
        message = "text follows a closing quotation mark; double the marks within a cell"
        raise ValueError(message)


def _quoted(line: str, at: int, lines: Iterator[str]) -> tuple[str, str, int]:
    """Return a cell's text, the line in which it ends, and where that goes on."""
    parts = []
    while True:
        end = line.find('"', at)
        if end < 0:
            parts.append(line[at:])
            line, at = next(lines, ""), 0
            if not line:
                message = "a quotation mark is opened and not closed"
                raise ValueError(message)
        elif line.startswith('"', end + 1):
            parts.append(line[at : end + 1])
            at = end + 2
        else:
            parts.append(line[at:end])
            return "".join(parts), line, end + 1


def no_utf8(cell: Cell) -> str | None:
    """Return why a cell is no text, if it is none."""
    if cell is None or cell.isascii():
        return None
    try:
        cell.encode()
    except UnicodeEncodeError as error:
        byte = ord(cell[error.start]) & 0xFF
        return f"byte 0x{byte:02x} is no text in UTF-8; save the file as UTF-8"
    return None


def csv_line(cells: Iterable[object], delimiter: str = ",") -> str:
    """Return a row as a line; None is an empty cell, an empty text a quoted one."""
    return delimiter.join(map(_written, cells)) + "\r\n"


def _written(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() if not value or _SPECIAL.search(value):
            return '"' + value.replace('"', '""') + '"'
        case _:
            return str(value)


def other_delimiter(header: Sequence[Cell]) -> str | None:
    """Return what seems to stand between the cells, if all of the header came as one cell."""
    [only, *more] = header
    if more or only is None:
        return None
    return next((mark for mark in (";", "\t", "|", ",") if mark in only), None)
