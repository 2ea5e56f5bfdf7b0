"""Cases from a query on a source, or from a file: all of the rows, or none."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

import sqlalchemy as sa

from app.db.events import EventStore
from app.errors import AppError, DataRefusedError
from app.services.case_checks import CaseChecker, Named
from app.services.case_lines import read_lines
from app.services.case_shelf import Shelf
from app.services.case_table import CaseTable, Drafts
from app.services.cases import CaseService
from app.services.cells import typed
from app.services.csv_text import CsvRow, no_utf8, other_delimiter, read_csv
from app.services.sources import SourceService
from app.sources.connection import Query
from app.values.case import NewCase
from app.values.case_import import (
    CaseFile,
    CaseFormat,
    CaseImport,
    CaseQuery,
    ImportOptions,
)
from app.values.signature import FieldType, InputField, Signature

Draft = tuple[Named, NewCase, Iterable[tuple[str | None, str]]]
"""Where a case stood, the case, and what is wrong with it."""
_SHOWN = 200
"""Characters of a header that are told."""
_UTF_16 = {0xDCFE, 0xDCFF}
"""How the first byte of such a file's mark is read, which no UTF-8 has."""


class CaseImportService:
    """The use case of imports."""

    def __init__(
        self,
        engine: sa.Engine,
        cases: CaseService,
        sources: SourceService,
        *,
        most: int,
        most_faults: int,
        most_bytes: int,
    ) -> None:
        self._engine = engine
        self._cases = cases
        self._sources = sources
        self._most = most
        self._most_faults = most_faults
        self.most_bytes = most_bytes

    def from_query(self, asked: CaseQuery, *, actor: str, now: datetime) -> CaseImport:
        """Store a query's rows as cases. Raises InvalidCasesError naming each row at fault.

        Also NotFoundError, SourceError, DataRefusedError for a missing column, TooLargeError for
        more rows than a model may have cases, and ConflictError for what is stored already.
        """
        checker = self._cases.checker(asked.model)
        query = Query(text=asked.query.rstrip().rstrip(";"), parameters=asked.parameters, key="")
        connection = self._sources.connect(asked.source)
        try:
            found = connection.read(query)
            table = CaseTable(asked, checker.version.signature, found.columns, _plain)
            rows = chain.from_iterable(batch.to_pylist() for batch in found.batches)
            drafts = self._gathered(_of_rows(table, rows, asked.limit))
        finally:
            with suppress(AppError):  # the first error is the one to tell
                connection.close()
        drafts.ignored_columns = table.ignored
        origin = {"source": asked.source, "query": asked.query}
        return self._store(asked, checker, drafts, origin, actor=actor, now=now)

    def from_file(
        self, content: BinaryIO, asked: CaseFile, *, actor: str, now: datetime
    ) -> CaseImport:
        """Store a file's rows, or lines, as cases. Raises as `from_query` does."""
        checker = self._cases.checker(asked.model)
        if asked.format is CaseFormat.CSV:
            drafts = self._of_csv(content, asked, checker)
        else:
            drafts = self._gathered(read_lines(content, asked))
        named = {"file": asked.name} if asked.name is not None else {}
        origin = {"format": asked.format.value, **named}
        return self._store(asked, checker, drafts, origin, actor=actor, now=now)

    def _of_csv(self, content: BinaryIO, asked: CaseFile, checker: CaseChecker) -> Drafts:
        rows = read_csv(content, asked.delimiter.character)
        header = next(rows, None)
        if header is None:
            raise DataRefusedError("the file is empty; its first row must name the columns")
        columns = _columns(header)
        _require_delimiter(header, columns, checker.version.signature)
        read = partial(typed, unknown=checker.serving.unknown_categories)
        table = CaseTable(asked, checker.version.signature, columns, read)
        drafts = self._gathered(_of_csv_rows(table, columns, rows))
        drafts.ignored_columns = tuple(filter(None, table.ignored))
        return drafts

    def _gathered(self, found: Iterable[Draft]) -> Drafts:
        """Return the cases with what is wrong with them, as far as that can be told."""
        drafts = Drafts()
        for draft in found:
            drafts.add(*draft)
            self._cases.require_few(len(drafts.news))
            if len(drafts.faults) > self._most_faults:
                break
        return drafts

    def _store(
        self,
        asked: ImportOptions,
        checker: CaseChecker,
        drafts: Drafts,
        origin: Mapping[str, Any],
        *,
        actor: str,
        now: datetime,
    ) -> CaseImport:
        is_text = isinstance(asked, CaseFile) and asked.format is CaseFormat.CSV
        news = checker.checked(
            drafts.news, place=drafts.place, is_text=is_text, known=drafts.faults
        )
        with self._engine.begin() as connection:
            model = checker.version.model
            shelf = Shelf(connection, model, most=self._most, actor=actor, now=now)
            known = shelf.repeated(news, place=drafts.place) if asked.skip_known and news else {}
            fresh = [at for at in range(len(news)) if at not in known]
            ids = shelf.add([news[at] for at in fresh], place=lambda at: drafts.place(fresh[at]))
            detail = {**origin, "cases": len(ids)}
            subjects = [f"case:{one}" for one in ids]
            EventStore(connection).add_all(subjects, "imported", now, actor=actor, detail=detail)
        return CaseImport(
            model=model,
            added=tuple(ids),
            known=len(known),
            ignored_columns=drafts.ignored_columns,
        )


