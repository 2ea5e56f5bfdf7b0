"""Cases from a query on a source: all of its rows, or none."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa

from app.db.events import EventStore
from app.errors import AppError, DataRefusedError
from app.services.case_checks import Named
from app.services.case_shelf import Shelf
from app.services.cases import CaseService, parsed_case
from app.services.sources import SourceService
from app.sources.connection import Query
from app.values.case import NewCase
from app.values.case_import import CaseImport, CaseQuery
from app.values.signature import FieldType, Signature


class CaseImportService:
    """The use case of imports."""

    def __init__(
        self, engine: sa.Engine, cases: CaseService, sources: SourceService, *, most: int
    ) -> None:
        self._engine = engine
        self._cases = cases
        self._sources = sources
        self._most = most

    def run(self, asked: CaseQuery, *, actor: str, now: datetime) -> CaseImport:
        """Store a query's rows as cases. Raises InvalidCasesError naming each row at fault.

        Also NotFoundError, SourceError, DataRefusedError for a missing column, TooLargeError for
        more rows than a model may have cases, and ConflictError for what is stored already.
        """
        checker = self._cases.checker(asked.model)
        signature = checker.version.signature
        columns, rows = self._rows(asked)
        _require_columns(asked, signature, columns)
        self._cases.require_few(len(rows))
        news = checker.checked([_case(asked, signature, row) for row in rows], place=_row)
        with self._engine.begin() as connection:
            model = checker.version.model
            shelf = Shelf(connection, model, most=self._most, actor=actor, now=now)
            known = shelf.repeated(news, place=_row) if asked.skip_known and news else {}
            ids = shelf.add([new for at, new in enumerate(news) if at not in known], place=_row)
            detail = {"source": asked.source, "query": asked.query, "cases": len(ids)}
            subjects = [f"case:{one}" for one in ids]
            EventStore(connection).add_all(subjects, "imported", now, actor=actor, detail=detail)
        used = {*signature.input_names, asked.expected, asked.title}
        ignored = tuple(name for name in columns if name not in used)
        return CaseImport(model=model, added=tuple(ids), known=len(known), ignored_columns=ignored)

    def _rows(self, asked: CaseQuery) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
        """Return the query's columns and rows: one more than allowed, where there are more."""
        limit = self._most + 1 if asked.limit is None else min(asked.limit, self._most + 1)
        query = Query(text=asked.query.rstrip().rstrip(";"), parameters=asked.parameters, key="")
        connection = self._sources.connect(asked.source)
        try:
            found = connection.read(query)
            rows = chain.from_iterable(batch.to_pylist() for batch in found.batches)
            return found.columns, list(islice(rows, limit))
        finally:
            with suppress(AppError):  # the first error is the one to tell
                connection.close()


def _row(at: int) -> Named:
    return "row", at + 1


def _require_columns(asked: CaseQuery, signature: Signature, columns: tuple[str, ...]) -> None:
    needed = [field.name for field in signature.inputs if not field.nullable]
    wanted = [*needed, *filter(None, (asked.expected, asked.title))]
    if missing := [name for name in wanted if name not in columns]:
        raise DataRefusedError(
            f"the query lacks the column {', '.join(map(repr, missing))}; it gives "
            f"{', '.join(map(repr, columns))}",
            missing=missing,
        )
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise DataRefusedError(f"the query gives column {twice[0]!r} twice; name each once")


def _case(asked: CaseQuery, signature: Signature, row: Mapping[str, Any]) -> NewCase:
    title = row[asked.title] if asked.title else None
    return parsed_case(
        {
            "model": asked.model,
            "inputs": dict(_inputs(signature, row)),
            "title": "" if title is None else str(title)[:255],
            "expected": _plain(row[asked.expected], None) if asked.expected else None,
            "tags": asked.tags,
        }
    )


def _inputs(signature: Signature, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for field in signature.inputs:
        if (value := _plain(row.get(field.name), field.type)) is not None:
            yield field.name, value


def _plain(value: Any, kind: FieldType | None) -> Any:
    """Return a database's value as JSON carries it; 0 and 1 are what some keep for booleans."""
    if isinstance(value, Decimal):
        value = int(value) if kind is FieldType.INTEGER and value == int(value) else float(value)
    if isinstance(value, float) and kind is FieldType.INTEGER and value.is_integer():
        return int(value)
    if isinstance(value, int) and kind is FieldType.BOOLEAN and value in {0, 1}:
        return bool(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return None if value != value else value  # noqa: PLR0124 - NaN is what is missing
