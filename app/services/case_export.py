"""Stored cases as a file that can be imported again."""

from collections.abc import Iterator, Sequence

from app.errors import InvalidRequestError
from app.services.case_lines import as_lines
from app.services.csv_text import csv_line
from app.values.case import StoredCase
from app.values.case_import import OWN_COLUMNS, CaseFormat
from app.values.signature import Signature

_TOGETHER = 500
"""Cases of one piece."""


def as_file(cases: Sequence[StoredCase], signature: Signature, form: CaseFormat) -> Iterator[bytes]:
    """Yield pieces of a file. Raises InvalidRequestError for inputs that no CSV can hold."""
    lines = as_lines(cases) if form is CaseFormat.JSONL else _as_csv(cases, signature)
    return _pieces(lines)


def _as_csv(cases: Sequence[StoredCase], signature: Signature) -> Iterator[str]:
    """Return the lines; what stored cases have beside today's inputs has columns of its own."""
    names = list(
        dict.fromkeys([*signature.input_names, *(name for one in cases for name in one.inputs)])
    )
    if taken := sorted({*names} & {*OWN_COLUMNS.values()}):
        raise InvalidRequestError(
            f"the model has an input {taken[0]!r}, which in CSV is a column of every case; "
            "export jsonl"
        )
    return _csv_lines(cases, names)


def _csv_lines(cases: Sequence[StoredCase], names: Sequence[str]) -> Iterator[str]:
    yield csv_line([*names, *OWN_COLUMNS.values()])
    for one in cases:
        inputs = (one.inputs.get(name) for name in names)
        yield csv_line([*inputs, one.title or None, one.expected, " ".join(one.tags) or None])


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    together: list[str] = []
    for line in lines:
        together.append(line)
        if len(together) == _TOGETHER:
            yield "".join(together).encode()
            together = []
    yield "".join(together).encode()