def _of_rows(
    table: CaseTable, rows: Iterable[Mapping[str, Any]], limit: int | None
) -> Iterator[Draft]:
    for number, row in enumerate(rows, 1):
        if limit is not None and number > limit:
            return
        yield ("row", number), *table.case(row)


def _of_csv_rows(
    table: CaseTable, columns: tuple[str, ...], rows: Iterable[CsvRow]
) -> Iterator[Draft]:
    for row in rows:
        place = ("row", row.number)
        if (fault := row.fault or _ragged(row, columns)) is not None:
            yield place, table.nothing, [(None, fault)]
            continue
        cells = dict(zip(columns, row.cells, strict=True))
        broken = {name: why for name, cell in cells.items() if (why := no_utf8(cell))}
        new, faults = table.case({name: cells[name] for name in cells if name not in broken})
        yield place, new, [*broken.items(), *faults]


def _ragged(row: CsvRow, columns: tuple[str, ...]) -> str | None:
    if len(row.cells) == len(columns):
        return None
    return f"it has {len(row.cells)} cells, and the header {len(columns)}"


def _columns(header: CsvRow) -> tuple[str, ...]:
    """Return the names of the columns. Raises DataRefusedError for what is no header."""
    names = tuple(cell or "" for cell in header.cells)
    if header.fault is not None:
        raise DataRefusedError(f"the header: {header.fault}")
    if "\0" in names[0] or ord(names[0][:1] or " ") in _UTF_16:
        raise DataRefusedError("the file is no text in UTF-8 but maybe UTF-16; save it as UTF-8")
    if fault := next(filter(None, map(no_utf8, names)), None):
        raise DataRefusedError(f"the header: {fault}")
    return names


def _require_delimiter(header: CsvRow, columns: tuple[str, ...], signature: Signature) -> None:
    if columns[0] in signature.input_names:
        return
    if (mark := other_delimiter(header.cells)) is not None:
        raise DataRefusedError(
            f"the header is one cell, {columns[0][:_SHOWN]!r}: name {mark!r} as the delimiter"
        )


def _plain(value: Any, field: InputField | None) -> Any:
    """Return a database's value as JSON carries it; 0 and 1 are what some keep for booleans."""
    kind = None if field is None else field.type
    if isinstance(value, Decimal):
        value = int(value) if kind is FieldType.INTEGER and value == int(value) else float(value)
    if isinstance(value, float) and kind is FieldType.INTEGER and value.is_integer():
        return int(value)
    if isinstance(value, int) and kind is FieldType.BOOLEAN and value in {0, 1}:
        return bool(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time()) if kind is FieldType.TIMESTAMP else value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return None if value != value else value  # noqa: PLR0124 - NaN is what is missing
