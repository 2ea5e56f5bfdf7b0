"""Cases in CSV, with a header of the inputs' names or in the order of the inputs."""

import io
from collections.abc import Sequence
from itertools import islice
from typing import Any

from app.errors import InvalidRequestError
from app.routers.protocols.parts import some
from app.services.cells import typed
from app.services.csv_text import Cell, CsvRow, no_utf8, read_csv
from app.services.foreign import Cases, Foreign
from app.values.serving import UnknownCategories
from app.values.signature import InputField, Signature

_MOST_FAULTS = 20


def csv_cases(body: bytes, model: str, version: int | None, most: int) -> Foreign:
    """Return the cases of a CSV, of which `most` and two rows are looked at.

    Whether the first row is a header is known with the model: it is where it names inputs alone.
    """
    rows = list(islice(read_csv(io.BytesIO(body), ","), most + 2))
    for row in rows:
        if row.fault is not None:
            raise InvalidRequestError(f"row {row.number}: {row.fault}")
    size = max(1, len(rows) - 1) if rows else 0  # a header counts for none
    return Foreign(
        model=model,
        version=version,
        size=size,
        cases=lambda signature: _cases(rows, signature, most),
    )


def _cases(rows: Sequence[CsvRow], signature: Signature, most: int) -> Cases:
    names = signature.input_names
    has_header = set(rows[0].cells) <= set(names)
    header = [str(cell) for cell in rows[0].cells] if has_header else list(names)
    if len(set(header)) != len(header):
        raise InvalidRequestError("row 1: the header names an input twice")
    below = rows[1:] if has_header else rows
    if not below:
        raise InvalidRequestError("no row follows the header; send at least one case")
    if len(below) > most:
        raise InvalidRequestError(
            f"there are more rows than showroom.request_cases allows ({most}); send them in parts"
        )
    fields = {field.name: field for field in signature.inputs}
    faults: list[str] = []
    found = [_case(row, at, header, fields, faults) for at, row in enumerate(below)]
    if faults:
        hint = "" if has_header else f"; the first row is no header of inputs ({some(names)})"
        told = "; ".join(faults[:_MOST_FAULTS]) + ("; and more" * (len(faults) > _MOST_FAULTS))
        raise InvalidRequestError(told + hint)
    return found


def _case(
    row: CsvRow,
    at: int,
    header: Sequence[str],
    fields: dict[str, InputField],
    faults: list[str],
) -> dict[str, Any]:
    if len(row.cells) != len(header):
        faults.append(
            f"case {at}: row {row.number} has {len(row.cells)} cells, and there are {len(header)} "
            "columns"
        )
        return {}
    found: dict[str, Any] = {}
    for name, cell in zip(header, row.cells, strict=True):
        try:
            found[name] = _value(cell, fields[name])
        except ValueError as error:
            faults.append(f"case {at}, {name}: {error}")
    return found


def _value(cell: Cell, field: InputField) -> Any:
    if (fault := no_utf8(cell)) is not None:
        raise ValueError(fault)
    return typed(cell, field, UnknownCategories.REFUSE)
