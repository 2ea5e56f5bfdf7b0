"""Predictions on record as one flat table: its columns, and a case as its row."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from app.values.base import Value
from app.values.prediction import PredictionCase, PredictionHead
from app.values.signature import FieldType, Outputs, Signature, Task

Row = dict[str, Any]
"""The cells of one case by their columns; what is not there is missing."""


class ExportFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"


class ExportColumn(Value):
    """One column."""

    name: str
    type: FieldType


_HEAD = (
    ExportColumn(name="id", type=FieldType.TEXT),
    ExportColumn(name="number", type=FieldType.INTEGER),
    ExportColumn(name="model", type=FieldType.TEXT),
    ExportColumn(name="version", type=FieldType.INTEGER),
    ExportColumn(name="kind", type=FieldType.TEXT),
    ExportColumn(name="caller", type=FieldType.TEXT),
)
RECEIVED = "received_at"
"""The column, after those of the head, of the one time that is an instant."""
_NUMBERS = {FieldType.INTEGER, FieldType.NUMBER}


def columns(chosen: Iterable[Signature], all_of_them: Iterable[Signature]) -> list[ExportColumn]:
    """Return the columns of a model's predictions, by the signatures of the chosen versions.

    Outcomes are typed by all versions: a shadow's outcome is told of the version that it shadows.
    What versions type differently has a type that holds both.
    """
    found = {one.name: one for one in _HEAD}
    found[RECEIVED] = ExportColumn(name=RECEIVED, type=FieldType.TIMESTAMP)
    signatures = list(chosen)
    named = [(f"input.{one.name}", one.type) for each in signatures for one in each.inputs]
    named += [(one.name, one.type) for each in signatures for one in each.outputs.columns()]
    named += [("outcome", _outcome_type(each.outputs)) for each in all_of_them]
    for name, kind in named:
        known = found.get(name)
        both = kind if known is None else _wider(known.type, kind)
        found[name] = ExportColumn(name=name, type=both)
    return list(found.values())


def _outcome_type(outputs: Outputs) -> FieldType:
    return FieldType.NUMBER if outputs.task is Task.REGRESSION else outputs.label_type


def _wider(one: FieldType, other: FieldType) -> FieldType:
    if one is other:
        return one
    return FieldType.NUMBER if {one, other} == _NUMBERS else FieldType.TEXT


def row(head: PredictionHead, case: PredictionCase) -> Row:
    """Return a case and its prediction as one row."""
    return {
        "id": head.id,
        "number": case.number,
        "model": head.model,
        "version": head.version,
        "kind": head.kind,
        "caller": head.caller,
        RECEIVED: head.received_at,
        **{f"input.{name}": value for name, value in case.inputs.items()},
        **dict(_answer(case.output)),
        "outcome": case.outcome,
    }


def _answer(output: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield an answer's cells, named as `Outputs.columns` names them."""
    for name, part in output.items():
        match name:
            case "probabilities":
                yield from ((f"probability_{label}", chance) for label, chance in part.items())
            case "values":
                yield from ((f"value_{n}", value) for n, value in enumerate(part))
            case _:
                yield name, part
